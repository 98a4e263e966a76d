// SPDX-License-Identifier: GPL-2.0-only
/* Tests of gnuplot's data for a trace: steps and arrows of a cascade, bars of a breakdown. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "l0/plots/trace_figures.h"
#include "vmcs-shadow/exit_reasons.h"

static const struct nb_trace_source source = {"bochs", "instructions", "L2", "shadow_vmcs=on", 1, 1};

/* A nested CPUID, then one exit that L0's user space serves. */
static const struct trace_event events[] = {
	{1000, 0, 0, VMX_EXIT_CPUID, 0, TRACE_EXIT, 2, 0x10a8f2, 0, 0},
	{1100, 0, 1, VMX_EXIT_CPUID, 0, TRACE_NESTED_EXIT, 2, 0x10a8f2, 0, 0},
	{1300, 0, 2, VMX_EXIT_CPUID, 0, TRACE_VIRTUAL_EXIT, 1, 0x10a8f2, 0, 0},
	{1600, 0, 3, 0, 0, TRACE_ENTRY, 1, 0x10a8f2, 0, 0},
	{2000, 0, 4, VMX_EXIT_VMRESUME, 0, TRACE_EXIT, 1, 0x10a8f2, 0, 0},
	{2001, 0x109414, 5, 0, 0, TRACE_NESTED_ENTRY, 2, 0x10a8f2, 0, 0},
	{2002, 0, 6, 0, 0, TRACE_ENTRY, 2, 0x10a8f2, 0, 0},
	{3000, 0, 7, VMX_EXIT_IO_INSTRUCTION, 0, TRACE_EXIT, 2, 0x10a8f2, 0, 0},
	{3100, 0x4e50, 8, 1, 0, TRACE_PIO, 1, 0x10a8f2, 0, 0},
	{3200, 0, 9, 2, 0, TRACE_USER, 1, 0x10a8f2, 0, 0},
	{4000, 0, 10, 0, 0, TRACE_ENTRY, 2, 0x10a8f2, 0, 0},
};

static struct cascades cascades_of_events(void)
{
	struct cascades c = {0};

	cascades__add(&c, events, sizeof(events) / sizeof(events[0]), 2, false);
	cascades__sort(&c);
	assert_int_equal(c.group_count, 2);
	return c;
}

static char *figure_of(const struct cascade_group *group)
{
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	nb_trace_cascade_write(out, &source, "cpuid", group, 2);
	fclose(out);
	return text;
}

static void expect_lines(const char *text, const char *const *lines)
{
	for (; *lines; lines++)
		if (!strstr(text, *lines))
			fail_msg("no \"%s\" in:\n%s", *lines, text);
}

/* Lane, part, begin, end, the label's place, text. The label of a short step gives way to that
 * before it. */
static void steps_and_arrows(void **state)
{
	static const char *const expected[] = {
		"\n2\t1\t0\t100\t0\t0  exit CPUID\n",
		"\n2\t4\t300\t600\t300\t+200  virtual exit CPUID\n",
		"\n1\t5\t600\t1000\t600\t+300  entry L1\n",
		"\n2\t3\t1000\t1001\t",
		"\t+1  nested entry 0x109414\n",
		"\n0\t0\t1002\t1002\t1052.1\t+1  entry L2\n",
		"# arrows\n0\t2\t0\t0\t0\n2\t1\t300\t600\t1\n1\t2\t1000\t1000\t0\n2\t0\t1002\t1002\t0\n",
		"# parts\n1\tL2 <-> L0 switch, dispatch\n2\tvmcs02/vmcs12 transformation\n3\tL0 handling\n",
		"A cascade that cpuid sets off at L2, shadow_vmcs=on\tmachine bochs, clock instructions, n = 1",
		"1 of 2 cascades took these 7 steps\tinstructions (emulated; never a latency)",
		NULL,
	};
	struct cascades c = cascades_of_events();
	char *text = figure_of(&c.groups[0]);

	(void)state;
	expect_lines(text, expected);
	assert_null(strstr(text, "L0 user space"));
	free(text);
	cascades__free(&c);
}

