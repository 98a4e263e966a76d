/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Builds vmcs02 from vmcs12, vmcs01, merged bitmaps, an ept02 and a VPID. Each part is built again
 * only after a change. Also validates vmcs12.
 */
#ifndef HV_NESTED_MERGE_H
#define HV_NESTED_MERGE_H

#include "l1-hypervisor/cpu/vcpu.h"
#include "l1-hypervisor/nested/vmx/nested_bitmaps.h"
#include "l1-hypervisor/nested/vmx/nested_ept.h"
#include "l1-hypervisor/nested/vmx/nested_vmcs.h"
#include "vmcs-shadow/virtual_exit.h"

/*
 * Call when the guest enters VMX operation, with vmcs01 current. It saves the fields of vmcs01 that
 * every vmcs02 shares.
 */
void nested_merge_init(struct vcpu *vcpu);

/*
 * Returns true if nothing has changed since the last VM entry, and the host has no special work to
 * do for vmcs12.
 */
static inline bool nested_is_prepared(const struct nested_vmcs *vmcs)
{
	return !vmcs->special && !nested_vmcs_needs_merge(vmcs) && vmcs->bitmaps == nested_bitmaps_generation &&
	       vmcs->tables == nested_ept_generation;
}

/* Updates vmcs02, the current VMCS, from vmcs12. Returns 0, or the VM-instruction error. */
uint32_t nested_prepare_vmcs02(struct vcpu *vcpu, struct nested_vmcs *vmcs);

/* Returns the value of a field of origin MERGED for the vmcs02 that runs. */
uint64_t nested_merged(struct vcpu *vcpu, enum vmcs_field_index index);

/*
 * Checks the guest state of vmcs12, for cases where the CPU does not check it, or checks it too
 * late. Returns false if a check fails, with the failed entry in *information.
 */
bool nested_check_guest(struct vcpu *vcpu, struct nested_vmcs *vmcs, struct vmx_exit_information *information);

/*
 * Returns true if the guest's VMCS link pointer is valid (SDM 27.3.1.5). The CPU checks a different
 * pointer, the one in vmcs02.
 */
bool nested_link_is_valid(struct vcpu *vcpu, const struct nested_vmcs *vmcs);

/*
 * Returns true if the VMX-preemption timer restarts at each VM entry of the guest. It must not
 * restart at the host's VM entry after an exit that the guest does not see.
 */
bool nested_timer_restarts_at_entry(const struct vmcs12 *vmcs12);

#endif
