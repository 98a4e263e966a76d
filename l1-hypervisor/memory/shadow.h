/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Shadow page tables that act as a virtual TLB. Without EPT, the CPU walks these tables and not the
 * guest's tables. Page faults fill them, and everything that empties a TLB empties them. Entries
 * that lead to tables allow all accesses; only entries that map a page restrict access.
 *
 * shadow_fault.c decides which page an entry maps. protected_shadow.h implements the alternative,
 * write-protected page tables.
 */
#ifndef HV_SHADOW_H
#define HV_SHADOW_H

#include <stdbool.h>
#include <stdint.h>

#include "l1-hypervisor/memory/shadow_pool.h"

/* Describes the page that one shadow entry maps. */
struct shadow_page {
	uint64_t linear;
	uint64_t host; /* host-physical address */
	uint64_t bits; /* SHADOW_WRITE, _USER, _UNCACHED, _NX */
	/*
	 * 4 KiB or 2 MiB: the largest page that may be mapped. linear and host need not be aligned
	 * to it.
	 */
	uint64_t size;
	bool outside;        /* the page is not guest memory */
	uint64_t guest_size; /* size of the guest's page that contains this page */
};

/*
 * Discards all tables and starts again, with 4-level tables or with PAE tables. Flushes the guest's
 * TLB entries. Returns the value for the CPU's CR3.
 */
uint64_t shadow_begin(bool four_levels);

/*
 * Maps the page. If the pool has no free table, it discards all other mappings first. If the pool
 * is too small for one page, the run ends.
 */
void shadow_map(const struct shadow_page *page);

/* Empties the virtual TLB, as MOV to CR3 does. The tables stay. */
void shadow_drop(void);

/*
 * Removes the translation of this address, and all other pieces of the same guest page, as INVLPG
 * does.
 */
void shadow_invalidate(uint64_t linear);

/*
 * Calls look() for each entry that maps a page. size is 4 KiB or 2 MiB. entry has the combined
 * rights of all levels.
 */
void shadow_for_each(void (*look)(uint64_t linear, uint64_t entry, uint64_t size));

#endif
