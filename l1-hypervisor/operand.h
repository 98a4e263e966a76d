/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The memory operand of an instruction that exited, by the VM-exit instruction information (SDM tables 28-9 to 28-11).
 */
#ifndef HV_OPERAND_H
#define HV_OPERAND_H

#include "l1-hypervisor/guest.h"

/* What the tables have in common, and the second register of those that have one. */
#define INFO_SCALE(i)    ((i)&3)
#define INFO_ADDRESS(i)  ((i) >> 7 & 7) /* 0: 16, 1: 32, 2: 64 bits */
#define INFO_IS_REGISTER (1u << 10)
#define INFO_REG1(i)     ((i) >> 3 & 15)
#define INFO_SEGMENT(i)  ((i) >> 15 & 7)
#define INFO_INDEX(i)    ((i) >> 18 & 15)
#define INFO_NO_INDEX    (1u << 22)
#define INFO_BASE(i)     ((i) >> 23 & 15)
#define INFO_NO_BASE     (1u << 27)
#define INFO_REG2(i)     ((i) >> 28 & 15)

/* The linear address, in 64-bit code. */
uint64_t operand_address(struct guest_registers *regs, uint32_t info);

/* The same in code of 32 and 16 bits; whether the segment has the address is not asked. */
uint64_t operand_address_32(struct guest_registers *regs, uint32_t info);

/* After a copy by linear.h. False: the operand's page does not allow the access, and the guest has got its #PF. */
bool operand_fault_unless(bool good, uint64_t address);

#endif
