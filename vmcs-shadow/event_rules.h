/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Events while L2 runs, or is about to: what becomes of an interrupt or NMI that waits, what blocks NMIs after a virtual exit, and what an
 * exception makes of the one whose delivery it interrupts.
 */
#ifndef VMCS_SHADOW_EVENT_RULES_H
#define VMCS_SHADOW_EVENT_RULES_H

#include "vmcs-shadow/controls.h"
#include "vmcs-shadow/exit_reasons.h"
#include "vmcs-shadow/vmcs12.h"

/* What waits, and L2's state in front of its next instruction. */
struct vmx_waiting {
	bool nmi, interrupt;
	uint32_t injected;         /* VM-entry interruption information of this entry */
	uint32_t interruptibility; /* GUEST_INTERRUPTIBILITY_INFO */
	uint64_t rflags;
};

enum vmx_event_way {
	VMX_EVENT_NO_EXIT,        /* what waits, if anything, is L2's to take by its IDT */
	VMX_EVENT_NMI_EXIT,       /* now, before L2's next instruction */
	VMX_EVENT_INTERRUPT_EXIT, /* likewise */
	VMX_EVENT_BEHIND_EVENT, /* an exit as soon as the event is delivered that is injected, before its handler's first instruction */
	VMX_EVENT_BEHIND_SHADOW, /* an exit as soon as what STI or MOV SS block is over */
};

/*
 * SDM 25.6.1, 26.2, 26.3: with NMI exiting and external-interrupt exiting of L1's. RFLAGS.IF does not matter to these, blocking by STI and MOV
 * SS does; but where IF is 0 no window tells when a MOV SS's is over, and the exit is one instruction early.
 */
enum vmx_event_way vmx_event_way(const struct vmcs12 *vmcs12, const struct vmx_waiting *waiting);

/* Is an interrupt, an NMI that waits an exit to L1? Else it is L2's, which has L1's APIC. */
bool vmx_takes_interrupts(const struct vmcs12 *vmcs12);
bool vmx_takes_nmis(const struct vmcs12 *vmcs12);

/* GUEST_INTERRUPTIBILITY_INFO of L1 after an exit (SDM 28.5.5): an NMI that has exited blocks others; else they are blocked if they were. */
static inline uint32_t vmx_host_interruptibility(uint32_t reason, uint32_t interruption, uint32_t before)
{
	const bool nmi = reason == VMX_EXIT_EXCEPTION_NMI &&
			 (interruption & (INTR_INFO_VALID_MASK | INTR_INFO_INTR_TYPE_MASK)) ==
				 (INTR_INFO_VALID_MASK | INTR_TYPE_NMI_INTR);

	return nmi ? GUEST_INTR_STATE_NMI : before & GUEST_INTR_STATE_NMI;
}

/* SDM table 7-5: does the exception `second` make a double fault of the event `first`? Both as interruption information. */
bool vmx_makes_double_fault(uint32_t first, uint32_t second);

#endif
