// SPDX-License-Identifier: GPL-2.0-only
/* The page tables that boot.S made, for those who change an entry. */
#include "bare.h"

extern uint64_t boot_pd[4 * 512];

uint64_t *bare_page_entry(uint64_t address)
{
	return &boot_pd[address >> 21];
}
