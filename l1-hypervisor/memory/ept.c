// SPDX-License-Identifier: GPL-2.0-only
/* Builds four-level EPTs (SDM 29.3.2) and changes single entries of them. */
#include "l1-hypervisor/memory/ept.h"

#include "l1-hypervisor/cpu/levels.h"
#include "l1-hypervisor/cpu/vmx/vmx.h"
#include "microbench/bare/bare.h"

#define POOL_PAGES 112 /* 4 KiB leaves for up to 200 MiB */

static uint64_t pool[POOL_PAGES][EPT_ENTRIES] __attribute__((aligned(4096)));
static unsigned pool_used, pool_size = POOL_PAGES;
static uint64_t *root;

bool ept_set_tables(uint32_t tables)
{
	if (tables > POOL_PAGES)
		return false;
	pool_size = tables ? tables : POOL_PAGES;
	return true;
}

uint64_t *ept_root(void)
{
	return root;
}

unsigned ept_tables_used(void)
{
	return pool_used;
}

uint64_t *ept_table(unsigned number)
{
	return pool[number];
}

void ept_release_tables(unsigned used)
{
	memset(pool[used], 0, (pool_used - used) * sizeof(pool[0]));
	pool_used = used;
}

uint64_t *ept_new_table(void)
{
	if (pool_used == pool_size)
		bare_fail("%s is out of EPT tables: %u pages are not enough for its guest's memory: "
			  "use larger pages (--ept 2M) or a larger ept_tables=",
			  level_own_name, pool_size);
	return pool[pool_used++];
}

uint64_t *ept_descend(uint64_t *entry)
{
	if (!*entry)
		*entry = (uintptr_t)ept_new_table() | EPT_RWX;
	return (uint64_t *)(uintptr_t)(*entry & EPT_ADDRESS);
}

void ept_map_leaf(uint64_t *pml4, uint64_t guest, uint64_t host, uint64_t page_size)
{
	uint64_t leaf = host | EPT_RWX | MEMORY_TYPE_WB << EPT_MEMORY_TYPE_SHIFT;
	uint64_t *pdpt = ept_descend(&pml4[guest >> 39 & 511]);
	uint64_t *pd, *pt;

	if (page_size == EPT_PAGE_1G) {
		pdpt[guest >> 30 & 511] = leaf | EPT_LARGE_PAGE;
		return;
	}
	pd = ept_descend(&pdpt[guest >> 30 & 511]);
	if (page_size == EPT_PAGE_2M) {
		pd[guest >> 21 & 511] = leaf | EPT_LARGE_PAGE;
		return;
	}
	pt = ept_descend(&pd[guest >> 21 & 511]);
	pt[guest >> 12 & 511] = leaf;
}

bool ept_has_page(uint64_t page_size)
{
	return page_size == EPT_PAGE_4K || (page_size == EPT_PAGE_2M && vmx.ept_vpid & VMX_EPT_2MB_PAGE_BIT) ||
	       (page_size == EPT_PAGE_1G && vmx.ept_vpid & VMX_EPT_1GB_PAGE_BIT);
}

uint64_t ept_build(uint64_t base, uint64_t size, uint64_t page_size)
{
	root = ept_new_table();
	/* The capabilities are in SDM A.10. */
	if (!(vmx.ept_vpid & VMX_EPT_PAGE_WALK_4_BIT) || !(vmx.ept_vpid & VMX_EPTP_WB_BIT))
		bare_fail("this CPU has no EPT with 4-level walks and write-back tables: IA32_VMX_EPT_VPID_CAP = %lx",
			  vmx.ept_vpid);
	if (!ept_has_page(page_size))
		bare_fail("this CPU's EPT has no %s",
			  page_size == EPT_PAGE_2M ? "2 MiB pages: use ept=4K" : "1 GiB pages: use ept=2M or ept=4K");
	if (base & (page_size - 1))
		bare_fail("guest memory at %lx cannot be mapped by pages of %lx", base, page_size);

	for (uint64_t guest = 0; guest < size; guest += page_size)
		ept_map_leaf(root, guest, base + guest, page_size);
	return (uintptr_t)root | EPTP_WALK_LENGTH_4 | MEMORY_TYPE_WB;
}

uint64_t *ept_entry(uint64_t guest)
{
	uint64_t *pdpt = ept_descend(&root[guest >> 39 & 511]);
	uint64_t *pd = ept_descend(&pdpt[guest >> 30 & 511]);
	uint64_t *pt = ept_descend(&pd[guest >> 21 & 511]);

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
			if (!(*entry & EPT_ADDRESS))
				return false;
			*entry = present ? *entry | EPT_RWX : *entry & ~EPT_RWX;
			return true;
		}
		if (!*entry)
			return false;
		table = (uint64_t *)(uintptr_t)(*entry & EPT_ADDRESS);
	}
}

/* Replaces a large page by a table of pages of the next smaller size. */
static void split(uint64_t *entry, unsigned shift)
{
	uint64_t *table = ept_new_table(), piece = 1ull << (shift - 9), bits = *entry & ~EPT_ADDRESS;

	if (shift == 21)
		bits &= ~EPT_LARGE_PAGE;
	for (unsigned i = 0; i < EPT_ENTRIES; i++)
		table[i] = ((*entry & EPT_ADDRESS) + i * piece) | bits;
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
		table = (uint64_t *)(uintptr_t)(*entry & EPT_ADDRESS);
	}
}
