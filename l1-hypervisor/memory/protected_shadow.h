/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Write-protected page tables: shadow tables that the hypervisor keeps in step with the guest's.
 * Each shadow table belongs to one guest table, which is write-protected as long as the shadow
 * table exists. The shadow tables stay when the guest loads CR3. A guest store to a table causes an
 * exit, and the shadow table gets the same change.
 *
 * They require 4-level paging with CR0.WP = 1. In other modes the hypervisor uses the virtual TLB
 * of shadow.h.
 */
#ifndef HV_PROTECTED_SHADOW_H
#define HV_PROTECTED_SHADOW_H

#include <stdbool.h>
#include <stdint.h>

#include "l1-hypervisor/cpu/vcpu.h"
#include "l1-hypervisor/memory/shadow.h"

/*
 * Discards all shadow tables and starts with the guest's topmost table at this guest-physical
 * address. Returns the value for the CPU's CR3.
 */
uint64_t protected_shadow_begin(struct vcpu *vcpu, uint64_t guest_root);

/*
 * Changes to another topmost table of the guest, and syncs all unsynced tables. Existing shadow
 * tables stay, unless the pool is full. Returns the value for the CPU's CR3. A guest_root outside
 * guest memory is legal and maps nothing.
 */
uint64_t protected_shadow_root(struct vcpu *vcpu, uint64_t guest_root);

/*
 * Call it after a good walk that has set A and D. It adds the missing tables and syncs all entries
 * of the walk. If the page is outside guest memory, its shadow entry comes from *page. If the pool
 * is too small for one page, the run ends.
 */
void protected_shadow_map(struct vcpu *vcpu, const struct shadow_page *page);

/* Returns true if a guest table at this guest-physical address is write-protected now. */
bool protected_shadow_is_table(uint64_t physical);

/*
 * Makes the write-protected table at this guest-physical address writable, because the guest must
 * execute the store itself. The table stays unsynced until the guest loads CR3, or until a further
 * store would make more than 32 frames unsynced.
 */
void protected_shadow_unprotect(struct vcpu *vcpu, uint64_t physical);

/*
 * Call it after the hypervisor accessed this linear address for the guest. The walk may have set A
 * and D, so the entries of the walk are synced.
 */
void protected_shadow_accessed(struct vcpu *vcpu, uint64_t linear);

/*
 * Call it after the hypervisor wrote to guest memory, within one page. It syncs the entries if the
 * page is a write-protected table.
 */
void protected_shadow_written(struct vcpu *vcpu, uint64_t physical, uint64_t bytes);

/*
 * Does what INVLPG does: syncs the unsynced entries of this address, and removes the address from
 * the TLB.
 */
void protected_shadow_invalidate(struct vcpu *vcpu, uint64_t linear);

/*
 * Calls look() for each entry of all synced tables, whichever root leads to them. guest_entry is
 * the guest's entry. shift is the lowest address bit of the table's index. For a piece of a page,
 * guest_entry is an entry that allows all accesses.
 */
void protected_shadow_for_each(void (*look)(uint64_t guest_entry, uint64_t entry, unsigned shift));

/*
 * Returns true if the entry leads to the shadow table of the guest table at this physical address.
 * With pieces = true: to the table of pieces of the guest page there. shift is the lowest address
 * bit of that table's index.
 */
bool protected_shadow_leads_to(uint64_t entry, uint64_t physical, unsigned shift, bool pieces);

/* Returns true if the 2 MiB around this address contain a guest table that is shadowed. */
bool protected_shadow_is_near_table(uint64_t physical);

/*
 * Calls look() for each entry below the current root that maps a page, as shadow_for_each() does.
 */
void protected_shadow_for_each_page(void (*look)(uint64_t linear, uint64_t entry, uint64_t size));

#endif
