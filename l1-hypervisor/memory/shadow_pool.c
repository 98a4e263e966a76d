// SPDX-License-Identifier: GPL-2.0-only
/* The pool of shadow tables, and a walk over all tables below a root. */
#include "l1-hypervisor/memory/shadow_pool.h"

#include "microbench/bare/bare.h"

/*
 * Minimum size of the pool, for tests. With write-protected tables, one address needs four tables.
 * An instruction needs several addresses: code, operands, stack, and the structures for delivering
 * an exception.
 */
#define POOL_MIN 4

static uint64_t pool[SHADOW_TABLES_MAX + SHADOW_TABLES_MORE][SHADOW_ENTRIES] __attribute__((aligned(4096)));
static unsigned used, size = SHADOW_TABLES_MAX;

bool shadow_pool_set(uint32_t tables)
{
	if (tables && (tables < POOL_MIN || tables > SHADOW_TABLES_MAX))
		return false;
	size = tables ? tables : SHADOW_TABLES_MAX;
	return true;
}

uint32_t shadow_pool_size(void)
{
	return size;
}

void shadow_pool_reset(void)
{
	used = 0;
}

uint64_t *shadow_pool_take(unsigned more)
{
	uint64_t *table;

	if (used == size + more)
		return NULL;
	table = pool[used++];
	memset(table, 0, sizeof(pool[0]));
	return table;
}

unsigned shadow_pool_number(const uint64_t *table)
{
	return (unsigned)((table - pool[0]) / SHADOW_ENTRIES);
}

/*
 * An access needs the write and user bits in every entry of the walk. NX in any entry forbids
 * execution.
 */
static uint64_t rights_after(uint64_t rights, uint64_t entry)
{
	const uint64_t all = SHADOW_WRITE | SHADOW_USER;

	return (rights & entry & all) | ((rights | entry) & SHADOW_NX);
}

static void look_at(const uint64_t *table, unsigned shift, uint64_t linear, uint64_t rights,
		    void (*look)(uint64_t linear, uint64_t entry, uint64_t size))
{
	for (unsigned i = 0; i < SHADOW_ENTRIES; i++) {
		/* Linear addresses are canonical: bit 47 is copied to bits 48 to 63. */
		uint64_t at = linear | (uint64_t)i << shift;
		uint64_t address = shift == 39 && i >= SHADOW_ENTRIES / 2 ? at | 0xffffull << 48 : at;
		uint64_t left = rights_after(rights, table[i]);

		if (!(table[i] & SHADOW_PRESENT))
			continue;
		if (table[i] & SHADOW_PAGE)
			look(address, (table[i] & ~(SHADOW_WRITE | SHADOW_USER | SHADOW_NX)) | left, 1ull << shift);
		else
			look_at(shadow_table_of(table[i]), shift - 9, address, left, look);
	}
}

void shadow_pool_for_each(const uint64_t *root, unsigned shift,
			  void (*look)(uint64_t linear, uint64_t entry, uint64_t size))
{
	const uint64_t all = SHADOW_WRITE | SHADOW_USER;

	if (shift == 39)
		look_at(root, shift, 0, all, look);
	else /* PAE paging: the topmost entries have no rights */
		for (uint64_t i = 0; i < SHADOW_TABLES_MORE; i++)
			look_at(shadow_table_of(root[i]), 21, i << 30, all, look);
}
