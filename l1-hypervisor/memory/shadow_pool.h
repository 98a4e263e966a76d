/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The pool of pages for shadow tables, and the bits of their entries. shadow.c and
 * protected_shadow.c both use it.
 */
#ifndef HV_SHADOW_POOL_H
#define HV_SHADOW_POOL_H

#include <stdbool.h>
#include <stdint.h>

#define SHADOW_ENTRIES 512

/* Bits of an entry (SDM tables 5-15 to 5-20). */
#define SHADOW_PRESENT  (1ull << 0)
#define SHADOW_WRITE    (1ull << 1)
#define SHADOW_USER     (1ull << 2)
#define SHADOW_UNCACHED (3ull << 3) /* PWT and PCD select the PAT entry that is UC after reset (SDM 12.12.4). */
#define SHADOW_LARGE    (1ull << 7)
#define SHADOW_NX       (1ull << 63)
#define SHADOW_ADDRESS  0x000ffffffffff000ull
/*
 * Set from the start: otherwise the CPU would write to the tables to set them, and no code reads
 * them.
 */
#define SHADOW_ACCESSED (1ull << 5)
#define SHADOW_DIRTY    (1ull << 6)
/* The CPU ignores bits 9 to 11. */
#define SHADOW_PAGE (1ull << 9) /* the entry maps a page and does not lead to a table */

/*
 * Maximum size of the pool. PAE paging always uses SHADOW_TABLES_MORE extra tables, which this size
 * does not include.
 */
#define SHADOW_TABLES_MAX  192
#define SHADOW_TABLES_MORE 4

/*
 * Sets how many tables the pool has: 4 to SHADOW_TABLES_MAX, or 0 for SHADOW_TABLES_MAX. Returns
 * false for any other value.
 */
bool shadow_pool_set(uint32_t tables);
/* Returns how many tables the pool has. */
uint32_t shadow_pool_size(void);

/* Makes all tables free again. */
void shadow_pool_reset(void);

/*
 * Returns an empty table, or NULL if the pool is used up. more: tables that the caller may take
 * beyond the size of the pool, at most SHADOW_TABLES_MORE.
 */
uint64_t *shadow_pool_take(unsigned more);
/* Returns the number of a table of the pool, below SHADOW_TABLES_MAX + SHADOW_TABLES_MORE. */
unsigned shadow_pool_number(const uint64_t *table);

/* Returns the table that an entry leads to. */
static inline uint64_t *shadow_table_of(uint64_t entry)
{
	return (uint64_t *)(uintptr_t)(entry & SHADOW_ADDRESS);
}

/*
 * Calls look() for each entry that maps a page, in all tables below a root. shift is the lowest
 * address bit of the root's index (39 or 30). entry has the combined rights of all entries of the
 * walk. size is 4 KiB or 2 MiB.
 */
void shadow_pool_for_each(const uint64_t *root, unsigned shift,
			  void (*look)(uint64_t linear, uint64_t entry, uint64_t size));

#endif
