// SPDX-License-Identifier: GPL-2.0-only
/* Maps fresh memory with EPT entries that are made at the first touch, or with shadow tables. */
#include "l1-hypervisor/fresh_memory.h"

#include "l1-hypervisor/ept.h"
#include "l1-hypervisor/guest.h"
#include "l1-hypervisor/guest_paging.h"
#include "microbench/abi/services.h"
#include "microbench/bare/bare.h"

static uint8_t page[4096] __attribute__((aligned(4096)));

/* For each page size, the host-physical frame that all fresh pages map to. 0 means none. */
static struct {
	uint64_t size, frame;
} kind[] = {{EPT_PAGE_4K, (uintptr_t)page}, {EPT_PAGE_2M, 0}, {EPT_PAGE_1G, 0}}, *now = &kind[0];

void fresh_init(uint64_t frame_2m, uint64_t frame_1g)
{
	kind[1].frame = frame_2m;
	kind[2].frame = frame_1g;
}

bool fresh_begin(uint64_t page_size)
{
	unsigned i = 0;

	while (i < sizeof(kind) / sizeof(*kind) && kind[i].size != page_size)
		i++;
	if (i == sizeof(kind) / sizeof(*kind) || !kind[i].frame)
		return false;
	if (!guest.shadow && !ept_has_page(page_size))
		return false;
	now = &kind[i];
	if (guest.shadow)
		paging_drop_translations();
	else
		ept_fresh_begin(guest.eptp);
	return true;
}

uint64_t fresh_size(void)
{
	return now->size;
}

uint64_t fresh_host(uint64_t physical)
{
	return physical >= NB_FRESH && physical < NB_FRESH_END ? now->frame + (physical & (now->size - 1)) : UINT64_MAX;
}

bool fresh_touched(uint64_t physical)
{
	if (fresh_host(physical) == UINT64_MAX)
		return false;
	if (!ept_fresh_map(physical, now->frame, now->size))
		bare_fail("more fresh memory was touched than there are EPT tables for: %lx", physical);
	return true;
}
