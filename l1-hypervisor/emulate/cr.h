/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Handles exits caused by accesses to control registers and debug registers (SDM tables 28-3 and
 * 28-4).
 */
#ifndef HV_CR_H
#define HV_CR_H

#include "l1-hypervisor/cpu/vcpu.h"

/*
 * Emulates the instruction, or injects the exception that the instruction raises. Ends the run with
 * a dump if this hypervisor never requested the trap or does not support the access.
 */
enum outcome cr_exit(struct vcpu *vcpu, uint32_t reason);
enum outcome dr_exit(struct vcpu *vcpu, uint32_t reason);

/*
 * dr_save() saves the guest's DR0 to DR3 in memory when MOV DR starts to trap. dr_restore()
 * restores them to the CPU when the trap ends.
 */
void dr_save(struct vcpu *vcpu);
void dr_restore(struct vcpu *vcpu);

/*
 * Emulates XSETBV, which always exits. Injects #GP if the value is invalid for the guest's CPUID.
 */
enum outcome xsetbv_exit(struct vcpu *vcpu, uint32_t reason);

#endif
