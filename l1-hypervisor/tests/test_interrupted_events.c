// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of exceptions that are reflected, and of events whose delivery an exit interrupted (SDM
 * 28.2.4, table 7-5).
 */
#include "l1-hypervisor/tests/events_fixture.h"

TEST(a_reflected_page_fault_takes_cr2_from_the_qualification)
{
	begin();
	FIELD(EXIT_QUALIFICATION) = 0x123456789000;
	FIELD(VM_EXIT_INTR_ERROR_CODE) = 6;
	event_reflect(&vcpu, VALID | WITH_ERROR | HARD | VECTOR_PF);
	assert_int_equal(fake.cr[2], 0x123456789000);
	assert_int_equal(injected(), VALID | WITH_ERROR | HARD | VECTOR_PF);
	assert_int_equal(FIELD(VM_ENTRY_EXCEPTION_ERROR_CODE), 6);
	event_reflect_page_fault(&vcpu, VALID | WITH_ERROR | HARD | VECTOR_PF, 0x5000, 3);
	assert_int_equal(fake.cr[2], 0x5000);
	assert_int_equal(FIELD(VM_ENTRY_EXCEPTION_ERROR_CODE), 3);
}

/* 27.2.1.3: a software exception needs the length of its instruction. */
TEST(a_reflected_breakpoint_keeps_its_instruction_length)
{
	begin();
	FIELD(VM_EXIT_INSTRUCTION_LEN) = 1;
	event_reflect(&vcpu, VALID | INTR_TYPE_SOFT_EXCEPTION | VECTOR_BP);
	assert_int_equal(injected(), VALID | INTR_TYPE_SOFT_EXCEPTION | VECTOR_BP);
	assert_int_equal(FIELD(VM_ENTRY_INSTRUCTION_LEN), 1);
}

/* Table 7-5. */
TEST(two_contributory_exceptions_make_a_double_fault)
{
	static const struct {
		uint32_t first, second;
		bool is_double;
	} rows[] = {
		{HARD | VECTOR_GP, HARD | VECTOR_GP, true},  {HARD | VECTOR_DE, HARD | VECTOR_TS, true},
		{HARD | VECTOR_PF, HARD | VECTOR_PF, true},  {HARD | VECTOR_PF, HARD | VECTOR_GP, true},
		{HARD | VECTOR_GP, HARD | VECTOR_PF, false}, {HARD | VECTOR_UD, HARD | VECTOR_GP, false},
		{HARD | VECTOR_DB, HARD | VECTOR_PF, false},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		begin();
		FIELD(IDT_VECTORING_INFO_FIELD) = VALID | rows[i].first;
		event_reflect(&vcpu, VALID | WITH_ERROR | rows[i].second);
		assert_int_equal(injected(),
				 VALID | WITH_ERROR | (rows[i].is_double ? HARD | VECTOR_DF : rows[i].second));
		assert_int_equal(FIELD(VM_ENTRY_EXCEPTION_ERROR_CODE), 0);
	}
}

TEST(a_fault_during_a_double_fault_ends_the_run)
{
	begin();
	FIELD(IDT_VECTORING_INFO_FIELD) = VALID | HARD | VECTOR_DF;
	assert_run_ends("shuts down", event_reflect(&vcpu, VALID | WITH_ERROR | HARD | VECTOR_GP));
	/* Vector 8 as an external interrupt is no double fault. */
	FIELD(IDT_VECTORING_INFO_FIELD) = VALID | EXTERNAL | VECTOR_DF;
	event_reflect(&vcpu, VALID | WITH_ERROR | HARD | VECTOR_GP);
	assert_int_equal(injected(), VALID | WITH_ERROR | HARD | VECTOR_GP);
}

TEST(an_nmi_of_the_machine_ends_the_run)
{
	begin();
	assert_run_ends("NMI", event_reflect(&vcpu, NMI_INFO));
}

TEST(an_interrupt_whose_delivery_faulted_is_pending_again)
{
	begin();
	FIELD(IDT_VECTORING_INFO_FIELD) = VALID | EXTERNAL | 0x60;
	assert_true(event_was_interrupted());
	event_reflect(&vcpu, VALID | WITH_ERROR | HARD | VECTOR_PF);
	assert_int_equal(injected(), VALID | WITH_ERROR | HARD | VECTOR_PF);
	assert_int_equal(vcpu.events.interrupt, 0x60);
	assert_true(window(CPU_BASED_INTR_WINDOW_EXITING));
}

TEST(an_exception_whose_delivery_faulted_is_not_pending_again)
{
	begin();
	FIELD(IDT_VECTORING_INFO_FIELD) = VALID | HARD | VECTOR_UD;
	event_reflect(&vcpu, VALID | WITH_ERROR | HARD | VECTOR_PF);
	assert_false(event_is_pending(&vcpu));
	assert_false(window(CPU_BASED_INTR_WINDOW_EXITING | CPU_BASED_NMI_WINDOW_EXITING));
}

TEST(an_nmi_whose_delivery_faulted_is_pending_again_and_does_not_block)
{
	begin();
	FIELD(GUEST_INTERRUPTIBILITY_INFO) = GUEST_INTR_STATE_NMI;
	FIELD(IDT_VECTORING_INFO_FIELD) = NMI_INFO;
	event_reflect(&vcpu, VALID | WITH_ERROR | HARD | VECTOR_PF);
	assert_true(event_nmi_is_pending(&vcpu));
	assert_int_equal(FIELD(GUEST_INTERRUPTIBILITY_INFO), 0);
	assert_true(window(CPU_BASED_NMI_WINDOW_EXITING));
}

