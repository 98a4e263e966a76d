// SPDX-License-Identifier: GPL-2.0-only
/*
 * Event injection (SDM 25.8.3, 27.6), window exits (SDM 28.2) and interrupted deliveries (SDM
 * 25.9.3).
 */
#include "l1-hypervisor/events/events.h"

#include "l1-hypervisor/cpu/vmx/dump.h"
#include "l1-hypervisor/cpu/vmx/vmx.h"
#include "l1-hypervisor/events/passthrough.h"
#include "l1-hypervisor/events/vapic.h"
#include "microbench/bare/bare.h"
#include "microbench/bare/cpu.h"
#include "vmcs-shadow/event_rules.h"
#include "vmcs-shadow/x86.h"

/* #DE, #BR, #UD, #NM, #TS to #PF, #MF, #AC, #XM, #VE and #CP are always faults (SDM 6.15). */
#define FAULTS             0x003b7ce1u
#define BLOCKING_INTERRUPT (GUEST_INTR_STATE_STI | GUEST_INTR_STATE_MOV_SS)

static void set_control(struct vcpu *vcpu, uint32_t bit, bool on)
{
	uint32_t control = on ? vcpu->primary | bit : vcpu->primary & ~bit;

	/* While the nested guest runs, vmcs02 holds merged controls. */
	if (vcpu->nested_runs) {
		control = (uint32_t)vmcs_read(CPU_BASED_VM_EXEC_CONTROL);
		vmcs_write(CPU_BASED_VM_EXEC_CONTROL, on ? control | bit : control & ~bit);
		return;
	}
	if (control == vcpu->primary)
		return;
	vcpu->primary = control;
	vmcs_write(CPU_BASED_VM_EXEC_CONTROL, control);
}

static void inject(struct vcpu *vcpu, uint32_t info, bool has_error, uint32_t error)
{
	if (vcpu->nested_runs)
		vcpu->nested->save_event_fields(vcpu);
	vmcs_write(VM_ENTRY_INTR_INFO_FIELD,
		   info | INTR_INFO_VALID_MASK | (has_error ? INTR_INFO_DELIVER_CODE_MASK : 0));
	if (has_error)
		vmcs_write(VM_ENTRY_EXCEPTION_ERROR_CODE, error);
}

/*
 * A fault pushes RFLAGS with RF set (SDM 28.3.4). An injected fault pushes the guest's RFLAGS
 * unchanged, so RF must be set here.
 */
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

static void set_rf(unsigned vector)
{
	if (FAULTS >> (vector & 31) & 1)
		vmcs_write(GUEST_RFLAGS, vmcs_read(GUEST_RFLAGS) | RFLAGS_RF);
}

void event_exception(struct vcpu *vcpu, unsigned vector, bool has_error, uint32_t error)
{
	if (exits_to_guest(vcpu, vector, has_error, error, 0))
		return;
	if (vcpu->nested_runs)
		set_rf(vector);
	inject(vcpu, vector | INTR_TYPE_HARD_EXCEPTION, has_error, error);
}

void event_page_fault(struct vcpu *vcpu, uint64_t linear, uint32_t error)
{
	if (exits_to_guest(vcpu, VECTOR_PF, true, error, linear))
		return;
	__asm__ volatile("mov %0, %%cr2" : : "r"(linear));
	inject(vcpu, VECTOR_PF | INTR_TYPE_HARD_EXCEPTION, true, error);
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
 * APIC or the machine's passed-through APIC. interrupt_taken() removes it.
 */
static int interrupt_waiting(struct vcpu *vcpu)
{
	if (vcpu->events.interrupt >= 0)
		return vcpu->events.interrupt;
	return passthrough_is_on(vcpu) ? passthrough_pending(vcpu) : vapic_pending(vcpu);
}

static void interrupt_taken(struct vcpu *vcpu)
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
	int vector = interrupt_waiting(vcpu);

	interrupt_taken(vcpu);
	return (uint8_t)vector;
}

/*
 * Blocking by STI or MOV SS ends with the emulated instruction. The CPU does not know about the
 * emulation, so the state is cleared here.
 */
