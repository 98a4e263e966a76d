/* SPDX-License-Identifier: GPL-2.0-only */
/* Emulates accesses to control registers and debug registers. */
#ifndef HV_CR_H
#define HV_CR_H

#include "l1-hypervisor/cpu/vcpu.h"

/*
 * Emulate MOV to and from a control register: number 0, 3, 4 or 8. reg: number of the
 * general-purpose register. A bad value gives the guest a #GP, and nothing changes.
 */
enum outcome cr_move_to(struct vcpu *vcpu, unsigned number, uint64_t value);
enum outcome cr_move_from(struct vcpu *vcpu, unsigned number, unsigned reg);

/*
 * Emulate MOV to and from a debug register. DR4 and DR5 are aliases of DR6 and DR7 without CR4.DE,
 * else #UD (SDM 18.2.2). No supported guest uses them, so it is always #UD. A breakpoint in DR7
 * ends the run with a dump.
 */
enum outcome dr_move_to(struct vcpu *vcpu, unsigned number, uint64_t value);
enum outcome dr_move_from(struct vcpu *vcpu, unsigned number, unsigned reg);

/*
 * Call dr_save() when MOV DR starts to trap: it copies the guest's DR0 to DR3 from the CPU to
 * memory. Call dr_restore() when the trap ends: it copies them back.
 */
void dr_save(struct vcpu *vcpu);
void dr_restore(struct vcpu *vcpu);

/*
 * Emulates XSETBV, which always exits. Injects #GP if the value is invalid for the guest's CPUID.
 */
enum outcome xsetbv_exit(struct vcpu *vcpu, uint32_t reason);

#endif
