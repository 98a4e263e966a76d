// SPDX-License-Identifier: GPL-2.0-only
/* Builds and reads EPTs for the experiments with page walks and first touches. */
#include "l1-hypervisor/lab/ept_experiments.h"

#include "l1-hypervisor/backend/backend.h"
#include "l1-hypervisor/cpu/vmx/vmx.h"
#include "microbench/abi/services.h"
#include "microbench/bare/bare.h"

/*
 * Two tables for each touch, and 8 more for tables that many touches share, such as the PDPT under
 * root[1].
 */
#define FRESH_TABLES (2 * NB_FRESH_TOUCHES + 8)
#define FRESH_SLOT   256 /* Index in the first PDPT of the guest's EPT. Fresh memory starts at this slot (256 GiB). */

static uint64_t fresh[FRESH_TABLES][EPT_ENTRIES] __attribute__((aligned(4096)));
static unsigned fresh_used, fresh_size = FRESH_TABLES;

bool ept_fresh_set_tables(uint32_t tables)
{
	if (tables > FRESH_TABLES)
		return false;
	fresh_size = tables ? tables : FRESH_TABLES;
	return true;
}

/*
 * The tables are cleared here and not at their use. Clearing them at their use would be part of the
 * measured time, and L0 may watch these tables.
 */
void ept_fresh_begin(uint64_t eptp)
{
	uint64_t *pdpt = ept_descend(&ept_root()[0]);

	memset(&pdpt[FRESH_SLOT], 0, (EPT_ENTRIES - FRESH_SLOT) * sizeof(*pdpt));
	ept_root()[1] = 0;
	tlb_flush_ept(eptp);
	memset(fresh, 0, fresh_used * sizeof(fresh[0]));
	fresh_used = 0;
}

bool ept_fresh_map(uint64_t guest, uint64_t host, uint64_t page_size)
{
	const uint64_t large = page_size == EPT_PAGE_4K ? 0 : EPT_LARGE_PAGE;
	uint64_t *entry = &ept_root()[guest >> 39 & 511], *first = NULL, link = 0;

	for (unsigned shift = 30;; shift -= 9) {
		uint64_t *table = (uint64_t *)(uintptr_t)(*entry & EPT_ADDRESS);

		if (!*entry) {
			if (fresh_used == fresh_size)
				return false;
			table = fresh[fresh_used++];
			if (first)
				*entry = (uintptr_t)table | EPT_RWX; /* no walk can reach this entry yet */
			else
				link = (uintptr_t)table | EPT_RWX;
			first = first ? first : entry;
		}
		entry = &table[guest >> shift & 511];
		if (page_size >> shift)
			break;
	}
	*entry = host | large | EPT_RWX | MEMORY_TYPE_WB << EPT_MEMORY_TYPE_SHIFT;
	if (first)
		__atomic_store_n(first, link, __ATOMIC_RELEASE);
	return true;
}

static unsigned scratch; /* index of the first pool table that the guest's EPT does not use; 0: not yet known */

uint64_t *ept_scratch_begin(void)
{
	if (scratch == 0)
		scratch = ept_tables_used();
	ept_release_tables(scratch);
	return ept_new_table();
}

void ept_scratch_map(uint64_t *pml4, uint64_t guest, uint64_t host, uint64_t page_size)
{
	ept_map_leaf(pml4, guest & ~(page_size - 1), host & ~(page_size - 1), page_size);
}

static unsigned count_accessed(unsigned table, unsigned end)
{
	unsigned count = 0;

	for (; table < end; table++)
		for (unsigned i = 0; i < EPT_ENTRIES; i++)
			count += (ept_table(table)[i] & EPT_ACCESSED) != 0;
	return count;
}

unsigned ept_scratch_accessed(void)
{
	return count_accessed(scratch, ept_tables_used());
}

void ept_forget_accessed(void)
{
	for (unsigned table = 0; table < (scratch ? scratch : ept_tables_used()); table++)
		for (unsigned i = 0; i < EPT_ENTRIES; i++)
			if (ept_table(table)[i] & EPT_ACCESSED)
				ept_table(table)[i] &= ~EPT_ACCESSED;
}

unsigned ept_all_accessed(void)
{
	return count_accessed(0, scratch ? scratch : ept_tables_used());
}

unsigned ept_path(const uint64_t *table, uint64_t guest, const uint64_t *entry[EPT_LEVELS])
{
	unsigned count = 0;

	for (unsigned shift = 39;; shift -= 9) {
		const uint64_t *at = &table[guest >> shift & 511];

		entry[count++] = at;
		if (shift == 12 || *at & EPT_LARGE_PAGE || !*at)
			return count;
		table = (const uint64_t *)(uintptr_t)(*at & EPT_ADDRESS);
	}
}

unsigned ept_accessed(const uint64_t *table, uint64_t guest)
{
	const uint64_t *entry[EPT_LEVELS];
	unsigned count = 0, levels = ept_path(table, guest, entry);

	for (unsigned i = 0; i < levels; i++)
		count += (*entry[i] & EPT_ACCESSED) != 0;
	return count;
}
