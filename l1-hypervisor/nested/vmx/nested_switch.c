// SPDX-License-Identifier: GPL-2.0-only
/* Changes the current VMCS of the guest, and vmcs01 at VMXON and VMXOFF of the guest. */
#include "l1-hypervisor/nested/vmx/nested_switch.h"

#include "l1-hypervisor/cpu/vmx/vmx.h"
#include "l1-hypervisor/nested/vmx/nested_merge.h"
#include "microbench/bare/cpu.h"
#include "vmcs-shadow/x86.h"

void nested_set_secondary(struct vcpu *vcpu, uint32_t secondary)
{
	if (secondary == vcpu->secondary)
		return;
	vcpu->secondary = secondary;
	vmcs_write(SECONDARY_VM_EXEC_CONTROL, secondary);
}

void nested_switch(struct vcpu *vcpu, bool on)
{
	static bool probed;
	uint64_t vmread, vmwrite, cr0 = CR0_NE | (on ? CR0_PE | CR0_PG : 0);
	bool shadowing = on && nested_vmcs_is_shadowed();

	if (!probed)
		nested_vmcs_probe();
	probed = true;
	nested_of(vcpu)->on = on;
	vcpu->cr0_must_be_1 = on ? vmx.cr0_fixed0 : 0;
	vcpu->cr4_must_be_1 = on ? CR4_VMXE : 0;
	/* SDM A.7: these bits are fixed in VMX operation. A MOV that changes one is a #GP. */
	vmcs_write(CR0_READ_SHADOW, vmcs_read(GUEST_CR0));
	vmcs_write(CR0_GUEST_HOST_MASK, cr0);
	nested_set_current(vcpu, NULL);
	nested_set_secondary(vcpu, (vcpu->secondary & ~(SECONDARY_EXEC_SHADOW_VMCS | SECONDARY_EXEC_DESC)) |
					   (shadowing ? SECONDARY_EXEC_SHADOW_VMCS : 0));
	nested_of(vcpu)->tables_watched = false;
	if (shadowing) {
		nested_vmcs_bitmaps(&vmread, &vmwrite);
		vmcs_write(VMREAD_BITMAP, vmread);
		vmcs_write(VMWRITE_BITMAP, vmwrite);
	}
	if (on)
		nested_merge_init(vcpu);
}

void nested_set_current(struct vcpu *vcpu, struct nested_vmcs *vmcs)
{
	nested_of(vcpu)->current = vmcs;
	if (!nested_vmcs_is_shadowed())
		return;
	if (vmcs) {
		nested_vmcs_make_shadow(vmcs);
		vmx_load(vcpu->vmcs);
	}
	vmcs_write(VMCS_LINK_POINTER, vmcs ? (uintptr_t)vmcs->region : UINT64_MAX);
}

bool nested_tables_change(struct vcpu *vcpu)
{
	if (!nested_of(vcpu)->tables_watched)
		return false;
	nested_of(vcpu)->tables_watched = false;
	nested_set_secondary(vcpu, vcpu->secondary & ~SECONDARY_EXEC_DESC);
	return true;
}
