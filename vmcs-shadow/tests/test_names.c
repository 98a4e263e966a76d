// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the names of exit reasons and VM-instruction errors.
 * Holes and the values beyond the end matter as much as the names: a trace may carry any number.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "vmcs-shadow/exit_reasons.h"
#include "vmcs-shadow/instruction_errors.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct {
	const char *name;
	uint32_t number;
} reasons[] = {
#define REASON(name, number) {#name, number},
	VMX_EXIT_REASONS(REASON)};

static const struct {
	const char *name;
	uint32_t number;
	const char *text;
} errors[] = {
#define ERROR(name, number, text) {#name, number, text},
	VMX_INSTRUCTION_ERRORS(ERROR)};

static void exit_reasons_ascend_without_duplicates(void **state)
{
	(void)state;
	for (size_t i = 1; i < COUNT(reasons); i++) {
		if (reasons[i].number <= reasons[i - 1].number)
			fail_msg("%s stands after %s", reasons[i].name, reasons[i - 1].name);
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(reasons[i].name, reasons[j].name);
	}
}

static void exit_reasons_have_their_names(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(reasons); i++)
		assert_string_equal(vmx_exit_reason_name(reasons[i].number), reasons[i].name);
	assert_string_equal(vmx_exit_reason_name(0), "EXCEPTION_NMI");
	assert_string_equal(vmx_exit_reason_name(1), "EXTERNAL_INTERRUPT");
	assert_string_equal(vmx_exit_reason_name(10), "CPUID");
	assert_string_equal(vmx_exit_reason_name(12), "HLT");
	assert_string_equal(vmx_exit_reason_name(18), "VMCALL");
	assert_string_equal(vmx_exit_reason_name(24), "VMRESUME");
	assert_string_equal(vmx_exit_reason_name(33), "INVALID_STATE");
	assert_string_equal(vmx_exit_reason_name(48), "EPT_VIOLATION");
	assert_string_equal(vmx_exit_reason_name(52), "PREEMPTION_TIMER");
	assert_string_equal(vmx_exit_reason_name(62), "PML_FULL");
	assert_string_equal(vmx_exit_reason_name(68), "TPAUSE");
	assert_string_equal(vmx_exit_reason_name(69), "LOADIWKEY");
	assert_string_equal(vmx_exit_reason_name(75), "NOTIFY");
	assert_int_equal(VMX_EXIT_EPT_VIOLATION, 48);
	assert_int_equal(VMX_EXIT_CPUID, 10);
}

static void exit_reason_holes_are_unknown(void **state)
{
	static const uint32_t holes[] = {35, 38, 42, 71, 82, 83};
	size_t unknown = 0;

	(void)state;
	for (size_t i = 0; i < COUNT(holes); i++)
		assert_string_equal(vmx_exit_reason_name(holes[i]), "UNKNOWN");
	for (uint32_t basic = 0; basic < VMX_EXIT_REASON_COUNT; basic++)
		unknown += strcmp(vmx_exit_reason_name(basic), "UNKNOWN") == 0;
	assert_int_equal(unknown, COUNT(holes));
}

static void exit_reasons_end_at_the_count(void **state)
{
	uint32_t highest = 0;

	(void)state;
	for (size_t i = 0; i < COUNT(reasons); i++) {
		if (reasons[i].number > highest)
			highest = reasons[i].number;
	}
	assert_int_equal(VMX_EXIT_REASON_COUNT, highest + 1);
	assert_string_not_equal(vmx_exit_reason_name(VMX_EXIT_REASON_COUNT - 1), "UNKNOWN");
	assert_string_equal(vmx_exit_reason_name(VMX_EXIT_REASON_COUNT), "UNKNOWN");
	assert_string_equal(vmx_exit_reason_name(0xffff), "UNKNOWN");
	assert_string_equal(vmx_exit_reason_name(0xffffffff), "UNKNOWN");
}

static void a_failed_entry_is_split_into_flag_and_reason(void **state)
{
	uint32_t field = 0x80000021;

	(void)state;
	assert_true(field & VMX_EXIT_REASON_ENTRY_FAILURE);
	assert_int_equal(field & VMX_EXIT_REASON_BASIC_MASK, VMX_EXIT_INVALID_STATE);
	assert_string_equal(vmx_exit_reason_name(field), "UNKNOWN");
}

static void errors_ascend_without_duplicates(void **state)
{
	(void)state;
	for (size_t i = 1; i < COUNT(errors); i++) {
		if (errors[i].number <= errors[i - 1].number)
			fail_msg("%s stands after %s", errors[i].name, errors[i - 1].name);
		for (size_t j = 0; j < i; j++) {
			assert_string_not_equal(errors[i].name, errors[j].name);
			assert_string_not_equal(errors[i].text, errors[j].text);
		}
	}
}

static void errors_have_names_and_texts(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(errors); i++) {
		assert_string_equal(vmx_instruction_error_name(errors[i].number), errors[i].name);
		assert_string_equal(vmx_instruction_error_text(errors[i].number), errors[i].text);
	}
	assert_string_equal(vmx_instruction_error_name(4), "VMLAUNCH_NONCLEAR_VMCS");
	assert_string_equal(vmx_instruction_error_name(7), "ENTRY_INVALID_CONTROL_FIELD");
	assert_string_equal(vmx_instruction_error_text(8), "VM entry with invalid host-state field(s)");
	assert_string_equal(vmx_instruction_error_text(12), "VMREAD/VMWRITE from/to unsupported VMCS component");
	assert_int_equal(VMX_ERROR_INVALID_OPERAND_INVEPT_INVVPID, 28);
}

static void error_holes_are_unknown(void **state)
{
	static const uint32_t holes[] = {0, 14, 21, 27, 29, 0xffffffff};

	(void)state;
	assert_int_equal(COUNT(errors), 25);
	assert_int_equal(VMX_INSTRUCTION_ERROR_COUNT, 29);
	for (size_t i = 0; i < COUNT(holes); i++) {
		assert_string_equal(vmx_instruction_error_name(holes[i]), "UNKNOWN");
		assert_string_equal(vmx_instruction_error_text(holes[i]), "not a VM-instruction error of the SDM");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exit_reasons_ascend_without_duplicates),
		cmocka_unit_test(exit_reasons_have_their_names),
		cmocka_unit_test(exit_reason_holes_are_unknown),
		cmocka_unit_test(exit_reasons_end_at_the_count),
		cmocka_unit_test(a_failed_entry_is_split_into_flag_and_reason),
		cmocka_unit_test(errors_ascend_without_duplicates),
		cmocka_unit_test(errors_have_names_and_texts),
		cmocka_unit_test(error_holes_are_unknown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
