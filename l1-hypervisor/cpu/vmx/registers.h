/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Access to a guest register by its number in an instruction or an exit qualification. Numbers
 * 0..15 are RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8..R15.
 */
#ifndef HV_REGISTERS_H
#define HV_REGISTERS_H

#include "l1-hypervisor/cpu/vcpu.h"
#include "l1-hypervisor/cpu/vmx/vmx.h"

/* RSP (4) is in the VMCS. All other registers are in struct guest_registers. */
#define REGISTER_RSP 4u

/* Returns where entry.S saved the register. number: 0..15, but not REGISTER_RSP. */
static inline uint64_t *register_slot(struct vcpu *vcpu, unsigned number)
{
	static const uint8_t slot[16] = {14, 12, 11, 13, 0, 8, 10, 9, 7, 6, 5, 4, 3, 2, 1, 0};

	return (uint64_t *)(void *)&vcpu->regs + slot[number];
}

/* Reads or writes a register, including RSP. number: 0..15. */
static inline uint64_t register_read(struct vcpu *vcpu, unsigned number)
{
	return number == REGISTER_RSP ? vmcs_read(GUEST_RSP) : *register_slot(vcpu, number);
}

static inline void register_write(struct vcpu *vcpu, unsigned number, uint64_t value)
{
	if (number == REGISTER_RSP)
		vmcs_write(GUEST_RSP, value);
	else
		*register_slot(vcpu, number) = value;
}

#endif
