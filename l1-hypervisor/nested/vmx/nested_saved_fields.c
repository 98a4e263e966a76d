// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fields of vmcs02 that hold a value of the host for a while. Meanwhile the slot has the guest's
 * value.
 */
#include "l1-hypervisor/nested/vmx/nested_saved_fields.h"

#include "l1-hypervisor/cpu/vmx/vmx.h"
#include "vmcs-shadow/merge.h"
#include "vmcs-shadow/virtual_exit.h"
#include "vmcs-shadow/x86.h"

void nested_save_field(struct nested_vmcs *vmcs, unsigned index)
{
	vmcs->v12.field[index] = nested_vmcs_read(vmcs, index);
	field_set_remove(&vmcs->in_region, index);
	field_set_add(&vmcs->saved, index);
}

static void restore_guest_field(struct nested_vmcs *vmcs, unsigned index)
{
	nested_vmcs_write(vmcs, index, vmcs->v12.field[index]);
	nested_vmcs_push(vmcs);
}

void nested_restore_fields(struct nested_vmcs *vmcs, bool state_saved)
{
	const bool new_efer = state_saved && VMCS12(&vmcs->v12, VM_EXIT_CONTROLS) & VM_EXIT_SAVE_IA32_EFER;

	for (FIELD_SET_EACH(i, &vmcs->saved)) {
		if (i == VMCS_INDEX_GUEST_IA32_EFER && new_efer)
			field_set_add(&vmcs->in_region, i);
		else
			restore_guest_field(vmcs, (unsigned)i);
	}
	vmcs->saved = (struct field_set){0};
}

void nested_save_event_fields(struct vcpu *vcpu)
{
	struct nested_vmcs *vmcs = nested_of(vcpu)->running;

	if (field_set_has(&vmcs->saved, VMCS_INDEX_VM_ENTRY_INTR_INFO_FIELD))
		return;
	nested_save_field(vmcs, VMCS_INDEX_VM_ENTRY_INTR_INFO_FIELD);
	nested_save_field(vmcs, VMCS_INDEX_VM_ENTRY_EXCEPTION_ERROR_CODE);
	nested_save_field(vmcs, VMCS_INDEX_VM_ENTRY_INSTRUCTION_LEN);
	VMCS12(&vmcs->v12, VM_ENTRY_INTR_INFO_FIELD) &= ~(uint64_t)INTR_INFO_VALID_MASK;
}

void nested_set_special_efer(struct vcpu *vcpu, struct nested_vmcs *vmcs)
{
	uint64_t guest_efer, cr0 = vmcs_read(GUEST_CR0);

	nested_save_field(vmcs, VMCS_INDEX_GUEST_IA32_EFER);
	vmx_load(vcpu->vmcs);
	guest_efer = vmcs_read(GUEST_IA32_EFER);
	vmx_load(vmcs->region);
	vmcs_write(GUEST_IA32_EFER, vmx_guest_efer(&vmcs->v12, guest_efer, cr0));
}

void nested_load_pdptes(struct vcpu *vcpu, struct nested_vmcs *vmcs)
{
	const uint64_t *table = guest_memory(vcpu, vmcs_read(GUEST_CR3) & 0xffffffe0, 32);
	bool is_pae = vmcs_read(GUEST_CR0) & CR0_PG && vmcs_read(GUEST_CR4) & CR4_PAE &&
		      !(VMCS12(&vmcs->v12, VM_ENTRY_CONTROLS) & VM_ENTRY_IA32E_MODE);

	if (!is_pae)
		return;
	for (unsigned i = VMCS_INDEX_GUEST_PDPTR0; i <= VMCS_INDEX_GUEST_PDPTR3; i++)
		nested_save_field(vmcs, i);
	vmcs_write(GUEST_PDPTR0, table ? table[0] : ~0ull);
	vmcs_write(GUEST_PDPTR1, table ? table[1] : ~0ull);
	vmcs_write(GUEST_PDPTR2, table ? table[2] : ~0ull);
	vmcs_write(GUEST_PDPTR3, table ? table[3] : ~0ull);
}
