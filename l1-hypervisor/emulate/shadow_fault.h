/* SPDX-License-Identifier: GPL-2.0-only */
/* Handles page faults of a guest that runs on shadow page tables. */
#ifndef HV_SHADOW_FAULT_H
#define HV_SHADOW_FAULT_H

#include "l1-hypervisor/cpu/vcpu.h"

/*
 * Handles a #PF exit. info is the VM-exit interruption information. A fault of the guest's own
 * tables goes to the guest. A device access is decoded and emulated. Otherwise only the shadow
 * entry was missing, and this function adds it.
 */
void shadow_fault(struct vcpu *vcpu, uint32_t info);

/*
 * Maps the page that a supervisor fetch at this address needs. Use it for guest code that runs
 * without an exit handler. Returns false if the guest does not map the address to memory or a
 * passed-through device.
 */
bool shadow_prefill(struct vcpu *vcpu, uint64_t linear);

#endif
