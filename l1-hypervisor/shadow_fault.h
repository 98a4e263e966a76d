/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Page faults of a guest whose paging is ours to do: whose fault it is, and what is done about it.
 */
#ifndef HV_SHADOW_FAULT_H
#define HV_SHADOW_FAULT_H

#include "l1-hypervisor/guest.h"

/*
 * A #PF exit, with its interruption information: the guest's own fault is reflected, a device access is decoded and emulated, and
 * what only the shadow tables lacked is put there.
 */
void shadow_fault(struct guest_registers *regs, uint32_t info);

/* Fills in what a supervisor's fetch at this address needs: for code that runs without an exit handler. False: the guest has none. */
bool shadow_prefill(uint64_t linear);

#endif
