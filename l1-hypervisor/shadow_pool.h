/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What shadow tables are made of, whichever way they are filled: pages out of one pool, and the bits of their entries.
 */
#ifndef HV_SHADOW_POOL_H
#define HV_SHADOW_POOL_H

#include <stdbool.h>
#include <stdint.h>

#define SHADOW_ENTRIES 512

/* Bits of an entry (SDM 5.5). */
#define SHADOW_PRESENT  (1ull << 0)
#define SHADOW_WRITE    (1ull << 1)
#define SHADOW_USER     (1ull << 2)
#define SHADOW_UNCACHED (3ull << 3) /* PWT and PCD: the PAT entry that is UC out of reset (SDM 12.12.4) */
#define SHADOW_LARGE    (1ull << 7)
#define SHADOW_NX       (1ull << 63)
#define SHADOW_ADDRESS  0x000ffffffffff000ull
/* Set from the start: the CPU would write to the tables for them, and nobody wants to know. */
#define SHADOW_ACCESSED (1ull << 5)
#define SHADOW_DIRTY    (1ull << 6)
/* The CPU ignores bits 9 to 11. */
#define SHADOW_PAGE (1ull << 9) /* maps a page, and leads to no table */

/* PAE paging has four tables always, which do not count. */
#define SHADOW_TABLES_MAX  192
#define SHADOW_TABLES_MORE 4

/* Sets how many tables there may be at once; 0: as many as there is memory for. False if so few are not enough. */
bool shadow_pool_set(uint32_t tables);
uint32_t shadow_pool_size(void);

/* All tables are free again. */
void shadow_pool_reset(void);

/* An empty table; NULL: there is none, beyond the size so many more. And its number, below SHADOW_TABLES_MAX + SHADOW_TABLES_MORE. */
uint64_t *shadow_pool_take(unsigned more);
unsigned shadow_pool_number(const uint64_t *table);

static inline uint64_t *shadow_table_of(uint64_t entry)
{
	return (uint64_t *)(uintptr_t)(entry & SHADOW_ADDRESS);
}

/*
 * Calls look for each entry that maps a page, of the tables under a root whose index begins at this bit of an address: with the rights
 * that are left of all entries on the way. size: 4 KiB or 2 MiB.
 */
void shadow_look(const uint64_t *root, unsigned shift, void (*look)(uint64_t linear, uint64_t entry, uint64_t size));

#endif
