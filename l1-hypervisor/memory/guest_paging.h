/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guest's control registers when this hypervisor does its paging (vcpu->shadow). This module
 * keeps the values that the guest wrote, and derives the values in the CPU. Without "unrestricted
 * guest" the CPU's CR0.PE and CR0.PG must be 1 (SDM 27.3.1.1, A.7). So even a guest without paging
 * runs on shadow tables.
 */
#ifndef HV_GUEST_PAGING_H
#define HV_GUEST_PAGING_H

#include <stdbool.h>
#include <stdint.h>

#include "l1-hypervisor/cpu/vcpu.h"
#include "l1-hypervisor/formats/guest_walk.h"

/*
 * Reads the CPU's paging features; call it once. With shadow tables, it also puts the guest into
 * the state of the PVH entry: 32-bit protected mode, paging off.
 */
void paging_init(struct vcpu *vcpu);

/*
 * Return the guest's current paging state for a walk. The next call overwrites it. With EPT, the
 * values come from the VMCS. Then wp is false in paging_state(), so use paging_state_for_write()
 * for writes: it also reads CR0.WP.
 */
const struct walk_paging *paging_state(struct vcpu *vcpu);
const struct walk_paging *paging_state_for_write(struct vcpu *vcpu);

/*
 * Emulate MOV to a control register and WRMSR of IA32_EFER. Return false if the guest gets a #GP;
 * then nothing changes. Real mode (unsupported) and PDPTEs outside guest memory end the run with a
 * message.
 */
bool paging_write_cr0(struct vcpu *vcpu, uint64_t value);
bool paging_write_cr3(struct vcpu *vcpu, uint64_t value);
bool paging_write_cr4(struct vcpu *vcpu, uint64_t value);
bool paging_write_efer(struct vcpu *vcpu, uint64_t value);

/* Return the CR3 and IA32_EFER that the guest wrote last. With shadow tables only. */
uint64_t paging_cr3(struct vcpu *vcpu);
uint64_t paging_efer(struct vcpu *vcpu);

/* Emulates INVLPG of a linear address. With shadow tables only. */
void paging_invalidate(struct vcpu *vcpu, uint64_t linear);

/* Emulates an INVPCID that covers more than one address. With shadow tables only. */
void paging_flush(struct vcpu *vcpu);

/* Returns true if the guest has set CR4.PCIDE. */
bool paging_has_pcids(struct vcpu *vcpu);

/*
 * Drops all shadow translations after guest memory was added or removed. With shadow tables only.
 */
void paging_drop_translations(struct vcpu *vcpu);

/*
 * Returns true if the write-protected tables of protected_shadow.h are in use. Returns false for
 * the virtual TLB of shadow.h, and with EPT. The result changes with the guest's paging mode and
 * CR0.WP.
 */
bool paging_is_write_protected(struct vcpu *vcpu);

/* Returns true if the guest runs 64-bit code. With shadow tables only. */
bool paging_is_long_code(struct vcpu *vcpu);

#endif
