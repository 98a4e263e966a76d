// SPDX-License-Identifier: GPL-2.0-only
/* Exits that the host requests for itself in vmcs02, and hides from the guest. */
#include "l1-hypervisor/nested/vmx/nested_host_exits.h"

#include "l1-hypervisor/cpu/vmx/vmx.h"
#include "l1-hypervisor/nested/vmx/nested_merge.h"

/*
 * Requests an exit as soon as the nested guest can take an interrupt, or an NMI if it has virtual
 * NMIs.
 */
void nested_request_window(struct vcpu *vcpu)
{
	uint32_t windows = CPU_BASED_INTR_WINDOW_EXITING;

	if (vmcs_read(PIN_BASED_VM_EXEC_CONTROL) & PIN_BASED_VIRTUAL_NMIS)
		windows |= CPU_BASED_NMI_WINDOW_EXITING;
	vmcs_write(CPU_BASED_VM_EXEC_CONTROL, vmcs_read(CPU_BASED_VM_EXEC_CONTROL) | windows);
	nested_of(vcpu)->host_exit_requests |= NESTED_EXIT_AT_WINDOW;
}

/*
 * Requests an exit after the event that this entry injects, and before the first instruction of the
 * event's handler. The VMX-preemption timer at 0 makes this exit (SDM 26.5.1, 27.7.4). Without the
 * timer the exit comes when the handler enables interrupts.
 */
void nested_request_exit_after_event(struct vcpu *vcpu)
{
	if (!(vmx.pin >> 32 & PIN_BASED_VMX_PREEMPTION_TIMER)) {
		nested_request_window(vcpu);
		return;
	}
	nested_of(vcpu)->host_exit_requests |= NESTED_EXIT_AFTER_EVENT;
	nested_of(vcpu)->requested_timer = (uint32_t)vmcs_read(VMX_PREEMPTION_TIMER_VALUE);
	vmcs_write(PIN_BASED_VM_EXEC_CONTROL, vmcs_read(PIN_BASED_VM_EXEC_CONTROL) | PIN_BASED_VMX_PREEMPTION_TIMER);
	vmcs_write(VMX_PREEMPTION_TIMER_VALUE, 0);
}

bool nested_cancel_host_exits(struct vcpu *vcpu, uint32_t reason)
{
	const bool only_cause = nested_of(vcpu)->host_exit_requests & NESTED_EXIT_AFTER_EVENT &&
				reason == VMX_EXIT_PREEMPTION_TIMER;

	if (nested_of(vcpu)->host_exit_requests & NESTED_EXIT_AT_WINDOW)
		vmcs_write(CPU_BASED_VM_EXEC_CONTROL, nested_merged(vcpu, VMCS_INDEX_CPU_BASED_VM_EXEC_CONTROL));
	if (nested_of(vcpu)->host_exit_requests & NESTED_EXIT_AFTER_EVENT) {
		vmcs_write(PIN_BASED_VM_EXEC_CONTROL, nested_merged(vcpu, VMCS_INDEX_PIN_BASED_VM_EXEC_CONTROL));
		vmcs_write(VMX_PREEMPTION_TIMER_VALUE, nested_of(vcpu)->requested_timer);
	}
	nested_of(vcpu)->host_exit_requests = 0;
	return only_cause;
}
