// SPDX-License-Identifier: GPL-2.0-only
/* Results of several machines as plots show them: the figure of CPU generations has all of them,
 * the others the first one. */
// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
// clang-format on
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "l0/plots/plots.h"

#define HEAD                                                                                                            \
	"machine,clock,kernel,kernel_args,cpu,l0,op,family,level,config,n,min_ticks,p50_ticks,p99_ticks,net_p50_ticks," \
	"l0_exits_per_op,status,complete\n"
#define ROW(kernel, cpu, op, family, level, config, net, exits)                                                        \
	"bochs,instructions," kernel ",," cpu ",kvm," op "," family "," level "," config ",10,5,6,7," net "," exits    \
	",ok,yes\n"
#define CPUID(cpu, config, net, exits) ROW("6.1", cpu, "cpuid", "instruction", "L2", config, net, exits)

#define GENERATIONS                                                                                                    \
	HEAD CPUID("haswell", "shadow_vmcs=on", "9745", "2") CPUID("haswell", "shadow_vmcs=off", "13149", "6")         \
		ROW("6.1", "haswell", "cpuid", "instruction", "L1", "shadow_vmcs=on", "964", "1")                      \
			CPUID("penryn", "shadow_vmcs=off ept=off vpid=off", "23262", "6")                              \
				CPUID("broadwell", "shadow_vmcs=on", "9913", "2")                                      \
					CPUID("broadwell", "shadow_vmcs=on ept=off", "77777", "9")                     \
						ROW("6.12", "haswell", "cpuid", "instruction", "L2", "shadow_vmcs=on", \
						    "10634", "2")

static void build(struct nb_suite *suite, const char *text)
{
	char why[NB_CSV_REASON] = "", *copy = malloc(strlen(text) + 1);
	struct nb_csv csv;

	assert_non_null(copy);
	memcpy(copy, text, strlen(text));
	assert_true(nb_csv_parse(&csv, copy, strlen(text), why));
	if (!nb_suite_build(suite, &csv, why))
		fail_msg("%s", why);
}

/* Returns the data of the figure, or NULL if it is not drawn. The caller frees it. */
static char *figure_of(const char *text)
{
	struct nb_suite suite;
	struct nb_plot_input input = {.suite = &suite};
	const char *lack;
	char *data = NULL;
	size_t size;
	FILE *out = open_memstream(&data, &size);

	assert_non_null(out);
	build(&suite, text);
	lack = nb_plot_cpu_generations(&input, out);
	fclose(out);
	nb_suite_free(&suite);
	if (!lack)
		return data;
	assert_string_equal(lack, "");
	free(data);
	return NULL;
}

static void other_plots_are_of_the_first_machine(void **state)
{
	struct nb_suite suite;

	(void)state;
	build(&suite, GENERATIONS);
	assert_true(suite.several);
	assert_string_equal(suite.cpu, "haswell");
	assert_string_equal(suite.kernel, "6.1");
	assert_int_equal(suite.config_count, 2);
	assert_true(nb_suite_cell(&suite, 0, 0, 2)->net == 9745);
	assert_true(nb_suite_is_of(&suite, "6.1", "", "haswell"));
	assert_false(nb_suite_is_of(&suite, "6.12", "", "haswell"));
	assert_false(nb_suite_is_of(&suite, "6.1", "mitigations=auto", "haswell"));
	assert_false(nb_suite_is_of(&suite, "6.1", "", "penryn"));
	nb_suite_free(&suite);
	build(&suite, HEAD CPUID("haswell", "shadow_vmcs=on", "9745", "2"));
	assert_false(suite.several);
	/* Samples of a file of 0.1 have names that its CSV has not. */
	assert_true(nb_suite_is_of(&suite, "", "", "an emulated CPU"));
	nb_suite_free(&suite);
}

static void generations_stand_by_age(void **state)
{
	char *data = figure_of(GENERATIONS);

	(void)state;
	assert_non_null(data);
	assert_non_null(strstr(data, "# cpus\n1\tpenryn 2008\n2\thaswell 2013\n3\tbroadwell 2014\n"));
	/* Panel, setting, place, cost, exits: of each CPU the configuration that it has by itself,
	 * on the first kernel. */
	assert_non_null(
		strstr(data, "# points\n1\t2\t1\t23262\t6\n1\t1\t2\t9745\t2\n1\t2\t2\t13149\t6\n1\t1\t3\t9913\t2\n"));
	assert_null(strstr(data, "77777"));
	assert_null(strstr(data, "10634"));
	assert_non_null(strstr(data, "# line 001\n2\t9745\n3\t9913\n"));
	assert_non_null(strstr(data, "# line 002\n1\t23262\n2\t13149\n"));
	assert_non_null(strstr(data, "\n2\t0\tEPT\n2\t1\tVPID\n2\t2\tunrestricted guests\n2\t3\tVMCS shadowing\n"));
	free(data);
}

static void one_cpu_makes_no_figure(void **state)
{
	(void)state;
	assert_null(figure_of(HEAD CPUID("haswell", "shadow_vmcs=on", "9745", "2")));
	/* One CPU that is measured on two kernels is one. */
	assert_null(figure_of(HEAD CPUID("haswell", "shadow_vmcs=on", "9745", "2") ROW(
		"6.12", "penryn", "cpuid", "instruction", "L2", "shadow_vmcs=off", "1", "6")));
	/* A file of 0.1 names no CPU. */
	assert_null(figure_of("machine,clock,l0,op,family,level,config,n,min_ticks,p50_ticks,p99_ticks,net_p50_ticks,"
			      "l0_exits_per_op,status,complete\n"
			      "bochs,instructions,kvm,cpuid,instruction,L2,shadow_vmcs=on,10,5,6,7,8,2,ok,yes\n"));
}

/* With more operations than panels, each family shows the operation that differs most. */
static void families_share_the_panels(void **state)
{
	static const char *const families[] = {"io",        "none",        "vmx",        "interrupt",
					       "exception", "instruction", "paravirtual"};
	static char text[8192] = HEAD;
	char *data;

	(void)state;
	for (size_t family = 0; family < sizeof(families) / sizeof(families[0]); family++)
		for (unsigned op = 0; op < 2; op++)
			for (unsigned cpu = 0; cpu < 2; cpu++)
				snprintf(
					text + strlen(text), sizeof(text) - strlen(text),
					"bochs,instructions,6.1,,%s,kvm,%s_%u,%s,L2,shadow_vmcs=off,10,5,6,7,%zu,6,ok,yes\n",
					cpu ? "haswell" : "penryn", families[family], op, families[family],
					cpu ? 100 : 100 * (family + 2) + 50 * op);
	data = figure_of(text);
	assert_non_null(data);
	/* The least of the seven differences has no panel, nor has the lesser one of a family. */
	assert_non_null(strstr(data, "\tparavirtual_1\n"));
	assert_non_null(strstr(data, "\tnone_1\n"));
	assert_null(strstr(data, "\tio_1\n"));
	assert_null(strstr(data, "\tnone_0\n"));
	free(data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(other_plots_are_of_the_first_machine),
		cmocka_unit_test(generations_stand_by_age),
		cmocka_unit_test(one_cpu_makes_no_figure),
		cmocka_unit_test(families_share_the_panels),
	};

	return cmocka_run_group_tests_name("cpu_generations", tests, NULL, NULL);
}
