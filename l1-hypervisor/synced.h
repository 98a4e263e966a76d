/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Shadow tables that are kept in step with the guest's: each belongs to one table of the guest's, which is write-protected as long, and
 * stays whatever the guest loads into CR3. A change of an entry is seen, and done in the shadow, too. For 4-level paging with
 * CR0.WP = 1: else shadow.h has a virtual TLB.
 */
#ifndef HV_SYNCED_H
#define HV_SYNCED_H

#include <stdbool.h>
#include <stdint.h>

#include "l1-hypervisor/guest.h"
#include "l1-hypervisor/shadow.h"

/* Forgets all tables, and begins with the guest's topmost one, a physical address of the guest's: what our CR3 must be. */
uint64_t synced_begin(uint64_t guest_root);

/*
 * What our CR3 must be for another one; its tables stay, if they are there already. One that leads to no memory is legal, and maps
 * nothing.
 */
uint64_t synced_root(uint64_t guest_root);

/*
 * After a good walk with A and D set: makes the tables that lack, and brings all entries on the way into step. The page is told for
 * one that is no memory of the guest's: of it nothing is known here.
 */
void synced_map(const struct shadow_page *page);

/* Is a table of the guest's there, that is write-protected now? */
bool synced_is_table(uint64_t physical);

/*
 * A store to one: true if it is emulated, as a simple one is. Else the guest does it itself, as its instruction begins anew, and may go on
 * to write there: the table is out of step until the guest loads CR3.
 */
bool synced_store(struct guest_registers *regs, const struct shadow_page *page, uint64_t physical);

/* We have accessed this address for the guest, by a walk that may have set A and D. */
void synced_accessed(uint64_t linear);

/* We have written to the guest's memory, within one page: to no table, as a rule. */
void synced_written(uint64_t physical, uint64_t bytes);

/* INVLPG: what is out of step is brought into step for this address, and the TLB forgets it. */
void synced_invalidate(uint64_t linear);

/*
 * For a look at all tables that are in step, whichever root they hang on: each entry, with that of the guest's whose it is, and the bit of
 * an address where the table's index begins. Of a piece of a page, the guest's entry is one that allows all.
 */
void synced_for_each(void (*look)(uint64_t guest_entry, uint64_t entry, unsigned shift));

/* Does this entry lead to the table that belongs to the guest's one there, or to the pieces of the page there? */
bool synced_leads_to(uint64_t entry, uint64_t physical, unsigned shift, bool pieces);

/* Are there tables of the guest's, that are shadowed, in the 2 MiB around? */
bool synced_is_near_table(uint64_t physical);

/* And from the present root on, as shadow_for_each() does. */
void synced_for_each_page(void (*look)(uint64_t linear, uint64_t entry, uint64_t size));

#endif
