/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Events for the guest. Interrupts and NMIs stay pending until the guest can take them. Exceptions
 * are injected at once. If an exit interrupted the delivery of an event, the event is injected
 * again, once.
 */
#ifndef HV_EVENTS_H
#define HV_EVENTS_H

#include <stdbool.h>
#include <stdint.h>

#include "l1-hypervisor/backend/backend.h"
#include "l1-hypervisor/cpu/vcpu.h"
#include "microbench/bare/cpu.h"
#include "vmcs-shadow/x86.h"

/*
 * Injects an exception of the instruction that exited. Does not skip the instruction. If the nested
 * guest runs and its hypervisor intercepts the exception, that hypervisor gets an exit instead.
 */
void event_exception(struct vcpu *vcpu, unsigned vector, bool has_error, uint32_t error);

/*
 * Injects a page fault of the instruction that exited: linear goes into CR2. The rules of
 * event_exception() apply.
 */
void event_page_fault(struct vcpu *vcpu, uint64_t linear, uint32_t error);

/*
 * Makes an interrupt or an NMI pending for the guest. Only one of each can be pending: a second
 * interrupt replaces the first one.
 */
void event_interrupt(struct vcpu *vcpu, uint8_t vector);
void event_nmi(struct vcpu *vcpu);

/*
 * Injects a pending event, or requests a window exit if the guest cannot take it now. emulated: the
 * instruction of this exit was emulated, which ends blocking by STI or MOV SS.
 */
void event_deliver(struct vcpu *vcpu, bool emulated);

/* Ends blocking by STI or MOV SS, because the instruction of this exit was emulated. */
void event_unblock(void);

/*
 * event_is_pending(), event_interrupt_is_pending() and event_nmi_is_pending() return true if an
 * event of this kind is pending, even if the guest cannot take it now. event_take_nmi() and
 * event_take_interrupt() remove the pending event, so that the caller can deliver it in another
 * way. event_take_interrupt() returns the vector; an interrupt must be pending.
 */
bool event_is_pending(struct vcpu *vcpu);
bool event_interrupt_is_pending(struct vcpu *vcpu);
bool event_nmi_is_pending(struct vcpu *vcpu);
void event_take_nmi(struct vcpu *vcpu);
uint8_t event_take_interrupt(struct vcpu *vcpu);

/*
 * Ends NMI blocking that leaked from the guest. On Bochs, a guest that exits in its NMI handler
 * leaves NMIs blocked in this hypervisor and in the next guest.
 */
void event_end_leaked_blocking(void);

/*
 * Returns true if an NMI is pending, or if an interrupt is pending and the guest's RFLAGS.IF is 1.
 * Blocking by STI, MOV SS or an NMI is not checked.
 */
bool event_deliverable(struct vcpu *vcpu);

/* Handle the exits of interrupt-window exiting and NMI-window exiting: inject the pending event. */
enum outcome event_window(struct vcpu *vcpu, uint32_t reason);
enum outcome event_nmi_window(struct vcpu *vcpu, uint32_t reason);

/*
 * Injects an intercepted exception into the guest. info is its interruption information. If the
 * exception interrupted the delivery of another event, both become a double fault, or the other
 * event is pending again. An NMI, or an exception during a double fault, ends the run with a dump.
 */
void event_reflect(struct vcpu *vcpu, uint32_t info);

/* Does the same for a #PF whose address and error code differ from the exit's values. */
void event_reflect_page_fault(struct vcpu *vcpu, uint32_t info, uint64_t linear, uint32_t error);

/* Returns true if the interruption information describes a #PF. */
static inline bool event_is_page_fault(uint32_t info)
{
	return (info & (EVENT_VECTOR | EVENT_TYPE)) == (VECTOR_PF | EVENT_EXCEPTION);
}

/*
 * Call it after an exit that the guest must not notice. It injects the event again whose delivery
 * the exit interrupted. Returns false if no delivery was interrupted.
 */
bool event_reinject(struct vcpu *vcpu);

/* Returns true if this exit interrupted the delivery of an event. */
bool event_was_interrupted(void);

#endif
