// SPDX-License-Identifier: GPL-2.0-only
/*
 * Selects the page size of the guest's memory. boot.S maps 4 GiB with 2 MiB pages. Only the low
 * part, which holds the RAM, changes; devices at the top keep their 2 MiB pages.
 */
#include "l2-guests/pages.h"

#include "microbench/abi/words.h"
#include "microbench/bare/bare.h"
#include "microbench/bare/cpu.h"
#include "vmcs-shadow/x86.h"

#define P     1ull
#define W     2ull
#define U     4ull
#define LARGE 0x80ull

/* The tables map the first 32 MiB. A guest of our hypervisor has less memory by default. */
#define TABLES 16u

static uint64_t tables[TABLES][512] __attribute__((aligned(4096)));
extern uint64_t boot_pdpt[512];

static void use_4k(void)
{
	for (uint64_t page = 0; page < TABLES * 512ull; page++)
		/* The upper-level entry decides about user access, as it does for 2 MiB pages. */
		tables[page / 512][page % 512] = page << 12 | P | W | U;
	for (uint64_t i = 0; i < TABLES; i++)
		*bare_page_entry(i << 21) = (uintptr_t)tables[i] | P | W;
}

const char *pages_init(const char *cmdline)
{
	if (nb_word_is(cmdline, "pages", "4K")) {
		use_4k();
	} else if (nb_word_is(cmdline, "pages", "1G")) {
		if (!(cpuid(0x80000001u, 0).edx & LEAF_EXT_1_EDX_1G))
			return "this CPU has no pages of 1 GiB";
		boot_pdpt[0] = P | W | LARGE;
	} else if (nb_word(cmdline, "pages") && !nb_word_is(cmdline, "pages", "2M")) {
		return "pages= takes 4K, 2M or 1G";
	}
	write_cr3(read_cr3());
	return NULL;
}
