/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * INVLPG and INVPCID that exit: always with shadow tables, else where it was wished.
 */
#ifndef HV_INVALIDATE_H
#define HV_INVALIDATE_H

#include "l1-hypervisor/guest.h"

void invlpg_exit(void);
void invpcid_exit(struct guest_registers *regs);

#endif
