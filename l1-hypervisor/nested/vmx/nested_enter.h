/* SPDX-License-Identifier: GPL-2.0-only */
/* VM entry into the nested guest. */
#ifndef HV_NESTED_ENTER_H
#define HV_NESTED_ENTER_H

#include "l1-hypervisor/nested/vmx/nested_state.h"

/* VMLAUNCH and VMRESUME (resume), after the checks of nested_instruction(). vmcs01 is current. */
enum outcome nested_enter(struct vcpu *vcpu, bool resume);

/*
 * Continues after an exit that the guest does not see. Enters the nested guest, or makes a virtual
 * exit for a pending event.
 */
enum outcome nested_continue(struct vcpu *vcpu);

/*
 * Handles a VMLAUNCH or VMRESUME that failed with vmcs02 current. The guest's VM entry fails with
 * the same error.
 */
enum outcome nested_entry_failed(struct vcpu *vcpu);

#endif
