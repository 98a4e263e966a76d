/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What vmcs02 is made of: vmcs12 and vmcs01, bitmaps, an EPT and a VPID, each made anew only if something has changed; and what is wrong with
 * vmcs12.
 */
#ifndef HV_NESTED_MERGE_H
#define HV_NESTED_MERGE_H

#include "l1-hypervisor/nested_bitmaps.h"
#include "l1-hypervisor/nested_ept.h"
#include "l1-hypervisor/nested_vmcs.h"
#include "vmcs-shadow/virtual_exit.h"

/* L1 enters VMX operation, and vmcs01 is current: what of it every vmcs02 has is remembered. */
void nested_merge_init(void);

/* Nothing has changed since the last entry, and nothing is special. */
static inline bool nested_is_prepared(const struct nested_vmcs *vmcs)
{
	return !vmcs->special && !nested_vmcs_needs_merge(vmcs) && vmcs->bitmaps == nested_bitmaps_generation &&
	       vmcs->tables == nested_ept_generation;
}

/* Makes vmcs02, which is current, what vmcs12 wants it to be. 0, or the VM-instruction error. */
uint32_t nested_prepare(struct nested_vmcs *vmcs);

/* A merged field's value in the vmcs02 that runs. */
uint64_t nested_merged(enum vmcs_field_index index);

/* Where L2 is not to be entered by the CPU, or not yet: is its state good? If not, what L1 is told. */
bool nested_check_guest(struct nested_vmcs *vmcs, struct vmx_exit_information *information);

/* Is the link as L1 may have it (SDM 27.3.1.5)? What the CPU checks is another one. */
bool nested_link_is_good(const struct nested_vmcs *vmcs);

/* The VMX-preemption timer begins anew at each of L1's VM entries, but not at ours after an exit that L1 does not see. */
bool nested_forgets_timer(const struct vmcs12 *vmcs12);

#endif
