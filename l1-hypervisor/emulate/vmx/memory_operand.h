/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The memory operand of an instruction that caused an exit, decoded from the VM-exit instruction
 * information (SDM tables 28-9 to 28-11).
 */
#ifndef HV_MEMORY_OPERAND_H
#define HV_MEMORY_OPERAND_H

#include "l1-hypervisor/cpu/vcpu.h"

/* Fields that these tables share. INFO_REG2 exists only in the tables with a second register. */
#define INFO_SCALE(i)    ((i)&3)
#define INFO_ADDRESS(i)  ((i) >> 7 & 7) /* address size: 0 = 16 bits, 1 = 32 bits, 2 = 64 bits */
#define INFO_IS_REGISTER (1u << 10)
#define INFO_REG1(i)     ((i) >> 3 & 15)
#define INFO_SEGMENT(i)  ((i) >> 15 & 7)
#define INFO_INDEX(i)    ((i) >> 18 & 15)
#define INFO_NO_INDEX    (1u << 22)
#define INFO_BASE(i)     ((i) >> 23 & 15)
#define INFO_NO_BASE     (1u << 27)
#define INFO_REG2(i)     ((i) >> 28 & 15)

/* Returns the linear address of the operand, for 64-bit code. */
uint64_t operand_address(struct vcpu *vcpu, uint32_t info);

/*
 * Returns the linear address of the operand, for 32-bit and 16-bit code. It does not check the
 * segment limit.
 */
uint64_t operand_address_32(struct vcpu *vcpu, uint32_t info);

/*
 * Call it after linear_read() or linear_write() with their result. If success is true, it updates
 * the write-protected page tables for the A and D flags of this access, and returns true. Otherwise
 * it injects the guest's #PF, or a #SS or #GP for a non-canonical address, and returns false.
 */
bool operand_complete_access(struct vcpu *vcpu, bool success, uint64_t address);

#endif
