/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The VMX capabilities that a hypervisor presents to its guest. They are the capabilities of the
 * CPU that this code supports (SDM appendix A).
 */
#ifndef VMCS_SHADOW_GUEST_CAPABILITIES_H
#define VMCS_SHADOW_GUEST_CAPABILITIES_H

#include "vmcs-shadow/capability.h"

/*
 * The VMCS revision identifier for guest hypervisors. It identifies the layout of struct vmcs12 in
 * memory, not the CPU's layout.
 */
#define VMCS12_REVISION 0x6e620001u

/*
 * Computes the capabilities for a guest, a subset of *cpu. The members pin, primary, exit and entry
 * hold the TRUE controls.
 */
void vmx_offer(const struct vmx_capabilities *cpu, struct vmx_capabilities *offered);

/*
 * Reads a capability MSR (IA32_VMX_BASIC to IA32_VMX_VMFUNC) or IA32_FEATURE_CONTROL as the guest
 * sees it. Returns false if the guest has no such MSR.
 */
bool vmx_offered_msr(const struct vmx_capabilities *offered, uint32_t msr, uint64_t *value);

#endif
