// SPDX-License-Identifier: GPL-2.0-only
/* Tests of event injection, windows and blocking (SDM 25.8.3, 27.6, 28.2). */
#include "l1-hypervisor/tests/events_fixture.h"

#include "l1-hypervisor/events/passthrough.h"

/* --- A nested guest whose hypervisor intercepts what these say -------------------------------- */

static struct {
	uint32_t exceptions;
	bool interrupts, nmis, injects;
	unsigned saved;
} l1;

static bool intercepts_exception(struct vcpu *v, unsigned vector, uint32_t error)
{
	(void)v, (void)error;
	return l1.exceptions >> vector & 1;
}

static bool intercepts_interrupts(struct vcpu *v)
{
	(void)v;
	return l1.interrupts;
}

static bool intercepts_nmis(struct vcpu *v)
{
	(void)v;
	return l1.nmis;
}

static void save_event_fields(struct vcpu *v)
{
	(void)v;
	l1.saved++;
}

static bool injects_own_event(struct vcpu *v)
{
	(void)v;
	return l1.injects;
}

static void begin_nested(void)
{
	static const struct nested_hooks hooks = {.intercepts_exception = intercepts_exception,
						  .intercepts_interrupts = intercepts_interrupts,
						  .intercepts_nmis = intercepts_nmis,
						  .save_event_fields = save_event_fields,
						  .injects_own_event = injects_own_event};

	begin();
	memset(&l1, 0, sizeof(l1));
	vcpu.nested = &hooks;
	vcpu.nested_runs = true;
}

/* --- Exceptions ------------------------------------------------------------------------------- */

TEST(an_exception_is_injected_with_its_error_code)
{
	begin();
	event_exception(&vcpu, VECTOR_GP, true, 0x18);
	assert_int_equal(injected(), VALID | WITH_ERROR | HARD | VECTOR_GP);
	assert_int_equal(FIELD(VM_ENTRY_EXCEPTION_ERROR_CODE), 0x18);
}

TEST(an_exception_without_an_error_code_delivers_none)
{
	begin();
	FIELD(VM_ENTRY_EXCEPTION_ERROR_CODE) = 7;
	event_exception(&vcpu, VECTOR_UD, false, 0x18);
	assert_int_equal(injected(), VALID | HARD | VECTOR_UD);
	assert_int_equal(FIELD(VM_ENTRY_EXCEPTION_ERROR_CODE), 7);
}

TEST(a_page_fault_sets_cr2)
{
	begin();
	event_page_fault(&vcpu, 0xffff800012345678, 2);
	assert_true(fake.cr[2] == 0xffff800012345678);
	assert_int_equal(injected(), VALID | WITH_ERROR | HARD | VECTOR_PF);
	assert_int_equal(FIELD(VM_ENTRY_EXCEPTION_ERROR_CODE), 2);
}

TEST(an_exception_that_l1_intercepts_stays_pending_for_a_virtual_exit)
{
	begin_nested();
	l1.exceptions = 1u << VECTOR_PF;
	fake.cr[2] = 5;
	event_page_fault(&vcpu, 0x7000, 2);
	assert_int_equal(injected(), 0);
	assert_int_equal(fake.cr[2], 5);
	assert_true(vcpu.events.exception.valid && vcpu.events.exception.has_error);
	assert_int_equal(vcpu.events.exception.vector, VECTOR_PF);
	assert_int_equal(vcpu.events.exception.error, 2);
	assert_int_equal(vcpu.events.exception.linear, 0x7000);
	assert_int_equal(l1.saved, 0);
}

TEST(another_exception_of_the_nested_guest_is_injected_after_l1s_event_fields_are_saved)
{
	begin_nested();
	l1.exceptions = 1u << VECTOR_PF;
	event_exception(&vcpu, VECTOR_GP, true, 0);
	assert_false(vcpu.events.exception.valid);
	assert_int_equal(injected(), VALID | WITH_ERROR | HARD | VECTOR_GP);
	assert_int_equal(l1.saved, 1);
}

/* 28.3.4: a fault pushes RFLAGS with RF = 1. #DB (vector 1) is no fault here. */
TEST(faults_of_the_nested_guest_set_rf)
{
	begin_nested();
	event_exception(&vcpu, VECTOR_DB, false, 0);
	assert_false(FIELD(GUEST_RFLAGS) & RFLAGS_RF);
	event_exception(&vcpu, VECTOR_DF, true, 0);
	assert_false(FIELD(GUEST_RFLAGS) & RFLAGS_RF); /* an abort */
	event_exception(&vcpu, VECTOR_GP, true, 0);
	assert_true(FIELD(GUEST_RFLAGS) & RFLAGS_RF);
}

/* --- Interrupts and NMIs ---------------------------------------------------------------------- */

