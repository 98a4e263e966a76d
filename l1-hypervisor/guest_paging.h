/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guest's control registers where its paging is ours to do (guest.shadow): what it has written, and what is in the CPU's
 * instead. Without "unrestricted guest" CR0.PE and CR0.PG must be 1 there (SDM 27.3.1.1, A.7), so even a guest without paging
 * runs on shadow tables.
 */
#ifndef HV_PAGING_H
#define HV_PAGING_H

#include <stdbool.h>
#include <stdint.h>

#include "l1-hypervisor/guest_walk.h"

/* Looks at the CPU once; with shadow tables, puts the guest's into the state of the PVH entry: 32-bit protected mode, paging off. */
void paging_init(void);

/* What the guest's registers say about translation now. With EPT, what its CR3 and the kind of its code say. */
const struct walk_paging *paging_state(void);
const struct walk_paging *paging_state_for_write(void); /* with what CR0.WP says */

/*
 * MOV to a control register, and WRMSR of IA32_EFER. False: the guest gets a #GP, and nothing has changed. What the guest cannot
 * have here (real mode) ends the run in words.
 */
bool paging_write_cr0(uint64_t value);
bool paging_write_cr3(uint64_t value);
bool paging_write_cr4(uint64_t value);
bool paging_write_efer(uint64_t value);

uint64_t paging_cr3(void);
uint64_t paging_efer(void);

/* INVLPG. */
void paging_invalidate(uint64_t linear);

/* INVPCID of more than an address. With shadow tables only. */
void paging_flush(void);

/* Has the guest set CR4.PCIDE? */
bool paging_has_pcids(void);

/* Memory of the guest's has come or gone: what leads there is forgotten. With shadow tables only. */
void paging_forget(void);

/* Are the shadow tables of synced.h in use, or those of shadow.h? They change with the guest's paging mode. */
bool paging_is_synced(void);

/* Does the guest run 64-bit code? */
bool paging_is_long_code(void);

/* For the dump of a guest that went wrong: its own registers, which the VMCS does not have. */
void paging_print(void);

#endif
