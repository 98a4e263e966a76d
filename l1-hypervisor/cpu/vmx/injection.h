/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Event injection and the blocking of events, in the current VMCS (SDM 25.8.3, 27.6). Events have
 * the format of event_format.h. These names are the same in every backend.
 */
#ifndef HV_INJECTION_H
#define HV_INJECTION_H

#include "l1-hypervisor/cpu/vcpu.h"
#include "l1-hypervisor/cpu/vmx/vmx.h"
#include "l1-hypervisor/formats/event_format.h"

_Static_assert(EVENT_VECTOR == INTR_INFO_VECTOR_MASK && EVENT_TYPE == INTR_INFO_INTR_TYPE_MASK &&
		       EVENT_HAS_ERROR == INTR_INFO_DELIVER_CODE_MASK && EVENT_VALID == INTR_INFO_VALID_MASK &&
		       EVENT_NMI == INTR_TYPE_NMI_INTR && EVENT_EXCEPTION == INTR_TYPE_HARD_EXCEPTION,
	       "the VMX constants equal those of event_format.h");

/* Makes the next entry inject the event. */
static inline void injection_set(uint32_t event, bool has_error, uint32_t error)
{
	vmcs_write(VM_ENTRY_INTR_INFO_FIELD, event | EVENT_VALID | (has_error ? EVENT_HAS_ERROR : 0));
	if (has_error)
		vmcs_write(VM_ENTRY_EXCEPTION_ERROR_CODE, error);
}

/*
 * Returns the event of the last or the next entry. After an injection the CPU clears only
 * EVENT_VALID.
 */
static inline uint32_t injection_event(void)
{
	return (uint32_t)vmcs_read(VM_ENTRY_INTR_INFO_FIELD);
}

/*
 * Call it for a software event. Its handler returns behind the instruction, whose length the last
 * exit has saved (SDM 28.2.4).
 */
static inline void injection_keep_length(void)
{
	vmcs_write(VM_ENTRY_INSTRUCTION_LEN, vmcs_read(VM_EXIT_INSTRUCTION_LEN));
}

/* Return the event whose delivery the last exit interrupted, and its error code (SDM 25.9.3). */
static inline uint32_t interrupted_event(void)
{
	return (uint32_t)vmcs_read(IDT_VECTORING_INFO_FIELD);
}

static inline uint32_t interrupted_event_error(void)
{
	return (uint32_t)vmcs_read(IDT_VECTORING_ERROR_CODE);
}

/*
 * Bit in the interruption information of an exception that exited: the faulting IRET had already
 * unblocked NMIs (SDM 28.2.3).
 */
#define EVENT_UNBLOCKED_NMI INTR_INFO_UNBLOCK_NMI

/* Bits of blocking_read(): why the guest cannot take events now (SDM table 25-3). */
#define BLOCKED_BY_STI      GUEST_INTR_STATE_STI
#define BLOCKED_BY_MOV_SS   GUEST_INTR_STATE_MOV_SS
#define BLOCKED_BY_NMI      GUEST_INTR_STATE_NMI
#define BLOCKING_INTERRUPTS (BLOCKED_BY_STI | BLOCKED_BY_MOV_SS)

static inline uint32_t blocking_read(void)
{
	return (uint32_t)vmcs_read(GUEST_INTERRUPTIBILITY_INFO);
}

static inline void blocking_write(uint32_t state)
{
	vmcs_write(GUEST_INTERRUPTIBILITY_INFO, state);
}

/* Returns true if the CPU tracks blocking by NMI for the guest ("virtual NMIs"). */
static inline bool injection_has_nmi_blocking(const struct vcpu *vcpu)
{
	return vcpu->pin & PIN_BASED_VIRTUAL_NMIS;
}

/*
 * Sets or clears a window-exiting control (SDM 25.6.2) in the current VMCS. Use the next function.
 */
void injection_set_window(struct vcpu *vcpu, uint32_t control, bool on);

enum event_window { WINDOW_INTERRUPT, WINDOW_NMI };

/*
 * Requests an exit as soon as the guest can take an interrupt or an NMI (on), or cancels the
 * request. NMI windows need virtual NMIs (SDM 27.2.1.1): without them nothing is requested.
 */
static inline void injection_request_window(struct vcpu *vcpu, enum event_window window, bool on)
{
	if (window == WINDOW_INTERRUPT)
		injection_set_window(vcpu, CPU_BASED_INTR_WINDOW_EXITING, on);
	else
		injection_set_window(vcpu, CPU_BASED_NMI_WINDOW_EXITING, on && injection_has_nmi_blocking(vcpu));
}

/*
 * Requests an exit after this many counts of the VMX-preemption timer (SDM 25.5.1). Returns false
 * if the CPU has no such timer, or if ticks exceeds 32 bits. preemption_timer_stop() cancels the
 * request.
 */
bool preemption_timer_start(struct vcpu *vcpu, uint64_t ticks);
void preemption_timer_stop(struct vcpu *vcpu);

#endif
