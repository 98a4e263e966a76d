/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Descriptor-table exiting: SGDT, SIDT, LGDT, LIDT and SLDT, STR, LLDT, LTR.
 */
#ifndef HV_DESCRIPTOR_H
#define HV_DESCRIPTOR_H

#include "l1-hypervisor/guest.h"

/* Emulates the instruction of a GDTR_IDTR or LDTR_TR exit. */
void descriptor_exit(struct guest_registers *regs, uint32_t reason);

#endif
