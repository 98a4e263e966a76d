// SPDX-License-Identifier: GPL-2.0-only
/*
 * Event injection (SDM 25.8.3, 27.6), window exits (SDM 28.2) and interrupted deliveries (SDM
 * 25.9.3).
 */
#include "l1-hypervisor/events.h"

#include "l1-hypervisor/nested.h"
#include "l1-hypervisor/passthrough.h"
#include "l1-hypervisor/vapic.h"
#include "microbench/bare/bare.h"
#include "microbench/bare/cpu.h"
#include "vmcs-shadow/event_rules.h"
#include "vmcs-shadow/x86.h"

/* #DE, #BR, #UD, #NM, #TS to #PF, #MF, #AC, #XM, #VE and #CP are always faults (SDM 6.15). */
#define FAULTS             0x003b7ce1u
#define BLOCKING_INTERRUPT (GUEST_INTR_STATE_STI | GUEST_INTR_STATE_MOV_SS)

static int waiting_vector = -1;
static bool waiting_nmi;

static void set_control(uint32_t bit, bool on)
{
	uint32_t control = on ? guest.primary | bit : guest.primary & ~bit;

	/*
	 * While the nested guest runs, vmcs02 holds merged controls. Clearing `made` merges them
	 * again at the next entry.
	 */
	if (nested_is_running()) {
		control = (uint32_t)vmcs_read(CPU_BASED_VM_EXEC_CONTROL);
		vmcs_write(CPU_BASED_VM_EXEC_CONTROL, on ? control | bit : control & ~bit);
		nested_running->made = false;
		return;
	}
	if (control == guest.primary)
		return;
	guest.primary = control;
	vmcs_write(CPU_BASED_VM_EXEC_CONTROL, control);
}

static void inject(uint32_t info, bool has_error, uint32_t error)
{
	if (nested_is_running())
		nested_borrow_event();
	vmcs_write(VM_ENTRY_INTR_INFO_FIELD,
		   info | INTR_INFO_VALID_MASK | (has_error ? INTR_INFO_DELIVER_CODE_MASK : 0));
	if (has_error)
		vmcs_write(VM_ENTRY_EXCEPTION_ERROR_CODE, error);
}

/*
 * A fault pushes RFLAGS with RF set (SDM 28.3.4). An injected fault pushes the guest's RFLAGS
 * unchanged, so RF must be set here.
 */
static void set_rf(unsigned vector)
{
	if (FAULTS >> (vector & 31) & 1)
		vmcs_write(GUEST_RFLAGS, vmcs_read(GUEST_RFLAGS) | RFLAGS_RF);
}

void event_exception(unsigned vector, bool has_error, uint32_t error)
{
	if (nested_is_running()) {
		if (nested_takes_exception(vector, has_error, error, 0))
			return;
		set_rf(vector);
	}
	inject(vector | INTR_TYPE_HARD_EXCEPTION, has_error, error);
}

void event_page_fault(uint64_t linear, uint32_t error)
{
	if (nested_is_running() && nested_takes_exception(VECTOR_PF, true, error, linear))
		return;
	__asm__ volatile("mov %0, %%cr2" : : "r"(linear));
	inject(VECTOR_PF | INTR_TYPE_HARD_EXCEPTION, true, error);
}

void event_interrupt(uint8_t vector)
{
	waiting_vector = vector;
}

void event_nmi(void)
{
	waiting_nmi = true;
}

/*
 * Returns the vector of a pending interrupt, or -1. It can come from event_interrupt(), the virtual
 * APIC or the machine's passed-through APIC. interrupt_taken() removes it.
 */
static int interrupt_waiting(void)
{
	if (waiting_vector >= 0)
		return waiting_vector;
	return passthrough_is_on() ? passthrough_pending() : vapic_pending();
}

static void interrupt_taken(void)
{
	if (waiting_vector >= 0)
		waiting_vector = -1;
	else if (passthrough_is_on())
		passthrough_accept();
	else
		vapic_start_service();
}

bool event_interrupt_is_pending(void)
{
	return waiting_vector >= 0 || (vapic_has_requests() && vapic_pending() >= 0) ||
	       (passthrough_is_on() && passthrough_pending() >= 0);
}