TEST(a_guest_with_interrupts_on_gets_the_interrupt_at_once)
{
	begin();
	event_interrupt(&vcpu, 0x60);
	assert_true(event_is_pending(&vcpu) && event_interrupt_is_pending(&vcpu) && event_deliverable(&vcpu));
	event_deliver(&vcpu, false);
	assert_int_equal(injected(), VALID | EXTERNAL | 0x60);
	assert_false(event_is_pending(&vcpu));
	assert_false(window(CPU_BASED_INTR_WINDOW_EXITING));
}

/* 27.3.1.5: an entry with RFLAGS.IF = 0 or blocking must not inject an external interrupt. */
TEST(a_guest_that_cannot_take_the_interrupt_gets_a_window_exit)
{
	static const struct {
		uint64_t rflags;
		uint32_t state;
	} rows[] = {{2, 0}, {RFLAGS_IF | 2, GUEST_INTR_STATE_STI}, {RFLAGS_IF | 2, GUEST_INTR_STATE_MOV_SS}};

	for (size_t i = 0; i < COUNT(rows); i++) {
		begin();
		FIELD(GUEST_RFLAGS) = rows[i].rflags;
		FIELD(GUEST_INTERRUPTIBILITY_INFO) = rows[i].state;
		event_interrupt(&vcpu, 0x60);
		assert_int_equal(event_deliverable(&vcpu), (rows[i].rflags & RFLAGS_IF) != 0);
		event_deliver(&vcpu, false);
		assert_int_equal(injected(), 0);
		assert_true(window(CPU_BASED_INTR_WINDOW_EXITING));
		assert_true(event_is_pending(&vcpu));
		assert_int_equal(event_window(&vcpu, VMX_EXIT_INTERRUPT_WINDOW), OUTCOME_RESUME);
		assert_int_equal(injected(), VALID | EXTERNAL | 0x60);
		assert_false(window(CPU_BASED_INTR_WINDOW_EXITING));
	}
}

/* 7.8.3 and vol. 2, STI: blocking ends with the next instruction, and the host has emulated it. */
TEST(an_emulated_instruction_ends_blocking_by_sti_and_mov_ss)
{
	begin();
	FIELD(GUEST_INTERRUPTIBILITY_INFO) = GUEST_INTR_STATE_STI | GUEST_INTR_STATE_NMI;
	event_interrupt(&vcpu, 0x60);
	event_deliver(&vcpu, true);
	assert_int_equal(injected(), VALID | EXTERNAL | 0x60);
	assert_int_equal(FIELD(GUEST_INTERRUPTIBILITY_INFO), GUEST_INTR_STATE_NMI);
	FIELD(GUEST_INTERRUPTIBILITY_INFO) = GUEST_INTR_STATE_MOV_SS;
	event_unblock();
	assert_int_equal(FIELD(GUEST_INTERRUPTIBILITY_INFO), 0);
}

TEST(a_second_interrupt_keeps_the_window_open)
{
	begin();
	vapic_write(&vcpu, APIC_SPURIOUS, 0x1ff);
	assert_true(vapic_set_base(&vcpu, vapic_base(&vcpu) | APIC_BASE_X2APIC));
	vapic_write(&vcpu, APIC_SELF_IPI, 0x80);
	event_interrupt(&vcpu, 0x60);
	event_deliver(&vcpu, false);
	assert_int_equal(injected(), VALID | EXTERNAL | 0x60);
	assert_true(window(CPU_BASED_INTR_WINDOW_EXITING));
	assert_true(event_interrupt_is_pending(&vcpu));
	event_window(&vcpu, VMX_EXIT_INTERRUPT_WINDOW);
	assert_int_equal(injected(), VALID | EXTERNAL | 0x80);
	assert_false(window(CPU_BASED_INTR_WINDOW_EXITING));
	assert_int_equal(vcpu.apic.isr[4], 1); /* in service until the guest's EOI */
}

TEST(interrupts_of_the_machine_come_from_the_highest_down)
{
	begin();
	vcpu.passthrough.on = true;
	passthrough_interrupt(&vcpu, 0x31);
	passthrough_interrupt(&vcpu, 0xe0);
	assert_true(event_interrupt_is_pending(&vcpu));
	assert_int_equal(event_take_interrupt(&vcpu), 0xe0);
	assert_int_equal(event_take_interrupt(&vcpu), 0x31);
	assert_false(event_is_pending(&vcpu));
}

TEST(a_taken_event_is_pending_no_more)
{
	begin();
	event_nmi(&vcpu);
	event_take_nmi(&vcpu);
	assert_false(event_is_pending(&vcpu));
	event_interrupt(&vcpu, 0x60);
	assert_int_equal(event_take_interrupt(&vcpu), 0x60);
	assert_false(event_is_pending(&vcpu));
}

