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

/*
 * For tests: limits the number of EPT tables and of tables for fresh pages. 0 means the whole pool.
 * Returns false if a limit is larger than its pool.
 */
bool ept_set_tables(uint32_t tables, uint32_t fresh_tables);

/*
 * Maps guest-physical [0, size) to host-physical [base, base + size) with leaves of page_size,
 * write-back and full access. base must be a multiple of page_size, and size is rounded up to one.
 * Returns the EPTP. Ends the run with a message if the CPU lacks this page size, write-back EPT or
 * 4-level walks, or if the tables run out.
 */
uint64_t ept_build(uint64_t base, uint64_t size, uint64_t page_size);

/*
 * The scratch EPT, a second EPT for experiments. ept_scratch_begin() empties it and returns its
 * PML4 table; its tables come from the same pool. ept_scratch_map() maps a leaf of page_size and
 * rounds both addresses down to a multiple of page_size.
 */
uint64_t *ept_scratch_begin(void);
void ept_scratch_map(uint64_t *pml4, uint64_t guest, uint64_t host, uint64_t page_size);

/*
 * Clears or counts the accessed flags in the guest's EPT. Tables for fresh pages and the scratch
 * EPT are not included.
 */
void ept_forget_accessed(void);
unsigned ept_all_accessed(void);

/*
 * Finds the entries that translate a guest-physical address, from the top level down. Stops at a
 * leaf or an empty entry. Returns the number of entries, 1 to EPT_LEVELS.
 */
#define EPT_LEVELS 4
unsigned ept_path(const uint64_t *pml4, uint64_t guest, const uint64_t *entry[EPT_LEVELS]);

/*
 * Counts entries with a set accessed flag (SDM 29.3.5): all entries of the scratch EPT, or the
 * entries under pml4 that translate one guest-physical address.
 */
unsigned ept_scratch_accessed(void);
unsigned ept_accessed(const uint64_t *pml4, uint64_t guest);

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
 * Fresh pages, at 256 GiB or above, are mapped one by one and have separate tables.
 * ept_fresh_begin() unmaps all of them. ept_fresh_map() maps the page of page_size that contains
 * `guest` to `host`. It makes the missing tables and links them from the lowest to the highest.
 * Returns false if the tables run out.
 */
void ept_fresh_begin(uint64_t eptp);
bool ept_fresh_map(uint64_t guest, uint64_t host, uint64_t page_size);

/*
 * Makes the page at a guest-physical address present or not present, at any mapped size. After a
 * removal the caller must invalidate cached translations. Returns false if the page was never
 * mapped.
 */
bool ept_set_present(uint64_t guest, bool present);

#endif
