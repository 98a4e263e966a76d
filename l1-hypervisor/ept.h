/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Extended page tables: the map from our guest's physical addresses to ours (ept12 when we are L1).
 */
#ifndef HV_EPT_H
#define HV_EPT_H

#include <stdbool.h>
#include <stdint.h>

/* Page sizes of a leaf. */
#define EPT_PAGE_4K 0x1000ull
#define EPT_PAGE_2M 0x200000ull
#define EPT_PAGE_1G 0x40000000ull

/* For tests: how many tables there may be, and how many more for fresh pages; 0: as many as there is memory for. False: there is not. */
bool ept_set_tables(uint32_t tables, uint32_t fresh_tables);

/*
 * Maps guest-physical [0, size) to our physical [base, base + size), all by leaves of page_size, write-back, all access.
 * base must be a multiple of page_size; size is rounded up to one. Returns the EPTP. Fails in words if the CPU lacks
 * this page size, write-back EPT or 4-level walks, or the tables run out.
 */
uint64_t ept_build(uint64_t base, uint64_t size, uint64_t page_size);

/*
 * Another EPT, for an experiment: empty, with tables from the same pool, until the next one begins. Its PML4 table; map into it by a leaf
 * of page_size, to whose multiple both addresses are rounded down.
 */
uint64_t *ept_scratch_begin(void);
void ept_scratch_map(uint64_t *pml4, uint64_t guest, uint64_t host, uint64_t page_size);

/* The accessed flags of the guest's EPT, but for fresh pages: clears them all; and how many are set. */
void ept_forget_accessed(void);
unsigned ept_all_accessed(void);

/* The entries that translate an address, from the top. Returns how many there are. */
#define EPT_LEVELS 4
unsigned ept_path(const uint64_t *pml4, uint64_t guest, const uint64_t *entry[EPT_LEVELS]);

/* Entries of the scratch EPT whose accessed flag (SDM 29.3.5) is set: all of them, or those that translate one address. */
unsigned ept_scratch_accessed(void);
unsigned ept_accessed(const uint64_t *pml4, uint64_t guest);

/* Maps one more page of 4 KiB, above what ept_build() mapped, by an entry of these bits. */
void ept_map_page(uint64_t guest, uint64_t host, uint64_t bits);

/* The entry that maps such a page. */
uint64_t *ept_entry(uint64_t guest);

/* Write-protects a page of 4 KiB of the guest's memory, or lets it be written to again. A larger page that it is part of is split. */
void ept_set_writable(uint64_t guest, bool writable);

/* Does this CPU's EPT have leaves of this size (SDM A.10)? */
bool ept_has_page(uint64_t page_size);

/*
 * Pages that are mapped one by one, at 256 GiB or above, with tables of their own. Begin: none is, any more. Map: the page of page_size
 * that `guest` is in leads to host; makes the tables that lack, and links them from the last to the first. False: there are no more.
 */
void ept_fresh_begin(uint64_t eptp);
bool ept_fresh_map(uint64_t guest, uint64_t host, uint64_t page_size);

/* Takes the page at a guest-physical address away, of whatever size it is mapped, or gives it back. False: it never was mapped. */
bool ept_set_present(uint64_t guest, bool present);

#endif