TEST(an_nmi_goes_before_an_interrupt)
{
	begin();
	event_interrupt(&vcpu, 0x60);
	event_nmi(&vcpu);
	event_deliver(&vcpu, false);
	assert_int_equal(injected(), NMI_INFO);
	assert_false(event_nmi_is_pending(&vcpu));
	assert_true(event_interrupt_is_pending(&vcpu));
	assert_true(window(CPU_BASED_INTR_WINDOW_EXITING));
}

TEST(an_nmi_does_not_need_rflags_if)
{
	begin();
	FIELD(GUEST_RFLAGS) = 2;
	event_nmi(&vcpu);
	assert_true(event_deliverable(&vcpu));
	event_deliver(&vcpu, false);
	assert_int_equal(injected(), NMI_INFO);
}

/* 27.3.1.5: blocking by STI, MOV SS or an NMI. 27.2.1.1: NMI-window exiting needs virtual NMIs. */
TEST(a_blocked_nmi_waits_for_an_nmi_window)
{
	static const uint32_t states[] = {GUEST_INTR_STATE_STI, GUEST_INTR_STATE_MOV_SS, GUEST_INTR_STATE_NMI};

	for (size_t i = 0; i < 2 * COUNT(states); i++) {
		bool virtual_nmis = i < COUNT(states);

		begin();
		vcpu.pin = virtual_nmis ? PIN_BASED_VIRTUAL_NMIS : 0;
		FIELD(GUEST_INTERRUPTIBILITY_INFO) = states[i % COUNT(states)];
		event_nmi(&vcpu);
		event_deliver(&vcpu, false);
		assert_int_equal(injected(), 0);
		assert_true(event_nmi_is_pending(&vcpu));
		assert_int_equal(window(CPU_BASED_NMI_WINDOW_EXITING), virtual_nmis);
		event_nmi_window(&vcpu, VMX_EXIT_NMI_WINDOW);
		assert_int_equal(injected(), NMI_INFO);
		assert_false(window(CPU_BASED_NMI_WINDOW_EXITING));
		assert_false(event_nmi_is_pending(&vcpu));
	}
}

TEST(events_that_l1_intercepts_are_not_delivered_to_the_nested_guest)
{
	begin_nested();
	l1.interrupts = l1.nmis = true;
	event_interrupt(&vcpu, 0x60);
	event_nmi(&vcpu);
	event_deliver(&vcpu, false);
	assert_int_equal(injected(), 0);
	assert_int_equal(FIELD(CPU_BASED_VM_EXEC_CONTROL), 0);
	assert_true(event_nmi_is_pending(&vcpu) && event_interrupt_is_pending(&vcpu));
}

TEST(an_interrupt_waits_behind_an_event_that_l1_injects)
{
	begin_nested();
	vcpu.primary = 0;
	FIELD(VM_ENTRY_INTR_INFO_FIELD) = VALID | HARD | VECTOR_UD;
	event_interrupt(&vcpu, 0x60);
	event_deliver(&vcpu, false);
	assert_int_equal(injected(), VALID | HARD | VECTOR_UD);
	/* The window is requested in vmcs02, not in vmcs01. */
	assert_int_equal(FIELD(CPU_BASED_VM_EXEC_CONTROL), CPU_BASED_INTR_WINDOW_EXITING);
	assert_int_equal(vcpu.primary, 0);
}

TEST(skipping_an_instruction_adds_its_length)
{
	begin();
	FIELD(GUEST_RIP) = 0xffffffff81000000;
	FIELD(VM_EXIT_INSTRUCTION_LEN) = 3;
	skip_instruction();
	assert_true(FIELD(GUEST_RIP) == 0xffffffff81000003);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(an_exception_is_injected_with_its_error_code),
		RUN(an_exception_without_an_error_code_delivers_none),
		RUN(a_page_fault_sets_cr2),
		RUN(an_exception_that_l1_intercepts_stays_pending_for_a_virtual_exit),
		RUN(another_exception_of_the_nested_guest_is_injected_after_l1s_event_fields_are_saved),
		RUN(faults_of_the_nested_guest_set_rf),
		RUN(a_guest_with_interrupts_on_gets_the_interrupt_at_once),
		RUN(a_guest_that_cannot_take_the_interrupt_gets_a_window_exit),
		RUN(an_emulated_instruction_ends_blocking_by_sti_and_mov_ss),
		RUN(a_second_interrupt_keeps_the_window_open),
		RUN(interrupts_of_the_machine_come_from_the_highest_down),
		RUN(a_taken_event_is_pending_no_more),
		RUN(an_nmi_goes_before_an_interrupt),
		RUN(an_nmi_does_not_need_rflags_if),
		RUN(a_blocked_nmi_waits_for_an_nmi_window),
		RUN(events_that_l1_intercepts_are_not_delivered_to_the_nested_guest),
		RUN(an_interrupt_waits_behind_an_event_that_l1_injects),
		RUN(skipping_an_instruction_adds_its_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