bool event_is_pending(void)
{
	return waiting_nmi || event_interrupt_is_pending();
}

bool event_nmi_is_pending(void)
{
	return waiting_nmi;
}

void event_take_nmi(void)
{
	waiting_nmi = false;
}

uint8_t event_take_interrupt(void)
{
	int vector = interrupt_waiting();

	interrupt_taken();
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

bool event_deliverable(void)
{
	return waiting_nmi || (interrupt_waiting() >= 0 && vmcs_read(GUEST_RFLAGS) & RFLAGS_IF);
}

/*
 * Returns the pending interrupt that the running guest takes through its IDT, or -1. An interrupt
 * that L1 intercepts becomes an exit to L1 instead: nested_continue().
 */
static int interrupt_to_deliver(void)
{
	return nested_is_running() && vmx_takes_interrupts(&nested_running->v12) ? -1 : interrupt_waiting();
}

static bool nmi_to_deliver(void)
{
	return waiting_nmi && !(nested_is_running() && vmx_takes_nmis(&nested_running->v12));
}

void event_deliver(bool emulated)
{
	int vector = interrupt_to_deliver();
	const bool nmi = nmi_to_deliver();
	uint32_t state;
	bool busy; /* the entry already injects an event of the nested guest */

	if (!nmi && vector < 0)
		return;
	state = interruptibility(emulated);
	busy = nested_is_running() && vmcs_read(VM_ENTRY_INTR_INFO_FIELD) & INTR_INFO_VALID_MASK;
	if (nmi) {
		if (busy || state & (GUEST_INTR_STATE_NMI | BLOCKING_INTERRUPT)) {
			event_end_leaked_blocking();
			/*
			 * NMI-window exiting needs virtual NMIs (SDM 27.2.1.1). Without them, the
			 * next event_deliver() tries again.
			 */
			set_control(CPU_BASED_NMI_WINDOW_EXITING, guest.pin & PIN_BASED_VIRTUAL_NMIS);
		} else {
			waiting_nmi = false;
			inject(2 | INTR_TYPE_NMI_INTR, false, 0);
			if (vector >= 0)
				set_control(CPU_BASED_INTR_WINDOW_EXITING, true);
			return;
		}
	}
	if (vector < 0)
		return;
	if (!busy && vmcs_read(GUEST_RFLAGS) & RFLAGS_IF && !(state & BLOCKING_INTERRUPT)) {
		interrupt_taken();
		inject((uint32_t)vector | INTR_TYPE_EXT_INTR, false, 0);
		set_control(CPU_BASED_INTR_WINDOW_EXITING, interrupt_waiting() >= 0);
	} else {
		set_control(CPU_BASED_INTR_WINDOW_EXITING, true);
	}
}

void event_window(void)
{
	int vector = interrupt_to_deliver();

	if (vector >= 0) {
		interrupt_taken();
		inject((uint32_t)vector | INTR_TYPE_EXT_INTR, false, 0);
	}
	set_control(CPU_BASED_INTR_WINDOW_EXITING, interrupt_to_deliver() >= 0);
}

void event_nmi_window(void)
{
	set_control(CPU_BASED_NMI_WINDOW_EXITING, false);
	if (nmi_to_deliver()) {
		waiting_nmi = false;
		inject(2 | INTR_TYPE_NMI_INTR, false, 0);
	}
}

/*
 * Returns false if the guest gets a double fault instead. A fault during the delivery of a double
 * fault ends the run.
 */
static bool may_reflect(const struct guest_registers *regs, uint32_t info)
{
	uint32_t interrupted = (uint32_t)vmcs_read(IDT_VECTORING_INFO_FIELD);
	uint32_t type = info & INTR_INFO_INTR_TYPE_MASK;

	if (type == INTR_TYPE_NMI_INTR)
		guest_dump_and_fail(regs, VMX_EXIT_EXCEPTION_NMI, "an NMI of the machine that nobody asked for");
	if (interrupted & INTR_INFO_VALID_MASK && (interrupted & INTR_INFO_VECTOR_MASK) == VECTOR_DF &&
	    (interrupted & INTR_INFO_INTR_TYPE_MASK) == INTR_TYPE_HARD_EXCEPTION)
		guest_dump_and_fail(regs, VMX_EXIT_EXCEPTION_NMI,
				    "a fault during a double fault: the guest's CPU shuts down");
	if (vmx_makes_double_fault(interrupted, info)) {
		event_exception(VECTOR_DF, true, 0);
		return false;
	}
	/*
	 * A benign event and an exception are handled one after the other, so the interrupt is
	 * pending again.
	 */
	if (interrupted & INTR_INFO_VALID_MASK && (interrupted & INTR_INFO_INTR_TYPE_MASK) == INTR_TYPE_EXT_INTR) {
		event_interrupt((uint8_t)interrupted);
		set_control(CPU_BASED_INTR_WINDOW_EXITING, true);
	}
	/*
	 * An NMI is pending again, too. Its handler has not begun, so it does not block other NMIs.
	 * It is delivered after the fault's handler ends.
	 */
	if (interrupted & INTR_INFO_VALID_MASK && (interrupted & INTR_INFO_INTR_TYPE_MASK) == INTR_TYPE_NMI_INTR) {
		vmcs_write(GUEST_INTERRUPTIBILITY_INFO,
			   vmcs_read(GUEST_INTERRUPTIBILITY_INFO) & ~(uint64_t)GUEST_INTR_STATE_NMI);
		event_nmi();
		set_control(CPU_BASED_NMI_WINDOW_EXITING, guest.pin & PIN_BASED_VIRTUAL_NMIS);
	}
	return true;
}

bool event_is_page_fault(uint32_t info)
{
	return (info & (INTR_INFO_VECTOR_MASK | INTR_INFO_INTR_TYPE_MASK)) == (VECTOR_PF | INTR_TYPE_HARD_EXCEPTION);
}

void event_reflect(const struct guest_registers *regs, uint32_t info)
{
	uint32_t type = info & INTR_INFO_INTR_TYPE_MASK;
	bool has_error = info & INTR_INFO_DELIVER_CODE_MASK;

	if (!may_reflect(regs, info))
		return;
	if (event_is_page_fault(info)) /* the exit does not change CR2 (SDM 28.2.1) */
		__asm__ volatile("mov %0, %%cr2" : : "r"(vmcs_read(EXIT_QUALIFICATION)));
	inject((info & INTR_INFO_VECTOR_MASK) | type, has_error,
	       has_error ? (uint32_t)vmcs_read(VM_EXIT_INTR_ERROR_CODE) : 0);
	if (type == INTR_TYPE_SOFT_EXCEPTION || type == INTR_TYPE_PRIV_SW_EXCEPTION)
		vmcs_write(VM_ENTRY_INSTRUCTION_LEN, vmcs_read(VM_EXIT_INSTRUCTION_LEN));
}

void event_reflect_page_fault(const struct guest_registers *regs, uint32_t info, uint64_t linear, uint32_t error)
{
	if (!may_reflect(regs, info))
		return;
	__asm__ volatile("mov %0, %%cr2" : : "r"(linear));
	event_exception(VECTOR_PF, true, error);
}

bool event_was_interrupted(void)
{
	return vmcs_read(IDT_VECTORING_INFO_FIELD) & INTR_INFO_VALID_MASK;
}

/*
 * After an injection the CPU clears only the valid bit of VM_ENTRY_INTR_INFO_FIELD. So the vector
 * and the type still identify an injected event.
 */
static bool was_injected(uint32_t info)
{
	const uint32_t event = INTR_INFO_VECTOR_MASK | INTR_INFO_INTR_TYPE_MASK;

	if (nested_is_running() && !nested_running->injects)
		return false;
	return !((vmcs_read(VM_ENTRY_INTR_INFO_FIELD) ^ info) & event);
}

bool event_reinject(void)
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
	if (type == INTR_TYPE_HARD_EXCEPTION && !was_injected(info))
		set_rf(info);
	/* Bit 12 is undefined here and must be 0 for an injection. */
	/*
	 * Outside protected mode there is no error code, and an entry with one would fail (SDM
	 * 27.2.1.3). Bochs reports an error code anyway.
	 */
	has_error = info & INTR_INFO_DELIVER_CODE_MASK && vmcs_read(GUEST_CR0) & CR0_PE;
	inject(info & (INTR_INFO_VECTOR_MASK | INTR_INFO_INTR_TYPE_MASK), has_error,
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
