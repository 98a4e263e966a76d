// SPDX-License-Identifier: GPL-2.0-only
/* Builds four-level EPTs (SDM 29.3.2) and changes single entries of them. */
#include "l1-hypervisor/memory/ept.h"

#include "l1-hypervisor/cpu/levels.h"
#include "l1-hypervisor/cpu/vmx/vmx.h"
#include "microbench/abi/services.h"
#include "microbench/bare/bare.h"

#define ENTRIES    512
#define POOL_PAGES 112 /* 4 KiB leaves for up to 200 MiB */
#define ADDRESS    0x000ffffffffff000ull

static uint64_t pool[POOL_PAGES][ENTRIES] __attribute__((aligned(4096)));
static unsigned pool_used, pool_size = POOL_PAGES;
static uint64_t *root;

static uint64_t *new_table(void)
{
	if (pool_used == pool_size)
		bare_fail("%s is out of EPT tables: %u pages are not enough for its guest's memory: "
			  "use larger pages (--ept 2M) or a larger ept_tables=",
			  level_own_name, pool_size);
	return pool[pool_used++];
}

/* Returns the table that `entry` points to. Makes the table if the entry is empty. */
static uint64_t *descend(uint64_t *entry)
{
	if (!*entry)
		*entry = (uintptr_t)new_table() | EPT_RWX;
	return (uint64_t *)(uintptr_t)(*entry & ADDRESS);
}

static void map_page(uint64_t *pml4, uint64_t guest, uint64_t host, uint64_t page_size)
{
	uint64_t leaf = host | EPT_RWX | MEMORY_TYPE_WB << EPT_MEMORY_TYPE_SHIFT;
	uint64_t *pdpt = descend(&pml4[guest >> 39 & 511]);
	uint64_t *pd, *pt;

	if (page_size == EPT_PAGE_1G) {
		pdpt[guest >> 30 & 511] = leaf | EPT_LARGE_PAGE;
		return;
	}
	pd = descend(&pdpt[guest >> 30 & 511]);
	if (page_size == EPT_PAGE_2M) {
		pd[guest >> 21 & 511] = leaf | EPT_LARGE_PAGE;
		return;
	}
	pt = descend(&pd[guest >> 21 & 511]);
	pt[guest >> 12 & 511] = leaf;
}

bool ept_has_page(uint64_t page_size)
{
	return page_size == EPT_PAGE_4K || (page_size == EPT_PAGE_2M && vmx.ept_vpid & VMX_EPT_2MB_PAGE_BIT) ||
	       (page_size == EPT_PAGE_1G && vmx.ept_vpid & VMX_EPT_1GB_PAGE_BIT);
}

uint64_t ept_build(uint64_t base, uint64_t size, uint64_t page_size)
{
	root = new_table();
	/* The capabilities are in SDM A.10. */
	if (!(vmx.ept_vpid & VMX_EPT_PAGE_WALK_4_BIT) || !(vmx.ept_vpid & VMX_EPTP_WB_BIT))
		bare_fail("requires EPT with 4-level walks and write-back tables: IA32_VMX_EPT_VPID_CAP = %lx",
			  vmx.ept_vpid);
	if (!ept_has_page(page_size))
		bare_fail("this CPU's EPT has no %s",
			  page_size == EPT_PAGE_2M ? "2 MiB pages: use ept=4K" : "1 GiB pages: use ept=2M or ept=4K");
	if (base & (page_size - 1))
		bare_fail("guest memory at %lx cannot be mapped by pages of %lx", base, page_size);

	for (uint64_t guest = 0; guest < size; guest += page_size)
		map_page(root, guest, base + guest, page_size);
	return (uintptr_t)root | EPTP_WALK_LENGTH_4 | MEMORY_TYPE_WB;
}

/*
 * Two tables for each touch, and 8 more for tables that many touches share, such as the PDPT under
 * root[1].
 */
#define FRESH_TABLES (2 * NB_FRESH_TOUCHES + 8)
#define FRESH_SLOT   256 /* Index in the first PDPT of the guest's EPT. Fresh memory starts at this slot (256 GiB). */

static uint64_t fresh[FRESH_TABLES][ENTRIES] __attribute__((aligned(4096)));
static unsigned fresh_used, fresh_size = FRESH_TABLES;

bool ept_set_tables(uint32_t tables, uint32_t fresh_tables)
{
	if (tables > POOL_PAGES || fresh_tables > FRESH_TABLES)
		return false;
	pool_size = tables ? tables : POOL_PAGES;
	fresh_size = fresh_tables ? fresh_tables : FRESH_TABLES;
	return true;
}

/*
 * The tables are cleared here and not at their use. Clearing them at their use would be part of the
 * measured time, and L0 may watch these tables.
 */