static void user_space_has_a_lane(void **state)
{
	static const char *const expected[] = {
		"\n2\t3\t100\t200\t100\t+100  port I/O write 0x4e50\n",
		"\n3\t6\t200\t1000\t200\t+100  user space, KVM_EXIT 2\n",
		"# arrows\n0\t2\t0\t0\t0\n2\t3\t200\t200\t0\n3\t0\t1000\t1000\t0\n",
		"6\tL0 user space\n",
		NULL,
	};
	struct cascades c = cascades_of_events();
	char *text = figure_of(&c.groups[1]);

	(void)state;
	expect_lines(text, expected);
	free(text);
	cascades__free(&c);
}

static void details(void **state)
{
	const struct {
		struct trace_event event;
		const char *text;
	} cases[] = {
		{{.kind = TRACE_EXIT, .info = 0x181, .rip = 0x103fec}, " rip 0x103fec qualification 0x181"},
		{{.kind = TRACE_VIRTUAL_EXIT, .info = 1, .interruption_info = 0x80000b0e, .error_code = 3},
		 " qualification 0x1 interruption 0x80000b0e error 0x3"},
		{{.kind = TRACE_PIO, .info = 0x4e50}, ""}, /* the step itself says it */
		{{.kind = TRACE_EXIT,
		  .info = UINT64_MAX,
		  .rip = UINT64_MAX,
		  .interruption_info = UINT32_MAX,
		  .error_code = UINT32_MAX},
		 " rip 0xffffffffffffffff qualification 0xffffffffffffffff interruption 0xffffffff error 0xffffffff"},
	};
	char text[NB_STEP_TEXT];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(nb_trace_detail(&cases[i].event, text), cases[i].text);
}

/* A bar begins at the end of the one before, and shares end at 100. A family's name is at its first
 * operation. */
static void bars(void **state)
{
	static const struct nb_trace_bar all[] = {
		{"cpuid", "instruction", {[CASCADE_SWITCH_L2] = 100, [CASCADE_TRANSFORM] = 250, [CASCADE_L1] = 50}},
		{"vmcall", "instruction", {[CASCADE_L0] = 1000}},
		{"pio_user", "io", {[CASCADE_L0] = 500, [CASCADE_USER] = 1500}},
	};
	static const char *const expected[] = {
		"\t0\t100\n",
		"\t100\t350\n",
		"\t350\t400\n",
		"\t25\t87.5\n",
		"\t87.5\t100\n",
		"\t400\t400\n",
		"\t1000\t1.00k\n",
		"\t2000\t2.00k\n",
		"\t0\t2280\tL2, shadow_vmcs=on\n",
		"\tinstruction\n",
		"\tio\n",
		"vmcall\t",
		NULL,
	};
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	assert_non_null(out);
	nb_trace_breakdown_write(out, &source, all, 3);
	fclose(out);
	expect_lines(text, expected);
	assert_null(strstr(text, "L0 <-> L1 switch"));
	free(text);
}

/* Labels of fast steps do not touch each other, and stay inside the figure. */
static void labels_have_room(void **state)
{
	struct trace_event many[CASCADE_STEPS_MAX];
	struct cascades c = {0};
	double before = -1e9, most = 0;
	char *text, *line;

	(void)state;
	for (size_t i = 0; i < CASCADE_STEPS_MAX; i++)
		many[i] = (struct trace_event){.time = 1000 + (i == 64 ? 5000 : 0) + (i > 64 ? 5000 : 0) + i,
					       .seq = (uint32_t)i,
					       .kind = i == 0 ? TRACE_EXIT : TRACE_MSR,
					       .level = 1};
	many[CASCADE_STEPS_MAX - 1].kind = TRACE_ENTRY;
	cascades__add(&c, many, CASCADE_STEPS_MAX, 1, false);
	assert_int_equal(c.whole, 1);
	text = figure_of(&c.groups[0]);
	line = strstr(text, "# steps\n") + strlen("# steps\n");
	for (size_t i = 0; i < CASCADE_STEPS_MAX; i++, line = strchr(line, '\n') + 1) {
		double label;

		assert_int_equal(sscanf(line, "%*d\t%*d\t%*f\t%*f\t%lf", &label), 1);
		assert_true(label > before + 5000.0 / (CASCADE_STEPS_MAX + 4));
		before = label;
		most = label > most ? label : most;
	}
	assert_true(most <= 5127 * 1.0501);
	free(text);
	cascades__free(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(steps_and_arrows), cmocka_unit_test(user_space_has_a_lane),
		cmocka_unit_test(details),          cmocka_unit_test(bars),
		cmocka_unit_test(labels_have_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
