// SPDX-License-Identifier: GPL-2.0-only
/* Tests of the time that L0 spends on the work that an event begins. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "trace/handling.h"
#include "vmcs-shadow/exit_reasons.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct trace_event events[] = {
	{.time = 100, .seq = 5, .kind = TRACE_EXIT, .level = 2, .reason = VMX_EXIT_EPT_VIOLATION},
	{.time = 130, .seq = 6, .kind = TRACE_PAGE_FAULT, .level = 2},
	{.time = 150, .seq = 7, .kind = TRACE_EXIT, .level = 2, .reason = VMX_EXIT_EPT_VIOLATION, .vcpu = 1},
	{.time = 160, .seq = 8, .kind = TRACE_ENTRY, .level = 2},
	{.time = 190, .seq = 9, .kind = TRACE_ENTRY, .level = 1, .vcpu = 1},
	{.time = 200, .seq = 10, .kind = TRACE_EXIT, .level = 2, .reason = VMX_EXIT_EPT_VIOLATION},
	{.time = 210, .seq = 12, .kind = TRACE_ENTRY, .level = 2}, /* behind a hole */
	{.time = 220, .seq = 13, .kind = TRACE_EXIT, .level = 2, .reason = VMX_EXIT_EPT_VIOLATION},
};

static void up_to_the_vcpus_next_entry(void **state)
{
	static const uint64_t expected[COUNT(events)] = {60, 30, 40};

	(void)state;
	for (size_t i = 0; i < COUNT(events); i++) {
		uint64_t ns = 0;

		assert_int_equal(handling__ns(events, COUNT(events), i, &ns), expected[i] != 0);
		assert_int_equal(ns, expected[i]);
	}
}

/* An exit follows another exit of the same vCPU, and the entry between them is missing. */
static void an_exit_ends_it(void **state)
{
	static const struct trace_event lost[] = {
		{.time = 1, .seq = 0, .kind = TRACE_EXIT, .level = 1},
		{.time = 2, .seq = 1, .kind = TRACE_EXIT, .level = 1},
		{.time = 3, .seq = 2, .kind = TRACE_ENTRY, .level = 1},
	};
	uint64_t ns;

	(void)state;
	assert_false(handling__ns(lost, 3, 0, &ns));
	assert_true(handling__ns(lost, 3, 1, &ns));
	assert_int_equal(ns, 1);
}

static void all_of_a_kind_together(void **state)
{
	const struct cascade_step exits = {TRACE_EXIT, 2, VMX_EXIT_EPT_VIOLATION}, faults = {TRACE_PAGE_FAULT, 2, 0},
				  others = {TRACE_EXIT, 1, VMX_EXIT_EPT_VIOLATION};
	struct handling h;

	(void)state;
	assert_true(handling__of(events, COUNT(events), &exits, 2, &h));
	assert_int_equal(h.count, 2);
	assert_float_equal((float)h.median, 100.0f, 1e-6f);
	assert_float_equal((float)h.max, 120.0f, 1e-6f);
	assert_true(handling__of(events, COUNT(events), &faults, 1, &h));
	assert_int_equal(h.count, 1);
	assert_float_equal((float)h.p90, 30.0f, 1e-6f);
	assert_false(handling__of(events, COUNT(events), &others, 1, &h));
	assert_false(handling__of(events, 0, &exits, 1, &h));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(up_to_the_vcpus_next_entry),
		cmocka_unit_test(an_exit_ends_it),
		cmocka_unit_test(all_of_a_kind_together),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
