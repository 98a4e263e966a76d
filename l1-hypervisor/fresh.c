// SPDX-License-Identifier: GPL-2.0-only
/* Fresh memory, mapped by EPT entries that are made on the way, or by the shadow tables. */
#include "fresh.h"

#include "abi/services.h"
#include "bare/bare.h"
#include "ept.h"
#include "guest.h"
#include "paging.h"

static uint8_t page[4096] __attribute__((aligned(4096)));

void fresh_begin(void)
{
	if (guest.shadow)
		paging_forget();
	else
		ept_fresh_begin(guest.eptp);
}

uint64_t fresh_host(uint64_t physical)
{
	return physical >= NB_FRESH && physical < NB_FRESH_END ? (uintptr_t)page + (physical & 4095) : UINT64_MAX;
}

bool fresh_touched(uint64_t physical)
{
	if (fresh_host(physical) == UINT64_MAX)
		return false;
	if (!ept_fresh_map(physical & ~4095ull, (uintptr_t)page))
		bare_fail("more fresh memory was touched than there are EPT tables for: %lx", physical);
	return true;
}
