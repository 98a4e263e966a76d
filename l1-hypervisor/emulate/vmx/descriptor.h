/* SPDX-License-Identifier: GPL-2.0-only */
/* Emulates SGDT, SIDT, LGDT, LIDT, SLDT, STR, LLDT and LTR under descriptor-table exiting. */
#ifndef HV_DESCRIPTOR_H
#define HV_DESCRIPTOR_H

#include "l1-hypervisor/cpu/vcpu.h"

/*
 * Emulates the instruction of a GDTR_IDTR or LDTR_TR exit. Injects a fault if the operand is
 * invalid. Ends the run with a dump on LTR, and on LLDT with a selector that is not null.
 */
enum outcome descriptor_exit(struct vcpu *vcpu, uint32_t reason);

#endif
