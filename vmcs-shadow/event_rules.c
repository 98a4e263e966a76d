// SPDX-License-Identifier: GPL-2.0-only
/*
 * Event rules, one function for each rule. NMIs come before interrupts, in the CPU's order of
 * priority (SDM 7.9).
 */
#include "vmcs-shadow/event_rules.h"

#include "vmcs-shadow/controls.h"
#include "vmcs-shadow/x86.h"

bool vmx_intercepts_interrupts(const struct vmcs12 *v)
{
	return VMCS12(v, PIN_BASED_VM_EXEC_CONTROL) & PIN_BASED_EXT_INTR_MASK;
}

bool vmx_intercepts_nmis(const struct vmcs12 *v)
{
	return VMCS12(v, PIN_BASED_VM_EXEC_CONTROL) & PIN_BASED_NMI_EXITING;
}

enum vmx_event_effect vmx_event_effect(const struct vmcs12 *v, const struct vmx_pending_events *pending)
{
	const bool nmi = pending->nmi && vmx_intercepts_nmis(v);

	if (!nmi && !(pending->interrupt && vmx_intercepts_interrupts(v)))
		return VMX_EVENT_NO_EXIT;
	if (pending->injected & INTR_INFO_VALID_MASK)
		return VMX_EVENT_EXIT_AFTER_EVENT;
	if (nmi)
		return VMX_EVENT_NMI_EXIT;
	if (pending->interruptibility & (GUEST_INTR_STATE_STI | GUEST_INTR_STATE_MOV_SS) && pending->rflags & RFLAGS_IF)
		return VMX_EVENT_EXIT_AFTER_BLOCKING;
	return VMX_EVENT_INTERRUPT_EXIT;
}

static bool is_contributory(unsigned vector)
{
	return vector == VECTOR_DE || (vector >= VECTOR_TS && vector <= VECTOR_GP);
}

bool event_makes_double_fault(uint32_t first, uint32_t second)
{
	unsigned v1 = first & INTR_INFO_VECTOR_MASK, v2 = second & INTR_INFO_VECTOR_MASK;

	if (!(first & INTR_INFO_VALID_MASK) || (first & INTR_INFO_INTR_TYPE_MASK) != INTR_TYPE_HARD_EXCEPTION)
		return false;
	return (is_contributory(v1) && is_contributory(v2)) ||
	       (v1 == VECTOR_PF && (is_contributory(v2) || v2 == VECTOR_PF));
}
