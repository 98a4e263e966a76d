// SPDX-License-Identifier: GPL-2.0-only
/*
 * VM entry into the nested guest.
 *
 * Every exit of the nested guest is followed by an entry, so the path repeats no work. Controls are
 * merged only after the guest has written one. Bitmaps and EPTs are built again only after their
 * generation has changed (nested_merge.c). Field values are not copied (nested_vmcs.h).
 */
#include "l1-hypervisor/nested/vmx/nested_enter.h"

#include "l1-hypervisor/cpu/vmx/vmx.h"
#include "l1-hypervisor/events/events.h"
#include "l1-hypervisor/nested/vmx/nested_ept.h"
#include "l1-hypervisor/nested/vmx/nested_host_exits.h"
#include "l1-hypervisor/nested/vmx/nested_merge.h"
#include "l1-hypervisor/nested/vmx/nested_msrs.h"
#include "l1-hypervisor/nested/vmx/nested_reflect.h"
#include "l1-hypervisor/nested/vmx/nested_result.h"
#include "l1-hypervisor/nested/vmx/nested_saved_fields.h"
#include "l1-hypervisor/nested/vmx/nested_vpid.h"
#include "vmcs-shadow/event_rules.h"
#include "vmcs-shadow/instruction_errors.h"
#include "vmcs-shadow/merge.h"

/*
 * A guest without NMI exiting may inject an NMI while NMIs are blocked. vmcs02 then has virtual
 * NMIs (merge.c), and these forbid the injection (SDM 27.3.1.5). So the blocking is cleared for the
 * VM entry. The delivery of the NMI blocks NMIs again.
 */
static void unblock_injected_nmi(struct vcpu *vcpu, const struct nested_vmcs *vmcs, uint32_t event)
{
	uint64_t state = vmcs_read(GUEST_INTERRUPTIBILITY_INFO);

	if ((event & INTR_INFO_INTR_TYPE_MASK) != INTR_TYPE_NMI_INTR || !(state & GUEST_INTR_STATE_NMI) ||
	    VMCS12(&vmcs->v12, PIN_BASED_VM_EXEC_CONTROL) & PIN_BASED_NMI_EXITING)
		return;
	vmcs_write(GUEST_INTERRUPTIBILITY_INFO, state & ~(uint64_t)GUEST_INTR_STATE_NMI);
	nested_of(vcpu)->nmi_unblocked = true;
}

/* Ends VMLAUNCH or VMRESUME of the guest with VMfailValid and this error. */
static enum outcome fail_entry(struct vcpu *vcpu, struct nested_vmcs *vmcs, uint32_t error)
{
	nested_leave_vmcs02(vcpu, vmcs);
	nested_fail(vcpu, error);
	return OUTCOME_RESUME;
}

/*
 * Returns true if a pending interrupt or NMI must cause a VM exit to the guest now, with the exit
 * in *information. If it must wait, requests an exit for later and returns false.
 */
static bool pending_event_exits(struct vcpu *vcpu, struct vmx_exit_information *information)
{
	const struct vmcs12 *v = &nested_of(vcpu)->running->v12;
	const struct vmx_pending_events pending = {
		.nmi = event_nmi_is_pending(vcpu),
		.interrupt = event_interrupt_is_pending(vcpu),
		.injected = (uint32_t)vmcs_read(VM_ENTRY_INTR_INFO_FIELD),
		.interruptibility = (uint32_t)vmcs_read(GUEST_INTERRUPTIBILITY_INFO),
		.rflags = vmcs_read(GUEST_RFLAGS),
	};

	*information = (struct vmx_exit_information){0};
	switch (vmx_event_effect(v, &pending)) {
	case VMX_EVENT_NMI_EXIT:
		event_take_nmi(vcpu);
		information->reason = VMX_EXIT_EXCEPTION_NMI;
		information->interruption = 2 | INTR_TYPE_NMI_INTR | INTR_INFO_VALID_MASK;
		return true;
	case VMX_EVENT_INTERRUPT_EXIT:
		information->reason = VMX_EXIT_EXTERNAL_INTERRUPT;
		if (VMCS12(v, VM_EXIT_CONTROLS) & VM_EXIT_ACK_INTR_ON_EXIT)
			information->interruption = event_take_interrupt(vcpu) | INTR_TYPE_EXT_INTR |
						    INTR_INFO_VALID_MASK;
		return true;
	case VMX_EVENT_EXIT_AFTER_EVENT:
		nested_request_exit_after_event(vcpu);
		return false;
	case VMX_EVENT_EXIT_AFTER_BLOCKING:
		nested_request_window(vcpu);
		return false;
	default:
		return false;
	}
}

static enum outcome run_nested_guest(struct vcpu *vcpu, const struct nested_vmcs *vmcs)
{
	if (vcpu->lab.nested_entry)
		vcpu->lab.nested_entry(vcpu);
	if (vmcs->region_state == REGION_VMCS02_LAUNCHED)
		return OUTCOME_RESUME;
	counters_launch();
	return OUTCOME_LAUNCH;
}

