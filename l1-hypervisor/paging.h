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

#include "walk.h"

/* Looks at the CPU once; with shadow tables, puts the guest's into the state of the PVH entry: 32-bit protected mode, paging off. */
void paging_init(void);

/* What the guest's registers say about translation now. With EPT, what its CR3 and the kind of its code say. */
const struct walk_paging *paging_state(void);

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

/* For the dump of a guest that went wrong: its own registers, which the VMCS does not have. */
void paging_print(void);

#endif
