/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fields of vmcs02 that hold a value of the host for a while. Meanwhile the slot has the guest's
 * value. For all functions here, the region is current.
 */
#ifndef HV_NESTED_SAVED_FIELDS_H
#define HV_NESTED_SAVED_FIELDS_H

#include "l1-hypervisor/nested/vmx/nested_state.h"

/*
 * Saves the guest's value of a field in the slot. The region can then hold a value of the host,
 * until nested_restore_fields().
 */
void nested_save_field(struct nested_vmcs *vmcs, unsigned index);

/*
 * Saves the three fields of an injected event, because the host injects an event without the
 * guest's knowledge. The guest sees its own event as delivered: the valid bit is 0.
 */
void nested_save_event_fields(struct vcpu *vcpu);

/*
 * Sets IA32_EFER of the nested guest if VM entry does not load it from its field, or VM exit does
 * not save it there.
 */
void nested_set_special_efer(struct vcpu *vcpu, struct nested_vmcs *vmcs);

/*
 * Without ept12 the CPU takes the PDPTEs of PAE paging from vmcs02. The guest expects the CPU to
 * read them from memory (SDM 27.3.2.4).
 */
void nested_load_pdptes(struct vcpu *vcpu, struct nested_vmcs *vmcs);

/*
 * Restores the guest's values. state_saved: the exit has saved the nested guest's state. A field
 * that the guest wants saved then keeps the new value.
 */
void nested_restore_fields(struct nested_vmcs *vmcs, bool state_saved);

#endif
