// SPDX-License-Identifier: GPL-2.0-only
/*
 * The virtual VM exit: the guest continues at its host RIP, with the host state of vmcs12 (SDM
 * 28.5).
 *
 * Every exit of the nested guest takes this path, so the path repeats no work. Field values are not
 * copied (nested_vmcs.h), and descriptor tables are loaded again only after a change.
 */
#include "l1-hypervisor/nested/vmx/nested_reflect.h"

#include "l1-hypervisor/backend/backend.h"
#include "l1-hypervisor/cpu/vmx/vmx.h"
#include "l1-hypervisor/events/events.h"
#include "l1-hypervisor/nested/vmx/nested_msrs.h"
#include "l1-hypervisor/nested/vmx/nested_saved_fields.h"
#include "l1-hypervisor/nested/vmx/nested_switch.h"
#include "vmcs-shadow/event_rules.h"
#include "vmcs-shadow/merge.h"
#include "vmcs-shadow/virtual_exit.h"

#define WRITE(field, value) vmcs_write_uncounted(field, value);

/* After a VM exit the guest's state is the host state of vmcs12 (SDM 28.5). vmcs01 is current. */
static void load_host_state(struct vcpu *vcpu, struct nested_vmcs *vmcs, uint64_t efer)
{
	const struct vmcs12 *v = &vmcs->v12;

	counters.host_states++;
	VMX_HOST_STATE(WRITE, v)
	VMX_HOST_SEGMENTS(WRITE, v)
	vmcs_write(GUEST_IA32_EFER, efer);
	if (nested_of(vcpu)->tables_watched && nested_of(vcpu)->loaded_tables == vmcs)
		return;
	counters.host_tables++;
	VMX_HOST_TABLES(WRITE, v)
	nested_of(vcpu)->loaded_tables = vmcs;
	if (nested_of(vcpu)->lazy && vmx.secondary >> 32 & SECONDARY_EXEC_DESC) {
		nested_of(vcpu)->tables_watched = true;
		nested_set_secondary(vcpu, vcpu->secondary | SECONDARY_EXEC_DESC);
	}
}

void nested_leave_vmcs02(struct vcpu *vcpu, struct nested_vmcs *vmcs)
{
	nested_vmcs_make_shadow(vmcs);
	nested_of(vcpu)->running = NULL;
	vcpu->nested_runs = false;
	vmx_load(vcpu->vmcs);
}

/*
 * Writes the exit information of an exit that the CPU has not made, or has made differently. The
 * region is current.
 */
