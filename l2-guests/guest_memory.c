// SPDX-License-Identifier: GPL-2.0-only
/*
 * Guest memory in pages of 4 KiB or 2 MiB. boot.S maps all memory with 2 MiB pages. For a 4 KiB
 * layout, each entry points to a page table instead; a 2 MiB layout restores the large page.
 */
#include "l2-guests/guest_memory.h"

#include "microbench/bare/bare.h"
#include "microbench/bare/cpu.h"

#define PAGE_4K 4096ull
#define PAGE_2M (2ull << 20)
#define MAPPED  (4ull << 30)
#define ENTRIES 512

#define P     1ull
#define W     2ull
#define LARGE 0x80ull

/*
 * The free memory has this many pages of 2 MiB and starts at address `first`. One page table for
 * each of them follows.
 */
static uint64_t first, pages;

void memory_init(const struct nb_pvh_start_info *info)
{
	const struct nb_pvh_range *range = (const void *)(uintptr_t)info->memory_map;

	for (uint32_t i = 0; i < info->ranges; i++) {
		uint64_t base = range[i].address, end = base + range[i].size;

		if (base < (uintptr_t)image_end)
			base = (uintptr_t)image_end;
		base = (base + PAGE_2M - 1) & ~(PAGE_2M - 1);
		if (end > MAPPED)
			end = MAPPED;
		if (range[i].type != NB_PVH_RAM || base >= end || (end - base) / (PAGE_2M + PAGE_4K) <= pages)
			continue;
		first = base;
		pages = (end - base) / (PAGE_2M + PAGE_4K);
	}
}

static uint64_t *table_of(uint64_t page)
{
	return (uint64_t *)(uintptr_t)(first + pages * PAGE_2M + page * PAGE_4K);
}

struct nb_chase_memory memory_in_pages(enum nb_chase_layout page, uint64_t wanted)
{
	static char why[96];
	uint64_t bytes = wanted < pages * PAGE_2M ? wanted : pages * PAGE_2M;

	for (uint64_t i = 0; i < pages; i++) {
		uint64_t address = first + i * PAGE_2M, *table = table_of(i);

		for (uint64_t j = 0; page == NB_CHASE_4K && j < ENTRIES; j++)
			table[j] = (address + j * PAGE_4K) | P | W;
		*bare_page_entry(address) = page == NB_CHASE_4K ? (uintptr_t)table | P | W : address | P | W | LARGE;
	}
	write_cr3(read_cr3());
	bare_snprintf(why, sizeof(why), "skip=this guest has only %lu MiB of memory for it", 2 * pages);
	return (struct nb_chase_memory){(void *)(uintptr_t)first, bytes, why};
}
