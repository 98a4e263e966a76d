/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Extended page tables: they map the guest's physical addresses to this hypervisor's physical
 * addresses (ept12 if this hypervisor is L1).
 */
#ifndef HV_EPT_H
#define HV_EPT_H

#include <stdbool.h>
#include <stdint.h>

/* Page sizes of a leaf entry, in bytes. */
#define EPT_PAGE_4K 0x1000ull
#define EPT_PAGE_2M 0x200000ull
#define EPT_PAGE_1G 0x40000000ull

#define EPT_ENTRIES 512
#define EPT_ADDRESS 0x000ffffffffff000ull /* of an entry: the page or the table */

/*
 * For tests: limits the number of EPT tables. 0 means the whole pool. Returns false if the limit is
 * larger than the pool.
 */
bool ept_set_tables(uint32_t tables);

/*
 * Maps guest-physical [0, size) to host-physical [base, base + size) with leaves of page_size,
 * write-back and full access. base must be a multiple of page_size, and size is rounded up to one.
 * Returns the EPTP. Ends the run with a message if the CPU lacks this page size, write-back EPT or
 * 4-level walks, or if the tables run out.
 */
uint64_t ept_build(uint64_t base, uint64_t size, uint64_t page_size);

/*
 * Maps one more 4 KiB page, above the memory that ept_build() mapped. `bits` are the entry's bits
 * besides the address. Ends the run if the tables run out.
 */
void ept_map_page(uint64_t guest, uint64_t host, uint64_t bits);

/*
 * Returns the EPT entry for a 4 KiB page that ept_map_page() maps. Makes missing tables, and ends
 * the run if they run out.
 */
uint64_t *ept_entry(uint64_t guest);

/*
 * Write-protects a 4 KiB page of the guest's memory, or makes it writable again. Protection splits
 * a larger page. After protection the caller must invalidate cached translations.
 */
void ept_set_writable(uint64_t guest, bool writable);

/* Returns true if this CPU's EPT supports leaves of this size in bytes (SDM A.10). */
bool ept_has_page(uint64_t page_size);

/*
 * Makes the page at a guest-physical address present or not present, at any mapped size. After a
 * removal the caller must invalidate cached translations. Returns false if the page was never
 * mapped.
 */
bool ept_set_present(uint64_t guest, bool present);

/* --- For experiments that build EPTs of their own --- */

/* Returns the guest's PML4 table. */
uint64_t *ept_root(void);

/* Returns an empty table of the pool. Ends the run if the pool is used up. */
uint64_t *ept_new_table(void);

/* Returns the table that `entry` points to. Makes the table if the entry is empty. */
uint64_t *ept_descend(uint64_t *entry);

/* Maps a leaf of page_size below pml4. Both addresses are multiples of page_size. */
void ept_map_leaf(uint64_t *pml4, uint64_t guest, uint64_t host, uint64_t page_size);

/*
 * The pool numbers its tables from 0, in the order of their use. ept_release_tables() clears all
 * tables from this number on, and makes them free again.
 */
unsigned ept_tables_used(void);
uint64_t *ept_table(unsigned number);
void ept_release_tables(unsigned used);

#endif