static void write_exit_info(struct nested_vmcs *vmcs, const struct vmx_exit_information *information)
{
	const struct {
		enum vmcs_field_index index;
		uint64_t value;
	} fields[] = {
		{VMCS_INDEX_VM_EXIT_REASON, information->reason},
		{VMCS_INDEX_EXIT_QUALIFICATION, information->qualification},
		{VMCS_INDEX_VM_EXIT_INTR_INFO, information->interruption},
		{VMCS_INDEX_VM_EXIT_INTR_ERROR_CODE, information->error_code},
		{VMCS_INDEX_GUEST_PHYSICAL_ADDRESS, information->physical},
		{VMCS_INDEX_GUEST_LINEAR_ADDRESS, information->linear},
	};

	for (unsigned i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (nested_vmcs_exists(fields[i].index))
			nested_vmcs_write(vmcs, fields[i].index, fields[i].value);
	/*
	 * If the CPU cannot write these fields, the values stay in the slot. VMREAD is then
	 * emulated from the slot.
	 */
	if (vmx.misc & VMX_MISC_VMWRITE_SHADOW_RO_FIELDS)
		nested_vmcs_push(vmcs);
}

static uint64_t guest_efer_after_exit(const struct nested_vmcs *vmcs)
{
	const struct vmcs12 *v = &vmcs->v12;

	if (VMCS12(v, VM_EXIT_CONTROLS) & VM_EXIT_LOAD_IA32_EFER)
		return VMCS12(v, HOST_IA32_EFER);
	return vmx_host_efer(v, vmcs_read(GUEST_IA32_EFER));
}

/*
 * The exit has stored the nested guest's mode in the VM-entry controls (SDM 28.2.4). The controls
 * are a merged field, so vmcs12 does not get the new bit. IA32_EFER is not merged and supplies the
 * bit.
 */
static void copy_mode_to_vmcs12(struct nested_vmcs *vmcs)
{
	uint64_t mode = vmcs_read(GUEST_IA32_EFER) & EFER_LMA ? VM_ENTRY_IA32E_MODE : 0;

	if ((VMCS12(&vmcs->v12, VM_ENTRY_CONTROLS) & VM_ENTRY_IA32E_MODE) == mode)
		return;
	VMCS12(&vmcs->v12, VM_ENTRY_CONTROLS) ^= VM_ENTRY_IA32E_MODE;
	VMCS12(&vmcs->vmcs02, VM_ENTRY_CONTROLS) ^= VM_ENTRY_IA32E_MODE;
}

void nested_restore_nmi_blocking(struct vcpu *vcpu)
{
	if (nested_of(vcpu)->nmi_unblocked)
		vmcs_write(GUEST_INTERRUPTIBILITY_INFO, vmcs_read(GUEST_INTERRUPTIBILITY_INFO) | GUEST_INTR_STATE_NMI);
}

enum outcome nested_reflect(struct vcpu *vcpu, const struct vmx_exit_information *information)
{
	struct nested_vmcs *vmcs = nested_of(vcpu)->running;
	const struct vmcs12 *v = &vmcs->v12;
	uint64_t efer = VMCS12(v, HOST_IA32_EFER);
	uint32_t reason;

	if (information)
		write_exit_info(vmcs, information);
	reason = information ? information->reason : (uint32_t)vmcs_read(VM_EXIT_REASON);
	counters.nested[reason & VMX_EXIT_REASON_BASIC_MASK]++;
	if (!(reason & VMX_EXIT_REASON_ENTRY_FAILURE)) {
		/* The VM entry has succeeded, even if an interrupt came at once. */
		vmcs->launched = true;
		copy_mode_to_vmcs12(vmcs);
	} else {
		nested_restore_nmi_blocking(vcpu);
	}
	if (vmcs_read(GUEST_INTERRUPTIBILITY_INFO) & GUEST_INTR_STATE_NMI)
		event_end_leaked_blocking();
	if (vmcs->special) {
		if (!(reason & VMX_EXIT_REASON_ENTRY_FAILURE))
			nested_msrs_store(vcpu, v);
		efer = guest_efer_after_exit(vmcs);
	}
	if (!field_set_is_empty(&vmcs->saved))
		nested_restore_fields(vmcs, !(reason & VMX_EXIT_REASON_ENTRY_FAILURE));
	nested_leave_vmcs02(vcpu, vmcs);
	/*
	 * A failed entry has not loaded an IA32_EFER. If the exit loads none either, the guest's
	 * value stays.
	 */
	if (reason & VMX_EXIT_REASON_ENTRY_FAILURE && !(VMCS12(v, VM_EXIT_CONTROLS) & VM_EXIT_LOAD_IA32_EFER))
		efer = vmcs_read(GUEST_IA32_EFER);
	load_host_state(vcpu, vmcs, efer);
	vmcs_write(GUEST_INTERRUPTIBILITY_INFO,
		   vmx_host_interruptibility(reason, information ? information->interruption : 0,
					     (uint32_t)vmcs_read(GUEST_INTERRUPTIBILITY_INFO)));
	if (vmcs->special) {
		nested_msrs_load_host(vcpu, v);
		if (VMCS12(v, VM_EXIT_MSR_LOAD_COUNT))
			nested_of(vcpu)->loaded_tables = NULL; /* the SYSENTER MSRs may be among them */
		if (!(vmcs12_secondary(v) & SECONDARY_EXEC_ENABLE_VPID))
			tlb_flush_guest();
	}
	return OUTCOME_RESUME;
}
