// SPDX-License-Identifier: GPL-2.0-only
/*
 * Event injection (SDM 25.8.3, 27.6), window exits (SDM 28.2) and interrupted deliveries (SDM
 * 25.9.3).
 */
#include "l1-hypervisor/events/events.h"

#include "l1-hypervisor/backend/backend.h"
#include "l1-hypervisor/events/passthrough.h"
#include "l1-hypervisor/events/vapic.h"
#include "microbench/bare/bare.h"
#include "microbench/bare/cpu.h"
#include "vmcs-shadow/event_rules.h"
#include "vmcs-shadow/x86.h"

/* #DE, #BR, #UD, #NM, #TS to #PF, #MF, #AC, #XM, #VE and #CP are always faults (SDM 7.15). */
#define FAULTS 0x003b7ce1u

static void inject_event(struct vcpu *vcpu, uint32_t info, bool has_error, uint32_t error)
{
	if (vcpu->nested_runs)
		vcpu->nested->save_event_fields(vcpu);
	injection_set(info, has_error, error);
}

/*
 * Returns true if the guest intercepts this exception of the nested guest. The exception then stays
 * pending, and the next entry becomes a virtual VM exit.
 */
static bool exits_to_guest(struct vcpu *vcpu, unsigned vector, bool has_error, uint32_t error, uint64_t linear)
{
	if (!vcpu->nested_runs || !vcpu->nested->intercepts_exception(vcpu, vector, error))
		return false;
	vcpu->events.exception = (struct pending_exception){true, has_error, (uint8_t)vector, error, linear};
	return true;
}

/*
 * A fault pushes RFLAGS with RF set (SDM 28.3.4). An injected fault pushes the guest's RFLAGS
 * unchanged, so RF must be set here.
 */
static void set_rf(unsigned vector)
{
	if (FAULTS >> (vector & 31) & 1)
		state_write(RFLAGS, state_read(RFLAGS) | RFLAGS_RF);
}

void event_exception(struct vcpu *vcpu, unsigned vector, bool has_error, uint32_t error)
{
	if (exits_to_guest(vcpu, vector, has_error, error, 0))
		return;
	if (vcpu->nested_runs)
		set_rf(vector);
	inject_event(vcpu, vector | EVENT_EXCEPTION, has_error, error);
}

void event_page_fault(struct vcpu *vcpu, uint64_t linear, uint32_t error)
{
	if (exits_to_guest(vcpu, VECTOR_PF, true, error, linear))
		return;
	__asm__ volatile("mov %0, %%cr2" : : "r"(linear));
	inject_event(vcpu, VECTOR_PF | EVENT_EXCEPTION, true, error);
}

void event_interrupt(struct vcpu *vcpu, uint8_t vector)
{
	vcpu->events.interrupt = vector;
}

void event_nmi(struct vcpu *vcpu)
{
	vcpu->events.nmi = true;
}

/*
 * Returns the vector of a pending interrupt, or -1. It can come from event_interrupt(), the virtual
 * APIC or the machine's passed-through APIC. remove_interrupt() removes it after its delivery.
 */
static int pending_interrupt(struct vcpu *vcpu)
{
	if (vcpu->events.interrupt >= 0)
		return vcpu->events.interrupt;
	return passthrough_is_on(vcpu) ? passthrough_pending(vcpu) : vapic_pending(vcpu);
}

static void remove_interrupt(struct vcpu *vcpu)
{
	if (vcpu->events.interrupt >= 0)
		vcpu->events.interrupt = -1;
	else if (passthrough_is_on(vcpu))
		passthrough_accept(vcpu);
	else
		vapic_start_service(vcpu);
}

bool event_interrupt_is_pending(struct vcpu *vcpu)
{
	return vcpu->events.interrupt >= 0 || (vapic_has_requests(vcpu) && vapic_pending(vcpu) >= 0) ||
	       (passthrough_is_on(vcpu) && passthrough_pending(vcpu) >= 0);
}

bool event_is_pending(struct vcpu *vcpu)
{
	return vcpu->events.nmi || event_interrupt_is_pending(vcpu);
}

bool event_nmi_is_pending(struct vcpu *vcpu)
{
	return vcpu->events.nmi;
}

void event_take_nmi(struct vcpu *vcpu)
{
	vcpu->events.nmi = false;
}

uint8_t event_take_interrupt(struct vcpu *vcpu)
{
	int vector = pending_interrupt(vcpu);

	remove_interrupt(vcpu);
	return (uint8_t)vector;
}

/*
 * Returns the reasons why the guest cannot take events now. emulated: the instruction of this exit
 * was emulated. Blocking by STI or MOV SS ends with that instruction, so it is cleared here.
 */
