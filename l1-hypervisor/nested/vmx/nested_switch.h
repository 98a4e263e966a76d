/* SPDX-License-Identifier: GPL-2.0-only */
/* The guest's current VMCS, and the parts of vmcs01 that depend on it. vmcs01 is current. */
#ifndef HV_NESTED_SWITCH_H
#define HV_NESTED_SWITCH_H

#include "l1-hypervisor/nested/vmx/nested_state.h"

/*
 * Changes the guest's current VMCS, and the shadow VMCS that the guest reads and writes without an
 * exit. NULL: the guest has no current VMCS.
 */
void nested_set_current(struct vcpu *vcpu, struct nested_vmcs *vmcs);

/* Adjusts vmcs01 for VMXON (on) or VMXOFF of the guest. The guest then has no current VMCS. */
void nested_switch(struct vcpu *vcpu, bool on);

/* Changes the secondary controls of vmcs01. */
void nested_set_secondary(struct vcpu *vcpu, uint32_t secondary);

/*
 * Call before the guest changes its descriptor tables. Returns true if the host watched the tables.
 * The host then stops watching, and the guest can repeat its instruction.
 */
bool nested_tables_change(struct vcpu *vcpu);

#endif
