/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rules for events during or before a run of L2: the effect of a pending interrupt or NMI, NMI
 * blocking after a virtual exit, and exceptions during the delivery of an event.
 */
#ifndef VMCS_SHADOW_EVENT_RULES_H
#define VMCS_SHADOW_EVENT_RULES_H

#include "vmcs-shadow/controls.h"
#include "vmcs-shadow/exit_reasons.h"
#include "vmcs-shadow/vmcs12.h"

/* The pending events, and L2's state before its next instruction. */
struct vmx_pending_events {
	bool nmi, interrupt;
	uint32_t injected;         /* VM-entry interruption information of this entry */
	uint32_t interruptibility; /* GUEST_INTERRUPTIBILITY_INFO */
	uint64_t rflags;
};

enum vmx_event_effect {
	VMX_EVENT_NO_EXIT,        /* no pending event, or L2 receives it through its IDT */
	VMX_EVENT_NMI_EXIT,       /* NMI exit before L2's next instruction */
	VMX_EVENT_INTERRUPT_EXIT, /* interrupt exit before L2's next instruction */
	/*
	 * Exit after the injected event is delivered, before the first instruction of its handler.
	 */
	VMX_EVENT_EXIT_AFTER_EVENT,
	VMX_EVENT_EXIT_AFTER_BLOCKING, /* exit when blocking by STI or MOV SS ends */
};

/*
 * Decides how a pending event causes an exit to L1, from L1's NMI exiting and external-interrupt
 * exiting (SDM 25.6.1, 26.2, 26.3). RFLAGS.IF does not block these exits. Blocking by STI or MOV SS
 * delays an interrupt exit, but not an NMI exit. With IF = 0 no interrupt window reports the end of
 * MOV SS blocking, so the interrupt exit occurs one instruction early.
 */
enum vmx_event_effect vmx_event_effect(const struct vmcs12 *vmcs12, const struct vmx_pending_events *pending);

/*
 * Return true if a pending interrupt or NMI must cause an exit to L1. Otherwise L2 receives it
 * directly, because L2 then uses L1's APIC.
 */
bool vmx_intercepts_interrupts(const struct vmcs12 *vmcs12);
bool vmx_intercepts_nmis(const struct vmcs12 *vmcs12);

/*
 * Returns L1's GUEST_INTERRUPTIBILITY_INFO after an exit (SDM 28.5.5). An exit caused by an NMI
 * blocks further NMIs. Other exits keep the NMI blocking of `before`.
 */
static inline uint32_t vmx_host_interruptibility(uint32_t reason, uint32_t interruption, uint32_t before)
{
	const bool nmi = reason == VMX_EXIT_EXCEPTION_NMI &&
			 (interruption & (INTR_INFO_VALID_MASK | INTR_INFO_INTR_TYPE_MASK)) ==
				 (INTR_INFO_VALID_MASK | INTR_TYPE_NMI_INTR);

	return nmi ? GUEST_INTR_STATE_NMI : before & GUEST_INTR_STATE_NMI;
}

/*
 * Returns true if exception `second`, during the delivery of event `first`, causes a double fault
 * (SDM table 7-5). Both are in the format of interruption information.
 */
bool event_makes_double_fault(uint32_t first, uint32_t second);

#endif
