/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The shadow page tables: where there is no EPT, the CPU walks these instead of the guest's. They are a virtual TLB: filled fault
 * by fault, and emptied by whatever empties a TLB. Which page belongs where is shadow_fault.c's business.
 */
#ifndef HV_SHADOW_H
#define HV_SHADOW_H

#include <stdbool.h>
#include <stdint.h>

/* Bits of an entry. Entries that lead to tables allow all: only the last one, which maps a page, restricts. */
#define SHADOW_PRESENT  (1ull << 0)
#define SHADOW_WRITE    (1ull << 1)
#define SHADOW_USER     (1ull << 2)
#define SHADOW_UNCACHED (3ull << 3) /* PWT and PCD: the PAT entry that is UC out of reset (SDM 12.12.4) */
#define SHADOW_LARGE    (1ull << 7)
#define SHADOW_NX       (1ull << 63)
#define SHADOW_ADDRESS  0x000ffffffffff000ull

/* What one entry shall map. */
struct shadow_page {
	uint64_t linear;
	uint64_t host; /* our physical address of it */
	uint64_t bits; /* SHADOW_WRITE, _USER, _UNCACHED, _NX */
	uint64_t size; /* 4 KiB or 2 MiB: the largest that may be mapped; linear and host need not be aligned to it */
	uint64_t guest_size; /* of the guest's page that it is, or is a piece of */
};

/* Sets how many tables there may be at once; 0: as many as there is memory for. False if so few are not enough. */
bool shadow_set_tables(uint32_t tables);

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