/* Makes the virtual VM exit of an exception that the guest intercepts. */
static enum outcome reflect_exception(struct vcpu *vcpu)
{
	struct pending_exception *exception = &vcpu->events.exception;
	const struct vmx_exit_information information = {
		.reason = VMX_EXIT_EXCEPTION_NMI,
		.qualification = exception->linear,
		.interruption = exception->vector | INTR_TYPE_HARD_EXCEPTION | INTR_INFO_VALID_MASK |
				(exception->has_error ? INTR_INFO_DELIVER_CODE_MASK : 0),
		.error_code = exception->error,
	};

	exception->valid = false;
	return nested_reflect(vcpu, &information);
}

enum outcome nested_continue(struct vcpu *vcpu)
{
	struct vmx_exit_information information;

	if (vcpu->events.exception.valid)
		return reflect_exception(vcpu);
	if (event_is_pending(vcpu)) {
		if (pending_event_exits(vcpu, &information))
			return nested_reflect(vcpu, &information);
		event_deliver(vcpu, false);
	}
	return run_nested_guest(vcpu, nested_of(vcpu)->running);
}

/*
 * Does the host's own part of a VM entry, after nested_prepare_vmcs02(). Returns false if the
 * nested guest is not entered, with the exit for the guest in *information.
 */
static bool enter_with_host_work(struct vcpu *vcpu, struct nested_vmcs *vmcs, struct vmx_exit_information *information)
{
	const struct vmcs12 *v = &vmcs->v12;
	const uint32_t secondary = vmcs12_secondary(v);
	uint32_t failed;

	if (!(VMCS12(v, VM_ENTRY_CONTROLS) & VM_ENTRY_LOAD_IA32_EFER) ||
	    !(VMCS12(v, VM_EXIT_CONTROLS) & VM_EXIT_SAVE_IA32_EFER))
		nested_set_special_efer(vcpu, vmcs);
	if (nested_timer_restarts_at_entry(v))
		nested_save_field(vmcs, VMCS_INDEX_VMX_PREEMPTION_TIMER_VALUE);
	if (!(secondary & SECONDARY_EXEC_ENABLE_EPT))
		nested_load_pdptes(vcpu, vmcs);
	if (!(secondary & SECONDARY_EXEC_ENABLE_VPID))
		nested_vpid_flush_shared();
	if (!nested_link_is_valid(vcpu, vmcs) && !nested_check_guest(vcpu, vmcs, information))
		return false;
	if (!VMCS12(v, VM_ENTRY_MSR_LOAD_COUNT))
		return true;
	/* MSRs are loaded after all checks have passed. */
	if (!nested_check_guest(vcpu, vmcs, information))
		return false;
	failed = nested_msrs_load_guest(vcpu, v);
	if (failed)
		*information = (struct vmx_exit_information){
			.reason = VMX_EXIT_MSR_LOAD_FAIL | VMX_EXIT_REASON_ENTRY_FAILURE, .qualification = failed};
	return !failed;
}

enum outcome nested_enter(struct vcpu *vcpu, bool resume)
{
	struct nested_vmcs *vmcs = nested_of(vcpu)->current;
	struct vmx_exit_information information;
	uint32_t error, event;

	if (resume != vmcs->launched) {
		nested_fail(vcpu, resume ? VMX_ERROR_VMRESUME_NONLAUNCHED_VMCS : VMX_ERROR_VMLAUNCH_NONCLEAR_VMCS);
		return OUTCOME_RESUME;
	}
	if (!nested_of(vcpu)->cache_ept)
		nested_ept_forget_all();
	nested_vmcs_make_vmcs02(vmcs);
	error = nested_is_prepared(vmcs) ? 0 : nested_prepare_vmcs02(vcpu, vmcs);
	if (error)
		return fail_entry(vcpu, vmcs, error);
	nested_vmcs_push(vmcs);
	nested_of(vcpu)->running = vmcs;
	vcpu->nested_runs = true;
	event = (uint32_t)vmcs_read(VM_ENTRY_INTR_INFO_FIELD);
	vmcs->injects = event & INTR_INFO_VALID_MASK;
	nested_of(vcpu)->nmi_unblocked = false;
	if (vmcs->injects)
		unblock_injected_nmi(vcpu, vmcs, event);
	if (vmcs->special && !enter_with_host_work(vcpu, vmcs, &information))
		return nested_reflect(vcpu, &information);
	/*
	 * A pending interrupt, for the guest or the nested guest, comes before the nested guest's
	 * first instruction. An error in the nested guest's state comes before the interrupt.
	 */
	if (event_is_pending(vcpu))
		return nested_check_guest(vcpu, vmcs, &information) ? nested_continue(vcpu)
								    : nested_reflect(vcpu, &information);
	return run_nested_guest(vcpu, vmcs);
}

enum outcome nested_entry_failed(struct vcpu *vcpu)
{
	struct nested_vmcs *vmcs = nested_of(vcpu)->running;
	uint32_t error = (uint32_t)vmcs_read(VM_INSTRUCTION_ERROR);

	if (error != VMX_ERROR_ENTRY_INVALID_CONTROL_FIELD)
		vmx_failed("VM entry", "of the nested guest");
	nested_cancel_host_exits(vcpu, VMX_EXIT_INVALID_STATE);
	nested_restore_nmi_blocking(vcpu);
	nested_restore_fields(vmcs, false);
	return fail_entry(vcpu, vmcs, error);
}
