// SPDX-License-Identifier: GPL-2.0-only
/* Walks four levels of EPT entries and checks each entry for misconfiguration (SDM 29.3.3.1). */
#include "l1-hypervisor/formats/ept_walk.h"

#include <stddef.h>

#include "vmcs-shadow/controls.h"

#define ADDRESS 0x000ffffffffff000ull

/* Returns a mask of bits high to low, both included. Returns 0 if high is below low. */
static uint64_t bits(unsigned high, unsigned low)
{
	return high < low ? 0 : (~0ull >> (63 - high)) & (~0ull << low);
}

/*
 * Reserved bits (SDM tables 29-1 to 29-6). Bit 7 is also reserved at a level without large pages.
 */
static uint64_t reserved_bits(uint64_t entry, unsigned shift, uint64_t ept_vpid, unsigned physical_bits)
{
	const uint64_t everywhere = bits(51, physical_bits);
	bool has_size = (shift == 21 && ept_vpid & VMX_EPT_2MB_PAGE_BIT) ||
			(shift == 30 && ept_vpid & VMX_EPT_1GB_PAGE_BIT);

	if (shift == 12)
		return everywhere;
	if (has_size && entry & EPT_LARGE_PAGE)
		return everywhere | bits(shift - 1, 12);
	return everywhere | bits(6, 3) | (has_size ? 0 : EPT_LARGE_PAGE);
}

bool ept_entry_is_leaf(uint64_t entry, unsigned shift)
{
	return shift == 12 || (shift < 39 && entry & EPT_LARGE_PAGE);
}

const char *ept_entry_wrong(uint64_t entry, unsigned shift, uint64_t ept_vpid, unsigned physical_bits)
{
	const unsigned type = (entry & EPT_MEMORY_TYPE_MASK) >> EPT_MEMORY_TYPE_SHIFT;

	if (!(entry & EPT_RWX))
		return NULL;
	if (entry & EPT_WRITE && !(entry & EPT_READ))
		return "it allows writes without reads";
	if (!(entry & EPT_READ) && !(ept_vpid & VMX_EPT_EXECUTE_ONLY_BIT))
		return "it allows fetches without reads, which this CPU does not support";
	if (entry & reserved_bits(entry, shift, ept_vpid, physical_bits))
		return "a reserved bit is set";
	if (ept_entry_is_leaf(entry, shift) && (type == 2 || type == 3 || type == 7))
		return "the memory type is reserved";
	return NULL;
}

static void set_flag(const struct ept_walk *walk, uint64_t physical, uint64_t *entry, uint64_t flag)
{
	if (*entry & flag)
		return;
	/* the guest hypervisor may change the entry at the same time */
	__atomic_fetch_or(entry, flag, __ATOMIC_SEQ_CST);
	walk->changed(walk->context, physical);
}

enum ept_result ept_walk(const struct ept_walk *walk, uint64_t guest_physical, uint64_t access, bool set_dirty,
			 struct ept_page *page)
{
	const bool flags = walk->eptp & EPTP_ACCESSED_DIRTY;
	/* The entries that the walk used: a pointer to each, and its physical address. */
	uint64_t *used[4], at[4], table = walk->eptp & ADDRESS, value;
	unsigned levels = 0;

	*page = (struct ept_page){.rights = EPT_RWX};
	/* Four levels translate only 48 bits of an address. */
	if (guest_physical >> 48) {
		page->rights = 0;
		return EPT_WALK_VIOLATION;
	}
	for (unsigned shift = 39;; shift -= 9) {
		at[levels] = table + 8 * (guest_physical >> shift & 511);
		used[levels] = walk->entry(walk->context, at[levels]);
		value = used[levels] ? *(volatile uint64_t *)used[levels] : ~0ull;
		levels++;
		page->rights &= value;
		if (!(value & EPT_RWX))
			return EPT_WALK_VIOLATION;
		if (ept_entry_wrong(value, shift, walk->ept_vpid, walk->physical_bits))
			return EPT_WALK_MISCONFIG;
		if (ept_entry_is_leaf(value, shift)) {
			page->size = 1ull << shift;
			page->physical = (value & ADDRESS & ~(page->size - 1)) | (guest_physical & (page->size - 1));
			break;
		}
		table = value & ADDRESS;
	}
	if (access & ~page->rights)
		return EPT_WALK_VIOLATION;
	page->type = value & (EPT_MEMORY_TYPE_MASK | EPT_IGNORE_PAT);
	page->dirty = !flags || value & EPT_DIRTY;
	page->becomes_dirty = !page->dirty && access & EPT_WRITE;
	if (!flags || (page->becomes_dirty && !set_dirty))
		return EPT_WALK_GOOD;
	for (unsigned i = 0; i < levels; i++)
		set_flag(walk, at[i], used[i], EPT_ACCESSED);
	if (page->becomes_dirty) {
		set_flag(walk, at[levels - 1], used[levels - 1], EPT_DIRTY);
		page->dirty = true;
	}
	return EPT_WALK_GOOD;
}
