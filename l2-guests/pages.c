// SPDX-License-Identifier: GPL-2.0-only
/* boot.S maps 4 GiB by 2 MiB. Memory is at the bottom: another size is for that, and devices, at the top, stay as they are. */
#include "l2-guests/pages.h"

#include "microbench/abi/words.h"
#include "microbench/bare/bare.h"
#include "microbench/bare/cpu.h"
#include "vmcs-shadow/x86.h"

#define P     1ull
#define W     2ull
#define U     4ull
#define LARGE 0x80ull

#define TABLES 16u /* the first 32 MiB: more than a guest of our hypervisor has, unless its words say otherwise */

static uint64_t tables[TABLES][512] __attribute__((aligned(4096)));
extern uint64_t boot_pdpt[512];

static void use_4k(void)
{
	for (uint64_t page = 0; page < TABLES * 512ull; page++)
		tables[page / 512][page % 512] = page << 12 | P | W | U; /* the entry above decides, as with 2 MiB */
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