static uint32_t read_blocking(bool emulated)
{
	uint32_t state = blocking_read();

	if (emulated && state & BLOCKING_INTERRUPTS) {
		state &= ~BLOCKING_INTERRUPTS;
		blocking_write(state);
	}
	return state;
}

/*
 * Bochs 2.7 blocks NMIs at a VM entry if the interruptibility state says so. Otherwise it leaves
 * NMI blocking unchanged. So blocking leaks from the guest's NMI handler into this hypervisor, and
 * back into the guest after the handler has ended. An IRET here ends the blocking (SDM 7.7.1). On
 * other machines it changes nothing, because this hypervisor does not run in an NMI handler.
 */
void event_end_leaked_blocking(void)
{
	uint64_t stack;

	__asm__ volatile(
		"mov %%rsp, %0; push %%rax; push %0; pushf; mov %%cs, %%eax; push %%rax; lea 1f(%%rip), %%rax; "
		"push %%rax; mov %%ss, %%eax; mov %%eax, 32(%%rsp); iretq; 1:"
		: "=&r"(stack)
		:
		: "rax", "memory", "cc");
}

void event_unblock(void)
{
	read_blocking(true);
}

bool event_deliverable(struct vcpu *vcpu)
{
	return vcpu->events.nmi || (pending_interrupt(vcpu) >= 0 && state_read(RFLAGS) & RFLAGS_IF);
}

/*
 * Returns the pending interrupt that the running guest takes through its IDT, or -1. An interrupt
 * that its hypervisor intercepts becomes a virtual VM exit instead: nested/ makes it.
 */
static int interrupt_to_deliver(struct vcpu *vcpu)
{
	return vcpu->nested_runs && vcpu->nested->intercepts_interrupts(vcpu) ? -1 : pending_interrupt(vcpu);
}

static bool nmi_to_deliver(struct vcpu *vcpu)
{
	return vcpu->events.nmi && !(vcpu->nested_runs && vcpu->nested->intercepts_nmis(vcpu));
}

void event_deliver(struct vcpu *vcpu, bool emulated)
{
	int vector = interrupt_to_deliver(vcpu);
	const bool nmi = nmi_to_deliver(vcpu);
	uint32_t state;
	bool busy; /* the entry already injects an event of the nested guest */

	if (!nmi && vector < 0)
		return;
	state = read_blocking(emulated);
	busy = vcpu->nested_runs && injection_event() & EVENT_VALID;
	if (nmi) {
		if (busy || state & (BLOCKED_BY_NMI | BLOCKING_INTERRUPTS)) {
			event_end_leaked_blocking();
			/*
			 * NMI-window exiting needs virtual NMIs (SDM 27.2.1.1). Without them, the
			 * next event_deliver() tries again.
			 */
			injection_request_window(vcpu, WINDOW_NMI, true);
		} else {
			vcpu->events.nmi = false;
			inject_event(vcpu, 2 | EVENT_NMI, false, 0);
			if (vector >= 0)
				injection_request_window(vcpu, WINDOW_INTERRUPT, true);
			return;
		}
	}
	if (vector < 0)
		return;
	if (!busy && state_read(RFLAGS) & RFLAGS_IF && !(state & BLOCKING_INTERRUPTS)) {
		remove_interrupt(vcpu);
		inject_event(vcpu, (uint32_t)vector | EVENT_INTERRUPT, false, 0);
		injection_request_window(vcpu, WINDOW_INTERRUPT, pending_interrupt(vcpu) >= 0);
	} else {
		injection_request_window(vcpu, WINDOW_INTERRUPT, true);
	}
}

enum outcome event_window(struct vcpu *vcpu, uint32_t reason __attribute__((unused)))
{
	int vector = interrupt_to_deliver(vcpu);

	if (vector >= 0) {
		remove_interrupt(vcpu);
		inject_event(vcpu, (uint32_t)vector | EVENT_INTERRUPT, false, 0);
	}
	injection_request_window(vcpu, WINDOW_INTERRUPT, interrupt_to_deliver(vcpu) >= 0);
	return OUTCOME_RESUME;
}

enum outcome event_nmi_window(struct vcpu *vcpu, uint32_t reason __attribute__((unused)))
{
	injection_request_window(vcpu, WINDOW_NMI, false);
	if (nmi_to_deliver(vcpu)) {
		vcpu->events.nmi = false;
		inject_event(vcpu, 2 | EVENT_NMI, false, 0);
	}
	return OUTCOME_RESUME;
}

/*
 * Decides about an exception during the delivery of the event `interrupted`. Returns false if the
 * guest gets a double fault instead. A fault during the delivery of a double fault ends the run.
 */
