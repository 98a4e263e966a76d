/* SPDX-License-Identifier: GPL-2.0-only */
/* EPTs that only experiments need, and the accessed flags that the CPU has set in an EPT. */
#ifndef HV_EPT_EXPERIMENTS_H
#define HV_EPT_EXPERIMENTS_H

#include "l1-hypervisor/memory/ept.h"

/*
 * For tests: limits the number of tables for fresh pages. 0 means the whole pool. Returns false if
 * the limit is larger than the pool.
 */
bool ept_fresh_set_tables(uint32_t tables);

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
 * Fresh pages, at 256 GiB or above, are mapped one by one and have separate tables.
 * ept_fresh_begin() unmaps all of them. ept_fresh_map() maps the page of page_size that contains
 * `guest` to `host`. It makes the missing tables and links them from the lowest to the highest.
 * Returns false if the tables run out.
 */
void ept_fresh_begin(uint64_t eptp);
bool ept_fresh_map(uint64_t guest, uint64_t host, uint64_t page_size);

#endif
