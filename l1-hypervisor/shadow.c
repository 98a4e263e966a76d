// SPDX-License-Identifier: GPL-2.0-only
/*
 * The shadow tables, out of one pool. Emptying them costs as much as was mapped since: a list knows the entries that map pages, and
 * the tables that lead to them stay for the next time, until the pool is used up and all begin anew.
 */
#include "l1-hypervisor/shadow.h"

#include "l1-hypervisor/beyond.h"
#include "l1-hypervisor/counters.h"
#include "l1-hypervisor/vmx.h"
#include "microbench/bare/bare.h"

#define ENTRIES    SHADOW_ENTRIES
#define PAE_TABLES SHADOW_TABLES_MORE
#define FILLED_MAX 8192

/* The CPU ignores bits 9 to 11 of an entry, and all of one that is not present; 9 is SHADOW_PAGE. */
#define LISTED (1ull << 10) /* is in the list, present or not */
#define PIECES (1ull << 11) /* leads to a table with pieces of a page of the guest's that spans all of this entry */

/* PAE paging has four entries in 32 bytes; with 4-level paging, the whole page. */
static uint64_t root[ENTRIES] __attribute__((aligned(4096)));
static unsigned top; /* shift of the root's index */

static uint64_t *filled[FILLED_MAX];
static unsigned filled_count;

static uint64_t link_to(const uint64_t *table)
{
	return (uintptr_t)table | SHADOW_PRESENT | SHADOW_WRITE | SHADOW_USER | SHADOW_ACCESSED;
}

/* All four PDPTEs are there from the start: the CPU keeps them in registers (SDM 5.4.1). They have no rights. */
static void begin_tables(void)
{
	memset(root, 0, sizeof(root));
	shadow_pool_reset();
	filled_count = 0;
	if (top == 39)
		return;
	for (unsigned i = 0; i < PAE_TABLES; i++)
		root[i] = (uintptr_t)shadow_pool_take(PAE_TABLES) | SHADOW_PRESENT;
}

uint64_t shadow_begin(bool four_levels)
{
	top = four_levels ? 39 : 30;
	begin_tables();
	vmx_invalidate_guest();
	return (uintptr_t)root;
}

static void reclaim(void)
{
	counters.shadow_reclaims++;
	begin_tables();
	vmx_invalidate_guest();
}

void shadow_drop(void)
{
	if (filled_count == 0)
		return; /* what is not there is cached nowhere */
	while (filled_count > 0) {
		uint64_t *entry = filled[--filled_count];

		/* One that leads to a table by now stays: the pages behind it are in the list themselves. */
		*entry = *entry & SHADOW_PAGE || !(*entry & SHADOW_PRESENT) ? 0 : *entry & ~LISTED;
	}
	vmx_invalidate_guest();
}

/* False: the list is full. */
static bool list(uint64_t *entry)
{
	if (*entry & LISTED)
		return true;
	if (filled_count == FILLED_MAX)
		return false;
	filled[filled_count++] = entry;
	return true;
}

/*
 * A translation that was not there is cached nowhere, and one that allows more than before is looked up again before it faults
 * (SDM 5.10.4.3). Whatever else changes must leave the TLB; as must an entry that was good already and has faulted all the same.
 */
static void put(uint64_t *entry, uint64_t value, uint64_t linear)
{
	const uint64_t rights = SHADOW_WRITE | SHADOW_USER | SHADOW_NX;
	uint64_t old = *entry & ~LISTED;
	bool less = (old & ~value & (SHADOW_WRITE | SHADOW_USER)) | (value & ~old & SHADOW_NX);
	bool moved = (old ^ value) & ~rights;

	*entry = value | LISTED;
	if (old & SHADOW_PRESENT && (less || moved || old == value))
		vmx_invalidate_address(linear);
}

/* False: there is no table, or no place in the list, for it. */
static bool try_map(const struct shadow_page *page)
{
	uint64_t *entry = &root[page->linear >> top & (top == 39 ? ENTRIES - 1 : PAE_TABLES - 1)];
	uint64_t value;
	unsigned shift;

	for (shift = top; shift > 12; shift -= 9) {
		/* Where 4 KiB pages are already, more of them follow. */
		if (shift == 21 && page->size >= 1ull << 21 && (*entry & SHADOW_PAGE || !(*entry & SHADOW_PRESENT)))
			break;
		if (*entry & SHADOW_PAGE || !(*entry & SHADOW_PRESENT)) {
			uint64_t old = *entry;
			const uint64_t *table = shadow_pool_take(top == 30 ? PAE_TABLES : 0);

			if (!table)
				return false;
			*entry = link_to(table) | (old & LISTED);
			if (old & SHADOW_PRESENT)
				vmx_invalidate_address(page->linear);
		}
		if (page->guest_size >= 1ull << shift)
			*entry |= PIECES;
		entry = &shadow_table_of(*entry)[page->linear >> (shift - 9) & (ENTRIES - 1)];
	}
	if (!list(entry))
		return false;
	value = page->host & SHADOW_ADDRESS & ~((1ull << shift) - 1);
	value |= page->bits | SHADOW_PRESENT | SHADOW_ACCESSED | SHADOW_DIRTY | SHADOW_PAGE |
		 (shift == 21 ? SHADOW_LARGE : 0);
	put(entry, value, page->linear);
	return true;
}

void shadow_map(const struct shadow_page *page)
{
	if (try_map(page))
		return;
	reclaim();
	if (!try_map(page))
		bare_fail("%s is out of shadow tables: shadow_tables=%u are not enough to map one page",
			  beyond_own_name(), shadow_pool_size());
}

void shadow_invalidate(uint64_t linear)
{
	uint64_t *entry = &root[linear >> top & (top == 39 ? ENTRIES - 1 : PAE_TABLES - 1)];

	for (unsigned shift = top; *entry & SHADOW_PRESENT; shift -= 9) {
		uint64_t *table = shadow_table_of(*entry);

		if (*entry & SHADOW_PAGE) {
			*entry &= LISTED;
			vmx_invalidate_address(linear);
			return;
		}
		if (*entry & PIECES) {
			/* What was listed stays so, or a later mapping would be listed twice. Tables further down are lost until the pool is. */
			for (unsigned i = 0; i < ENTRIES; i++)
				table[i] &= LISTED;
			vmx_invalidate_guest();
			return;
		}
		entry = &table[linear >> (shift - 9) & (ENTRIES - 1)];
	}
}

void shadow_for_each(void (*look)(uint64_t linear, uint64_t entry, uint64_t size))
{
	shadow_look(root, top, look);
}