static uint32_t interruptibility(bool emulated)
{
	uint32_t state = (uint32_t)vmcs_read(GUEST_INTERRUPTIBILITY_INFO);

	if (emulated && state & BLOCKING_INTERRUPT) {
		state &= ~BLOCKING_INTERRUPT;
		vmcs_write(GUEST_INTERRUPTIBILITY_INFO, state);
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
	interruptibility(true);
}

bool event_deliverable(struct vcpu *vcpu)
{
	return vcpu->events.nmi || (interrupt_waiting(vcpu) >= 0 && vmcs_read(GUEST_RFLAGS) & RFLAGS_IF);
}

/*
 * Returns the pending interrupt that the running guest takes through its IDT, or -1. An interrupt
 * that L1 intercepts becomes an exit to L1 instead: nested_continue().
 */
static int interrupt_to_deliver(struct vcpu *vcpu)
{
	return vcpu->nested_runs && vcpu->nested->intercepts_interrupts(vcpu) ? -1 : interrupt_waiting(vcpu);
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
	state = interruptibility(emulated);
	busy = vcpu->nested_runs && vmcs_read(VM_ENTRY_INTR_INFO_FIELD) & INTR_INFO_VALID_MASK;
	if (nmi) {
		if (busy || state & (GUEST_INTR_STATE_NMI | BLOCKING_INTERRUPT)) {
			event_end_leaked_blocking();
			/*
			 * NMI-window exiting needs virtual NMIs (SDM 27.2.1.1). Without them, the
			 * next event_deliver() tries again.
			 */
			set_control(vcpu, CPU_BASED_NMI_WINDOW_EXITING, vcpu->pin & PIN_BASED_VIRTUAL_NMIS);
		} else {
			vcpu->events.nmi = false;
			inject(vcpu, 2 | INTR_TYPE_NMI_INTR, false, 0);
			if (vector >= 0)
				set_control(vcpu, CPU_BASED_INTR_WINDOW_EXITING, true);
			return;
		}
	}
	if (vector < 0)
		return;
	if (!busy && vmcs_read(GUEST_RFLAGS) & RFLAGS_IF && !(state & BLOCKING_INTERRUPT)) {
		interrupt_taken(vcpu);
		inject(vcpu, (uint32_t)vector | INTR_TYPE_EXT_INTR, false, 0);
		set_control(vcpu, CPU_BASED_INTR_WINDOW_EXITING, interrupt_waiting(vcpu) >= 0);
	} else {
		set_control(vcpu, CPU_BASED_INTR_WINDOW_EXITING, true);
	}
}

enum outcome event_window(struct vcpu *vcpu, uint32_t reason __attribute__((unused)))
{
	int vector = interrupt_to_deliver(vcpu);

	if (vector >= 0) {
		interrupt_taken(vcpu);
		inject(vcpu, (uint32_t)vector | INTR_TYPE_EXT_INTR, false, 0);
	}
	set_control(vcpu, CPU_BASED_INTR_WINDOW_EXITING, interrupt_to_deliver(vcpu) >= 0);
	return OUTCOME_RESUME;
}

enum outcome event_nmi_window(struct vcpu *vcpu, uint32_t reason __attribute__((unused)))
{
	set_control(vcpu, CPU_BASED_NMI_WINDOW_EXITING, false);
	if (nmi_to_deliver(vcpu)) {
		vcpu->events.nmi = false;
		inject(vcpu, 2 | INTR_TYPE_NMI_INTR, false, 0);
	}
	return OUTCOME_RESUME;
}

/*
 * Returns false if the guest gets a double fault instead. A fault during the delivery of a double
 * fault ends the run.
 */
static __attribute__((noinline)) bool may_reflect_over(struct vcpu *vcpu, uint32_t info, uint32_t interrupted)
{
	uint32_t type = info & INTR_INFO_INTR_TYPE_MASK;

	if (type == INTR_TYPE_NMI_INTR)
		guest_dump_and_fail(vcpu, VMX_EXIT_EXCEPTION_NMI, "an NMI of the machine that nobody asked for");
	if (interrupted & INTR_INFO_VALID_MASK && (interrupted & INTR_INFO_VECTOR_MASK) == VECTOR_DF &&
	    (interrupted & INTR_INFO_INTR_TYPE_MASK) == INTR_TYPE_HARD_EXCEPTION)
		guest_dump_and_fail(vcpu, VMX_EXIT_EXCEPTION_NMI,
				    "a fault during a double fault: the guest's CPU shuts down");
	if (vmx_makes_double_fault(interrupted, info)) {
		event_exception(vcpu, VECTOR_DF, true, 0);
		return false;
	}
	/*
	 * A benign event and an exception are handled one after the other, so the interrupt is
	 * pending again.
	 */
	if (interrupted & INTR_INFO_VALID_MASK && (interrupted & INTR_INFO_INTR_TYPE_MASK) == INTR_TYPE_EXT_INTR) {
		event_interrupt(vcpu, (uint8_t)interrupted);
		set_control(vcpu, CPU_BASED_INTR_WINDOW_EXITING, true);
	}
	/*
	 * An NMI is pending again, too. Its handler has not begun, so it does not block other NMIs.
	 * It is delivered after the fault's handler ends.
	 */
	if (interrupted & INTR_INFO_VALID_MASK && (interrupted & INTR_INFO_INTR_TYPE_MASK) == INTR_TYPE_NMI_INTR) {
		vmcs_write(GUEST_INTERRUPTIBILITY_INFO,
			   vmcs_read(GUEST_INTERRUPTIBILITY_INFO) & ~(uint64_t)GUEST_INTR_STATE_NMI);
		event_nmi(vcpu);
		set_control(vcpu, CPU_BASED_NMI_WINDOW_EXITING, vcpu->pin & PIN_BASED_VIRTUAL_NMIS);
	}
	return true;
}

static inline bool may_reflect(struct vcpu *vcpu, uint32_t info)
{
	uint32_t interrupted = (uint32_t)vmcs_read(IDT_VECTORING_INFO_FIELD);

	if (!(interrupted & INTR_INFO_VALID_MASK) && (info & INTR_INFO_INTR_TYPE_MASK) != INTR_TYPE_NMI_INTR)
		return true;
	return may_reflect_over(vcpu, info, interrupted);
}

void event_reflect(struct vcpu *vcpu, uint32_t info)
{
	uint32_t type = info & INTR_INFO_INTR_TYPE_MASK;
	bool has_error = info & INTR_INFO_DELIVER_CODE_MASK;

	if (!may_reflect(vcpu, info))
		return;
	if (event_is_page_fault(info)) /* the exit does not change CR2 (SDM 28.2.1) */
		__asm__ volatile("mov %0, %%cr2" : : "r"(vmcs_read(EXIT_QUALIFICATION)));
	inject(vcpu, (info & INTR_INFO_VECTOR_MASK) | type, has_error,
	       has_error ? (uint32_t)vmcs_read(VM_EXIT_INTR_ERROR_CODE) : 0);
	if (type == INTR_TYPE_SOFT_EXCEPTION || type == INTR_TYPE_PRIV_SW_EXCEPTION)
		vmcs_write(VM_ENTRY_INSTRUCTION_LEN, vmcs_read(VM_EXIT_INSTRUCTION_LEN));
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
	return vmcs_read(IDT_VECTORING_INFO_FIELD) & INTR_INFO_VALID_MASK;
}

/*
 * After an injection the CPU clears only the valid bit of VM_ENTRY_INTR_INFO_FIELD. So the vector
 * and the type still identify an injected event.
 */
static bool was_injected(struct vcpu *vcpu, uint32_t info)
{
	const uint32_t event = INTR_INFO_VECTOR_MASK | INTR_INFO_INTR_TYPE_MASK;

	if (vcpu->nested_runs && !vcpu->nested->injects_own_event(vcpu))
		return false;
	return !((vmcs_read(VM_ENTRY_INTR_INFO_FIELD) ^ info) & event);
}

bool event_reinject(struct vcpu *vcpu)
{
	uint32_t info = (uint32_t)vmcs_read(IDT_VECTORING_INFO_FIELD);
	uint32_t type = info & INTR_INFO_INTR_TYPE_MASK;
	bool has_error;

	if (!(info & INTR_INFO_VALID_MASK))
		return false;
	/*
	 * Bochs does not set RF for an interrupted fault. An injected event
	 * uses RF of the guest's RFLAGS.
	 */
	if (type == INTR_TYPE_HARD_EXCEPTION && !was_injected(vcpu, info))
		set_rf(info);
	/* Bit 12 is undefined here and must be 0 for an injection. */
	/*
	 * Outside protected mode there is no error code, and an entry with one would fail (SDM
	 * 27.2.1.3). Bochs reports an error code anyway.
	 */
	has_error = info & INTR_INFO_DELIVER_CODE_MASK && vmcs_read(GUEST_CR0) & CR0_PE;
	inject(vcpu, info & (INTR_INFO_VECTOR_MASK | INTR_INFO_INTR_TYPE_MASK), has_error,
	       has_error ? (uint32_t)vmcs_read(IDT_VECTORING_ERROR_CODE) : 0);
	/*
	 * For these types the exit saved the instruction length, and the entry needs it (SDM
	 * 28.2.4).
	 */
	if (type == INTR_TYPE_SOFT_INTR || type == INTR_TYPE_SOFT_EXCEPTION || type == INTR_TYPE_PRIV_SW_EXCEPTION)
		vmcs_write(VM_ENTRY_INSTRUCTION_LEN, vmcs_read(VM_EXIT_INSTRUCTION_LEN));
	if (type == INTR_TYPE_NMI_INTR) { /* The NMI was not delivered, so it does not block NMIs. */
		uint32_t state = (uint32_t)vmcs_read(GUEST_INTERRUPTIBILITY_INFO);

		vmcs_write(GUEST_INTERRUPTIBILITY_INFO, state & ~GUEST_INTR_STATE_NMI);
	}
	return true;
}
