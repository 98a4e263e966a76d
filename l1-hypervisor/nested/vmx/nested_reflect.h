/* SPDX-License-Identifier: GPL-2.0-only */
/* The virtual VM exit from the nested guest to the guest. */
#ifndef HV_NESTED_REFLECT_H
#define HV_NESTED_REFLECT_H

#include "l1-hypervisor/nested/vmx/nested_state.h"
#include "vmcs-shadow/virtual_exit.h"

/*
 * Makes a virtual VM exit: the guest continues at its host RIP. vmcs02 is current before the call,
 * and vmcs01 after it. information = NULL: vmcs02 already has the exit information.
 */
enum outcome nested_reflect(struct vcpu *vcpu, const struct vmx_exit_information *information);

/* Makes vmcs01 current, and the region a shadow VMCS: the nested guest does not run any more. */
void nested_leave_vmcs02(struct vcpu *vcpu, struct nested_vmcs *vmcs);

/*
 * Blocks NMIs again after a failed VM entry, if the entry had cleared the blocking for an injected
 * NMI. The guest then finds the state that it wrote.
 */
void nested_restore_nmi_blocking(struct vcpu *vcpu);

#endif
