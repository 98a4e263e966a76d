// SPDX-License-Identifier: GPL-2.0-only
/* Tests of the exports' lanes. A viewer shows a vCPU as a thread, and its slices end with the next
 * event of the same vCPU. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "l0/experiments/trace_export.h"
#include "vmcs-shadow/exit_reasons.h"

/* Two vCPUs at the same time: 3 is on its way from L2 to L1, 0 in L1 alone. */
static struct trace_event events[] = {
	{.time = 1000, .seq = 0, .kind = TRACE_EXIT, .level = 2, .reason = VMX_EXIT_CPUID, .vcpu = 3},
	{.time = 2000, .seq = 1, .kind = TRACE_EXIT, .level = 1, .reason = VMX_EXIT_HLT},
	{.time = 3000, .seq = 2, .kind = TRACE_VIRTUAL_EXIT, .level = 1, .reason = VMX_EXIT_CPUID, .vcpu = 3},
	{.time = 4000, .seq = 3, .kind = TRACE_ENTRY, .level = 1},
	{.time = 6000, .seq = 4, .kind = TRACE_ENTRY, .level = 1, .vcpu = 3},
	{.time = 9000, .seq = 5, .kind = TRACE_EXIT, .level = 1, .reason = VMX_EXIT_HLT},
	{.time = 9500, .seq = 6, .kind = TRACE_EXIT, .level = 1, .reason = VMX_EXIT_VMRESUME, .vcpu = 3},
};

static struct nb_op_result op = {.name = "cpuid", .events = events, .event_count = sizeof(events) / sizeof(events[0])};

static void a_vcpu_is_a_thread(void **state)
{
	static const struct {
		int tid;
		double us;
	} slice[] = {{3, 2}, {0, 2}, {3, 3}, {0, 5}, {3, 3.5}};
	char *text = NULL;
	size_t size, slices = 0, arrows = 0, i;
	FILE *out = open_memstream(&text, &size);
	json_t *root, *each;

	(void)state;
	assert_non_null(out);
	assert_true(trace__put_json(out, &op));
	fclose(out);
	root = json_loads(text, 0, NULL);
	assert_non_null(root);
	json_array_foreach(json_object_get(root, "traceEvents"), i, each)
	{
		const char *phase = json_string_value(json_object_get(each, "ph"));
		const int tid = (int)json_integer_value(json_object_get(each, "tid"));

		if (strcmp(phase, "X") == 0) {
			assert_true(slices < 5);
			assert_int_equal(tid, slice[slices].tid);
			assert_float_equal((float)json_number_value(json_object_get(each, "dur")),
					   (float)slice[slices].us, 1e-6f);
			slices++;
		} else if (strcmp(phase, "s") == 0 || strcmp(phase, "f") == 0) {
			assert_int_equal(tid, 3);
			arrows++;
		}
	}
	assert_int_equal(slices, 5);
	assert_int_equal(arrows, 2);
	json_decref(root);
	free(text);
}

static void the_table_says_who_and_how_long(void **state)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	assert_non_null(out);
	assert_true(trace__put_csv(out, &op));
	fclose(out);
	assert_non_null(strstr(text, ",error,vcpu,to_entry_ns\n"));
	assert_non_null(strstr(text, "0,1000,exit,L2,CPUID,0,0,0,0,3,5000\n"));
	assert_non_null(strstr(text, "1,2000,exit,L1,HLT,0,0,0,0,0,2000\n"));
	assert_non_null(strstr(text, "3,4000,entry,L1,,0,0,0,0,0,\n"));
	assert_non_null(strstr(text, "5,9000,exit,L1,HLT,0,0,0,0,0,\n"));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_vcpu_is_a_thread),
		cmocka_unit_test(the_table_says_who_and_how_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
