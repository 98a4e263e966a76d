/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Exits by control registers and debug registers (SDM tables 28-3 and 28-4).
 */
#ifndef HV_CR_H
#define HV_CR_H

#include "l1-hypervisor/guest.h"

/* Each emulates the instruction, or ends the run in words if it is one that we never asked to trap. */
void cr_exit(struct guest_registers *regs);
void dr_exit(struct guest_registers *regs);

/* MOV DR begins to trap, and ends: the guest's debug registers go into our memory, and back into the CPU. */
void dr_take(void);
void dr_give_back(void);

/* XSETBV, which traps always. */
void xsetbv_exit(struct guest_registers *regs);

#endif
