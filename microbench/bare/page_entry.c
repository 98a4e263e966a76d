// SPDX-License-Identifier: GPL-2.0-only
/* Finds an entry in the page tables that boot.S made, for code that changes the entry. */
#include "microbench/bare/bare.h"

#define LARGE 0x80ull

extern uint64_t boot_pdpt[512], boot_pd[4 * 512];

uint64_t *bare_page_entry(uint64_t address)
{
	return boot_pdpt[address >> 30] & LARGE ? &boot_pdpt[address >> 30] : &boot_pd[address >> 21];
}
