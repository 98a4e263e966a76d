/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The shadow page tables: where there is no EPT, the CPU walks these instead of the guest's. They are a virtual TLB: filled fault
 * by fault, and emptied by whatever empties a TLB. Entries that lead to tables allow all; only those that map a page restrict. Which page
 * belongs where is shadow_fault.c's business; synced.h is the other way to do it.
 */
#ifndef HV_SHADOW_H
#define HV_SHADOW_H

#include <stdbool.h>
#include <stdint.h>

#include "l1-hypervisor/shadow_pool.h"

/* What one entry shall map. */
struct shadow_page {
	uint64_t linear;
	uint64_t host; /* our physical address of it */
	uint64_t bits; /* SHADOW_WRITE, _USER, _UNCACHED, _NX */
	uint64_t size; /* 4 KiB or 2 MiB: the largest that may be mapped; linear and host need not be aligned to it */
	bool beyond;   /* it is no memory of the guest's */
	uint64_t guest_size; /* of the guest's page that it is, or is a piece of */
};

/* Forgets everything and begins anew with 4-level tables, or with those of PAE paging. Returns what CR3 must be then. */
uint64_t shadow_begin(bool four_levels);

/* Maps the page. Where no table is left for it, all others go first. */
void shadow_map(const struct shadow_page *page);

/* Empties the virtual TLB: what MOV to CR3 does. The tables stay. */
void shadow_drop(void);

/* Drops what translates this address, and all other pieces of the same page of the guest's: what INVLPG does. */
void shadow_invalidate(uint64_t linear);

/* Calls look for each entry that maps a page (size: 4 KiB or 2 MiB). */
void shadow_for_each(void (*look)(uint64_t linear, uint64_t entry, uint64_t size));

#endif