void ept_fresh_begin(uint64_t eptp)
{
	uint64_t *pdpt = descend(&root[0]);

	memset(&pdpt[FRESH_SLOT], 0, (ENTRIES - FRESH_SLOT) * sizeof(*pdpt));
	root[1] = 0;
	vmx_invalidate_ept(eptp);
	memset(fresh, 0, fresh_used * sizeof(fresh[0]));
	fresh_used = 0;
}

bool ept_fresh_map(uint64_t guest, uint64_t host, uint64_t page_size)
{
	const uint64_t large = page_size == EPT_PAGE_4K ? 0 : EPT_LARGE_PAGE;
	uint64_t *entry = &root[guest >> 39 & 511], *first = NULL, link = 0;

	for (unsigned shift = 30;; shift -= 9) {
		uint64_t *table = (uint64_t *)(uintptr_t)(*entry & ADDRESS);

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
		scratch = pool_used;
	memset(pool[scratch], 0, (pool_used - scratch) * sizeof(pool[0]));
	pool_used = scratch;
	return new_table();
}

void ept_scratch_map(uint64_t *pml4, uint64_t guest, uint64_t host, uint64_t page_size)
{
	map_page(pml4, guest & ~(page_size - 1), host & ~(page_size - 1), page_size);
}

static unsigned count_accessed(unsigned table, unsigned end)
{
	unsigned count = 0;

	for (; table < end; table++)
		for (unsigned i = 0; i < ENTRIES; i++)
			count += (pool[table][i] & EPT_ACCESSED) != 0;
	return count;
}

unsigned ept_scratch_accessed(void)
{
	return count_accessed(scratch, pool_used);
}

void ept_forget_accessed(void)
{
	for (unsigned table = 0; table < (scratch ? scratch : pool_used); table++)
		for (unsigned i = 0; i < ENTRIES; i++)
			if (pool[table][i] & EPT_ACCESSED)
				pool[table][i] &= ~EPT_ACCESSED;
}

unsigned ept_all_accessed(void)
{
	return count_accessed(0, scratch ? scratch : pool_used);
}

unsigned ept_path(const uint64_t *table, uint64_t guest, const uint64_t *entry[EPT_LEVELS])
{
	unsigned count = 0;

	for (unsigned shift = 39;; shift -= 9) {
		const uint64_t *at = &table[guest >> shift & 511];

		entry[count++] = at;
		if (shift == 12 || *at & EPT_LARGE_PAGE || !*at)
			return count;
		table = (const uint64_t *)(uintptr_t)(*at & ADDRESS);
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

uint64_t *ept_entry(uint64_t guest)
{
	uint64_t *pdpt = descend(&root[guest >> 39 & 511]);
	uint64_t *pd = descend(&pdpt[guest >> 30 & 511]);
	uint64_t *pt = descend(&pd[guest >> 21 & 511]);

	return &pt[guest >> 12 & 511];
}

void ept_map_page(uint64_t guest, uint64_t host, uint64_t bits)
{
	*ept_entry(guest) = host | bits;
}

bool ept_set_present(uint64_t guest, bool present)
{
	uint64_t *table = root;

	for (unsigned shift = 39;; shift -= 9) {
		uint64_t *entry = &table[guest >> shift & 511];

		if (shift == 12 || *entry & EPT_LARGE_PAGE) {
			if (!(*entry & ADDRESS))
				return false;
			*entry = present ? *entry | EPT_RWX : *entry & ~EPT_RWX;
			return true;
		}
		if (!*entry)
			return false;
		table = (uint64_t *)(uintptr_t)(*entry & ADDRESS);
	}
}

/* Replaces a large page by a table of pages of the next smaller size. */
static void split(uint64_t *entry, unsigned shift)
{
	uint64_t *table = new_table(), piece = 1ull << (shift - 9), bits = *entry & ~ADDRESS;

	if (shift == 21)
		bits &= ~EPT_LARGE_PAGE;
	for (unsigned i = 0; i < ENTRIES; i++)
		table[i] = ((*entry & ADDRESS) + i * piece) | bits;
	*entry = (uintptr_t)table | EPT_RWX;
}

void ept_set_writable(uint64_t guest, bool writable)
{
	uint64_t *table = root;

	for (unsigned shift = 39;; shift -= 9) {
		uint64_t *entry = &table[guest >> shift & 511];

		if (shift == 12) {
			*entry = writable ? *entry | EPT_WRITE : *entry & ~EPT_WRITE;
			return;
		}
		if (*entry & EPT_LARGE_PAGE) {
			if (writable)
				return; /* the page was never write-protected */
			split(entry, shift);
		}
		table = (uint64_t *)(uintptr_t)(*entry & ADDRESS);
	}
}