static __attribute__((noinline)) bool may_reflect_in_delivery(struct vcpu *vcpu, uint32_t info, uint32_t interrupted)
{
	uint32_t type = info & EVENT_TYPE;

	if (type == EVENT_NMI)
		guest_dump_and_fail(vcpu, "unexpected NMI of the machine");
	if (interrupted & EVENT_VALID && (interrupted & EVENT_VECTOR) == VECTOR_DF &&
	    (interrupted & EVENT_TYPE) == EVENT_EXCEPTION)
		guest_dump_and_fail(vcpu, "a fault during a double fault: the guest's CPU shuts down");
	if (event_makes_double_fault(interrupted, info)) {
		event_exception(vcpu, VECTOR_DF, true, 0);
		return false;
	}
	/*
	 * A benign event and an exception are handled one after the other, so the interrupt is
	 * pending again.
	 */
	if (interrupted & EVENT_VALID && (interrupted & EVENT_TYPE) == EVENT_INTERRUPT) {
		event_interrupt(vcpu, (uint8_t)interrupted);
		injection_request_window(vcpu, WINDOW_INTERRUPT, true);
	}
	/*
	 * An NMI is pending again, too. Its handler has not begun, so it does not block other NMIs.
	 * It is delivered after the fault's handler ends.
	 */
	if (interrupted & EVENT_VALID && (interrupted & EVENT_TYPE) == EVENT_NMI) {
		blocking_write(blocking_read() & ~BLOCKED_BY_NMI);
		event_nmi(vcpu);
		injection_request_window(vcpu, WINDOW_NMI, true);
	}
	return true;
}

static inline bool may_reflect(struct vcpu *vcpu, uint32_t info)
{
	uint32_t interrupted = interrupted_event();

	if (!(interrupted & EVENT_VALID) && (info & EVENT_TYPE) != EVENT_NMI)
		return true;
	return may_reflect_in_delivery(vcpu, info, interrupted);
}

void event_reflect(struct vcpu *vcpu, uint32_t info)
{
	uint32_t type = info & EVENT_TYPE;
	bool has_error = info & EVENT_HAS_ERROR;

	if (!may_reflect(vcpu, info))
		return;
	if (event_is_page_fault(info)) /* the exit does not change CR2 (SDM 28.2.1) */
		__asm__ volatile("mov %0, %%cr2" : : "r"(exit_fault_address()));
	inject_event(vcpu, (info & EVENT_VECTOR) | type, has_error, has_error ? exit_fault_error() : 0);
	if (type == EVENT_SOFT_EXCEPTION || type == EVENT_PRIVILEGED_EXCEPTION)
		injection_keep_length();
}

void event_reflect_page_fault(struct vcpu *vcpu, uint32_t info, uint64_t linear, uint32_t error)
{
	if (!may_reflect(vcpu, info))
		return;
	__asm__ volatile("mov %0, %%cr2" : : "r"(linear));
	event_exception(vcpu, VECTOR_PF, true, error);
}

bool event_was_interrupted(void)
{
	return interrupted_event() & EVENT_VALID;
}

/*
 * After an injection the CPU clears only the valid bit of VM_ENTRY_INTR_INFO_FIELD. So the vector
 * and the type still identify an injected event.
 */
static bool was_injected(struct vcpu *vcpu, uint32_t info)
{
	const uint32_t event = EVENT_VECTOR | EVENT_TYPE;

	if (vcpu->nested_runs && !vcpu->nested->injects_own_event(vcpu))
		return false;
	return !((injection_event() ^ info) & event);
}

bool event_reinject(struct vcpu *vcpu)
{
	uint32_t info = interrupted_event();
	uint32_t type = info & EVENT_TYPE;
	bool has_error;

	if (!(info & EVENT_VALID))
		return false;
	/*
	 * Bochs does not set RF for an interrupted fault. An injected event uses RF of the guest's
	 * RFLAGS.
	 */
	if (type == EVENT_EXCEPTION && !was_injected(vcpu, info))
		set_rf(info);
	/*
	 * Outside protected mode there is no error code, and an entry with one would fail (SDM
	 * 27.2.1.3). Bochs reports an error code anyway.
	 */
	has_error = info & EVENT_HAS_ERROR && state_read(CR0) & CR0_PE;
	/* The mask removes bit 12, which is undefined here and must be 0 for an injection. */
	inject_event(vcpu, info & (EVENT_VECTOR | EVENT_TYPE), has_error, has_error ? interrupted_event_error() : 0);
	/*
	 * For these types the exit saved the instruction length, and the entry needs it (SDM
	 * 28.2.4).
	 */
	if (type == EVENT_SOFT_INTERRUPT || type == EVENT_SOFT_EXCEPTION || type == EVENT_PRIVILEGED_EXCEPTION)
		injection_keep_length();
	if (type == EVENT_NMI) { /* The NMI was not delivered, so it does not block NMIs. */
		uint32_t state = blocking_read();

		blocking_write(state & ~BLOCKED_BY_NMI);
	}
	return true;
}