TEST(without_an_interrupted_delivery_nothing_is_injected_again)
{
	begin();
	FIELD(IDT_VECTORING_INFO_FIELD) = EXTERNAL | 0x60;
	assert_false(event_was_interrupted());
	assert_false(event_reinject(&vcpu));
	assert_int_equal(injected(), 0);
}

/*
 * Bit 12 of IDT-vectoring information is undefined, and reserved for an injection (28.2.4, 25.8.3).
 */
TEST(an_interrupted_exception_is_injected_again_with_its_error_code)
{
	begin();
	FIELD(IDT_VECTORING_INFO_FIELD) = VALID | WITH_ERROR | 1u << 12 | HARD | VECTOR_GP;
	FIELD(IDT_VECTORING_ERROR_CODE) = 0x10;
	assert_true(event_reinject(&vcpu));
	assert_int_equal(injected(), VALID | WITH_ERROR | HARD | VECTOR_GP);
	assert_int_equal(FIELD(VM_ENTRY_EXCEPTION_ERROR_CODE), 0x10);
}

/* 27.2.1.3: the deliver-error-code bit must be 0 if CR0.PE is 0. */
TEST(in_real_mode_no_error_code_is_injected_again)
{
	begin();
	FIELD(GUEST_CR0) = 0;
	FIELD(IDT_VECTORING_INFO_FIELD) = VALID | WITH_ERROR | HARD | VECTOR_GP;
	assert_true(event_reinject(&vcpu));
	assert_int_equal(injected(), VALID | HARD | VECTOR_GP);
}

TEST(an_interrupted_software_interrupt_keeps_its_instruction_length)
{
	static const uint32_t types[] = {INTR_TYPE_SOFT_INTR, INTR_TYPE_SOFT_EXCEPTION, INTR_TYPE_PRIV_SW_EXCEPTION};

	for (size_t i = 0; i < COUNT(types); i++) {
		begin();
		FIELD(VM_EXIT_INSTRUCTION_LEN) = 2;
		FIELD(IDT_VECTORING_INFO_FIELD) = VALID | types[i] | 3;
		assert_true(event_reinject(&vcpu));
		assert_int_equal(injected(), VALID | types[i] | 3);
		assert_int_equal(FIELD(VM_ENTRY_INSTRUCTION_LEN), 2);
	}
}

TEST(an_interrupted_nmi_is_injected_again_and_does_not_block_itself)
{
	begin();
	FIELD(GUEST_INTERRUPTIBILITY_INFO) = GUEST_INTR_STATE_NMI;
	FIELD(IDT_VECTORING_INFO_FIELD) = NMI_INFO;
	assert_true(event_reinject(&vcpu));
	assert_int_equal(injected(), NMI_INFO);
	assert_int_equal(FIELD(GUEST_INTERRUPTIBILITY_INFO), 0);
}

/* An injected fault uses RF of the guest's RFLAGS as it is. */
TEST(only_a_fault_of_the_guest_itself_sets_rf_when_it_is_injected_again)
{
	begin();
	FIELD(IDT_VECTORING_INFO_FIELD) = VALID | HARD | VECTOR_UD;
	FIELD(VM_ENTRY_INTR_INFO_FIELD) = HARD | VECTOR_UD; /* the host had injected it */
	assert_true(event_reinject(&vcpu));
	assert_false(FIELD(GUEST_RFLAGS) & RFLAGS_RF);
	FIELD(VM_ENTRY_INTR_INFO_FIELD) = HARD | VECTOR_GP;
	assert_true(event_reinject(&vcpu));
	assert_true(FIELD(GUEST_RFLAGS) & RFLAGS_RF);
}

static bool l1_injects;

static bool injects_own_event(struct vcpu *v)
{
	(void)v;
	return l1_injects;
}

static void save_event_fields(struct vcpu *v)
{
	(void)v;
}

/*
 * If the nested guest's hypervisor injects nothing, an equal event is a fault of the nested guest
 * itself.
 */
TEST(of_the_nested_guest_only_an_event_of_its_hypervisor_counts_as_injected)
{
	static const struct nested_hooks hooks = {.injects_own_event = injects_own_event,
						  .save_event_fields = save_event_fields};

	for (unsigned i = 0; i < 2; i++) {
		begin();
		vcpu.nested = &hooks;
		vcpu.nested_runs = true;
		l1_injects = i;
		FIELD(IDT_VECTORING_INFO_FIELD) = VALID | HARD | VECTOR_UD;
		FIELD(VM_ENTRY_INTR_INFO_FIELD) = HARD | VECTOR_UD;
		assert_true(event_reinject(&vcpu));
		assert_int_equal((FIELD(GUEST_RFLAGS) & RFLAGS_RF) != 0, !i);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(a_reflected_page_fault_takes_cr2_from_the_qualification),
		RUN(a_reflected_breakpoint_keeps_its_instruction_length),
		RUN(two_contributory_exceptions_make_a_double_fault),
		RUN(a_fault_during_a_double_fault_ends_the_run),
		RUN(an_nmi_of_the_machine_ends_the_run),
		RUN(an_interrupt_whose_delivery_faulted_is_pending_again),
		RUN(an_exception_whose_delivery_faulted_is_not_pending_again),
		RUN(an_nmi_whose_delivery_faulted_is_pending_again_and_does_not_block),
		RUN(without_an_interrupted_delivery_nothing_is_injected_again),
		RUN(an_interrupted_exception_is_injected_again_with_its_error_code),
		RUN(in_real_mode_no_error_code_is_injected_again),
		RUN(an_interrupted_software_interrupt_keeps_its_instruction_length),
		RUN(an_interrupted_nmi_is_injected_again_and_does_not_block_itself),
		RUN(only_a_fault_of_the_guest_itself_sets_rf_when_it_is_injected_again),
		RUN(of_the_nested_guest_only_an_event_of_its_hypervisor_counts_as_injected),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
