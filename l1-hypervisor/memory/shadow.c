// SPDX-License-Identifier: GPL-2.0-only
/*
 * Shadow page tables that act as a virtual TLB. All tables come from one pool. A list holds the
 * entries that map pages, so emptying the TLB costs as much as was mapped since the last time. The
 * tables above these entries stay in use. When the pool is used up, all tables are freed and page
 * faults fill them again.
 */
#include "l1-hypervisor/memory/shadow.h"

#include "l1-hypervisor/backend/backend.h"
#include "l1-hypervisor/cpu/levels.h"
#include "microbench/bare/bare.h"

#define ENTRIES    SHADOW_ENTRIES
#define PAE_TABLES SHADOW_TABLES_MORE
#define FILLED_MAX 8192

/*
 * The CPU ignores bits 9 to 11 of an entry, and every bit of a non-present entry. Bit 9 is
 * SHADOW_PAGE.
 */
#define LISTED (1ull << 10) /* the entry is in the list, present or not */
/*
 * The entry leads to a table with pieces of one guest page, which spans the whole range of the
 * entry.
 */
#define PIECES (1ull << 11)

/*
 * With PAE paging the root is four entries in 32 bytes. With 4-level paging it is the whole page.
 */
static uint64_t root[ENTRIES] __attribute__((aligned(4096)));
static unsigned top; /* lowest address bit of the root's index: 39 or 30 */

static uint64_t *filled[FILLED_MAX];
static unsigned filled_count;

static uint64_t link_value(const uint64_t *table)
{
	return (uintptr_t)table | SHADOW_PRESENT | SHADOW_WRITE | SHADOW_USER | SHADOW_ACCESSED;
}

/*
 * With PAE paging all four PDPTEs are present from the start, because the CPU keeps them in
 * registers (SDM 5.4.1). A PDPTE has no rights bits.
 */
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
	tlb_flush_guest();
	return (uintptr_t)root;
}

static void reclaim(void)
{
	counters.shadow_reclaims++;
	begin_tables();
	tlb_flush_guest();
}

void shadow_drop(void)
{
	if (filled_count == 0)
		return; /* no entry is present, so the TLB holds nothing */
	while (filled_count > 0) {
		uint64_t *entry = filled[--filled_count];

		/*
		 * An entry that now leads to a table stays, because the list also holds the page
		 * entries below it.
		 */
		*entry = *entry & SHADOW_PAGE || !(*entry & SHADOW_PRESENT) ? 0 : *entry & ~LISTED;
	}
	tlb_flush_guest();
}

/* Adds the entry to the list, if it is not there. Returns false if the list is full. */
static bool add_to_list(uint64_t *entry)
{
	if (*entry & LISTED)
		return true;
	if (filled_count == FILLED_MAX)
		return false;
	filled[filled_count++] = entry;
	return true;
}

/*
 * The TLB never holds a translation from a non-present entry. An entry that now allows more needs
 * no invalidation: at worst the CPU raises one spurious fault (SDM 5.10.4.3). Every other change
 * must leave the TLB. An unchanged entry that has faulted must leave the TLB too.
 */
static void set_entry(uint64_t *entry, uint64_t value, uint64_t linear)
{
	const uint64_t rights = SHADOW_WRITE | SHADOW_USER | SHADOW_NX;
	uint64_t old = *entry & ~LISTED;
	bool less = (old & ~value & (SHADOW_WRITE | SHADOW_USER)) | (value & ~old & SHADOW_NX);
	bool moved = (old ^ value) & ~rights;

	*entry = value | LISTED;
	if (old & SHADOW_PRESENT && (less || moved || old == value))
		tlb_flush_address(linear);
}

/* Returns false if the pool has no free table, or the list is full. */
static bool try_map(const struct shadow_page *page)
{
	uint64_t *entry = &root[page->linear >> top & (top == 39 ? ENTRIES - 1 : PAE_TABLES - 1)];
	uint64_t value;
	unsigned shift;

	for (shift = top; shift > 12; shift -= 9) {
		/* If the range already has a table of 4 KiB pages, the new page goes there too. */
		if (shift == 21 && page->size >= 1ull << 21 && (*entry & SHADOW_PAGE || !(*entry & SHADOW_PRESENT)))
			break;
		if (*entry & SHADOW_PAGE || !(*entry & SHADOW_PRESENT)) {
			uint64_t old = *entry;
			const uint64_t *table = shadow_pool_take(top == 30 ? PAE_TABLES : 0);

			if (!table)
				return false;
			*entry = link_value(table) | (old & LISTED);
			if (old & SHADOW_PRESENT)
				tlb_flush_address(page->linear);
		}
		if (page->guest_size >= 1ull << shift)
			*entry |= PIECES;
		entry = &shadow_table_of(*entry)[page->linear >> (shift - 9) & (ENTRIES - 1)];
	}
	if (!add_to_list(entry))
		return false;
	value = page->host & SHADOW_ADDRESS & ~((1ull << shift) - 1);
	value |= page->bits | SHADOW_PRESENT | SHADOW_ACCESSED | SHADOW_DIRTY | SHADOW_PAGE |
		 (shift == 21 ? SHADOW_LARGE : 0);
	set_entry(entry, value, page->linear);
	return true;
}

void shadow_map(const struct shadow_page *page)
{
	if (try_map(page))
		return;
	reclaim();
	if (!try_map(page))
		bare_fail("%s is out of shadow tables: shadow_tables=%u are not enough to map one page", level_own_name,
			  shadow_pool_size());
}

void shadow_invalidate(uint64_t linear)
{
	uint64_t *entry = &root[linear >> top & (top == 39 ? ENTRIES - 1 : PAE_TABLES - 1)];

	for (unsigned shift = top; *entry & SHADOW_PRESENT; shift -= 9) {
		uint64_t *table = shadow_table_of(*entry);

		if (*entry & SHADOW_PAGE) {
			*entry &= LISTED;
			tlb_flush_address(linear);
			return;
		}
		if (*entry & PIECES) {
			/*
			 * Keep LISTED: without it, a later mapping would list the entry twice.
			 * Tables below this one stay unused until the next reset of the pool.
			 */
			for (unsigned i = 0; i < ENTRIES; i++)
				table[i] &= LISTED;
			tlb_flush_guest();
			return;
		}
		entry = &table[linear >> (shift - 9) & (ENTRIES - 1)];
	}
}

void shadow_for_each(void (*look)(uint64_t linear, uint64_t entry, uint64_t size))
{
	shadow_pool_for_each(root, top, look);
}
