/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What of VMX a hypervisor offers to its guest: of its CPU's capabilities those that the code here knows how to keep (SDM appendix A).
 */
#ifndef VMCS_SHADOW_OFFER_H
#define VMCS_SHADOW_OFFER_H

#include "vmcs-shadow/capability.h"

/* The VMCS revision that a guest hypervisor sees: of struct vmcs12 as it lies in its memory, not the CPU's. */
#define VMCS12_REVISION 0x6e620001u

/* *offered: a subset of *cpu, as the MSRs of a guest shall say it; the TRUE controls are in pin, primary, exit and entry. */
void vmx_offer(const struct vmx_capabilities *cpu, struct vmx_capabilities *offered);

/*
 * What the guest reads from a capability MSR (IA32_VMX_BASIC to IA32_VMX_VMFUNC) and from IA32_FEATURE_CONTROL. False: it has no
 * such MSR.
 */
bool vmx_offered_msr(const struct vmx_capabilities *offered, uint32_t msr, uint64_t *value);

#endif
