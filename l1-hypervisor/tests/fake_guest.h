/* SPDX-License-Identifier: GPL-2.0-only */
/* Memory of a guest, and page tables in it, for unit tests. */
#ifndef HV_FAKE_GUEST_H
#define HV_FAKE_GUEST_H

#include "l1-hypervisor/cpu/vcpu.h"
#include "microbench/abi/memory.h"

/* Guest-physical address 0 is here. The host's address is a multiple of 2 MiB. */
extern uint8_t fake_memory[NB_GUEST_MEMORY];

/* Clears the memory, and gives it to a vCPU that is otherwise all zeros. */
void fake_guest_reset(struct vcpu *vcpu);

/* Eight bytes of the guest's memory. */
uint64_t *fake_qword(uint64_t physical);

/* Bits of a page-table entry (SDM 5.5). */
#define PTE_P  (1ull << 0)
#define PTE_W  (1ull << 1)
#define PTE_U  (1ull << 2)
#define PTE_A  (1ull << 5)
#define PTE_D  (1ull << 6)
#define PTE_PS (1ull << 7)
#define PTE_NX (1ull << 63)

/* The root of 4-level tables, and where the next free page for a table is after the reset. */
#define FAKE_ROOT   0x1000ull
#define FAKE_TABLES 0x2000ull

/*
 * Maps a page of 4 KiB, 2 MiB or 1 GiB in the 4-level tables below FAKE_ROOT, and returns the
 * physical address of its entry. Entries that lead to tables have P, W, U and A.
 */
uint64_t fake_map(uint64_t linear, uint64_t physical, uint64_t size, uint64_t bits);

/*
 * Returns the physical address of the entry for an address in the table of this shift (12 to 39).
 */
uint64_t fake_entry(uint64_t linear, unsigned shift);

#endif
