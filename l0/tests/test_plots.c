// SPDX-License-Identifier: GPL-2.0-only
/* Tests of the data of plots: CSV of any form, the table made of it, and the numbers for
 * gnuplot. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "l0/plots/figure.h"
#include "l0/plots/plots.h"

#define HEAD                                                                                                           \
	"machine,clock,l0,op,family,level,config,n,min_ticks,p50_ticks,p99_ticks,net_p50_ticks,l0_exits_per_op,"       \
	"status,complete\n"
#define ROW(op, family, level, config, p50, net, exits)                                                                \
	"bochs,instructions,kvm," op "," family "," level "," config ",10,5," p50 ",99000," net "," exits ",ok,yes\n"
#define SKIPPED(op, family, level, config)                                                                             \
	"bochs,instructions,kvm," op "," family "," level "," config ",0,,,,,,skipped,yes\n"
#define SUITE                                                                                                          \
	HEAD SKIPPED("vmcall", "paravirtual", "L0",                                                                    \
		     "shadow_vmcs=on") ROW("cpuid", "instruction", "L0", "shadow_vmcs=on", "17", "10",                 \
					   "0") SKIPPED("wrmsr", "instruction", "L0", "shadow_vmcs=on")                \
		ROW("nop", "instruction", "L0", "shadow_vmcs=on", "7", "0",                                            \
		    "0") ROW("vmcall", "paravirtual", "L1", "shadow_vmcs=on", "1007", "1000",                          \
			     "1") ROW("cpuid", "instruction", "L1", "shadow_vmcs=on", "507", "500",                    \
				      "1") ROW("wrmsr", "instruction", "L1", "shadow_vmcs=on", "607", "600", "1")      \
			ROW("cpuid", "instruction", "L1", "shadow_vmcs=on ept=off", "807", "800", "1.5")               \
				ROW("cpuid", "instruction", "L2", "shadow_vmcs=on", "6007", "6000", "2")               \
					ROW("cpuid", "instruction", "L2", "shadow_vmcs=off", "8007", "8000", "6")      \
						ROW("cpuid", "instruction", "L2", "shadow_vmcs=off ept=off", "16007",  \
						    "16000", "60")

static bool parse(struct nb_csv *csv, const char *text, char why[NB_CSV_REASON])
{
	char *copy = malloc(strlen(text) + 1);

	assert_non_null(copy);
	memcpy(copy, text, strlen(text));
	return nb_csv_parse(csv, copy, strlen(text), why);
}

static void csv_is_read(void **state)
{
	char why[NB_CSV_REASON];
	struct nb_csv csv;

	(void)state;
	assert_true(parse(&csv, "a,b,c\n1,,\"x, \"\"y\"\"\"\r\n\"\",2.5,\ttab", why));
	assert_int_equal(csv.rows, 2);
	assert_int_equal(csv.columns, 3);
	assert_string_equal(nb_csv_cell(&csv, 0, "a"), "1");
	assert_string_equal(nb_csv_cell(&csv, 0, "b"), "");
	assert_string_equal(nb_csv_cell(&csv, 0, "c"), "x, ?y?");
	assert_string_equal(nb_csv_cell(&csv, 1, "c"), "?tab");
	assert_string_equal(nb_csv_cell(&csv, 1, "d"), "");
	assert_true(nb_csv_number(&csv, 1, "b") == 2.5);
	assert_true(isnan(nb_csv_number(&csv, 0, "b")));
	assert_true(isnan(nb_csv_number(&csv, 0, "c")));
	assert_true(isnan(nb_csv_number(&csv, 0, "d")));
	nb_csv_free(&csv);
}

static void words_of_old_results_are_renamed(void **state)
{
	char why[NB_CSV_REASON];
	struct nb_csv csv;

	(void)state;
	assert_true(parse(&csv, "l0,route\nnone,none\nkvm,L1\n", why)); /* names no kernel, so it is of 0.1 */
	assert_string_equal(nb_csv_cell(&csv, 0, "l0"), "own");
	assert_string_equal(nb_csv_cell(&csv, 0, "route"), "none");
	assert_string_equal(nb_csv_cell(&csv, 1, "l0"), "kvm");
	nb_csv_free(&csv);
	assert_true(parse(&csv, "kernel,config\n6.1,ept=off mmu=synced\n6.1,mmu=shadow  x\n", why)); /* at any age */
	assert_string_equal(nb_csv_cell(&csv, 0, "config"), "ept=off mmu=shadow-wp");
	assert_string_equal(nb_csv_cell(&csv, 1, "config"), "mmu=shadow  x");
	nb_csv_free(&csv);
	assert_true(parse(&csv, "l0,kernel\nnone,none\n", why));
	assert_string_equal(nb_csv_cell(&csv, 0, "l0"), "none");
	nb_csv_free(&csv);
}

static void bad_csv_is_refused(void **state)
{
	static const struct {
		const char *text, *why;
	} bad[] = {
		{"", "it is empty"},
		{"a,b\n1\n", "row 1 has 1 cells, not 2: the file may be cut off"},
		{"a,b\n1,2\n1,2,3\n", "row 2 has 3 cells, not 2: the file may be cut off"},
		{"a\n\"1\n", "row 1 has a misplaced quote or line end"},
		{"a\n\"1\"2\n", "row 1 has a misplaced quote or line end"},
		{"a\n1\r2\n", "row 1 has a misplaced quote or line end"},
	};
	char why[NB_CSV_REASON];
	struct nb_csv csv;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		assert_false(parse(&csv, bad[i].text, why));
		assert_string_equal(why, bad[i].why);
	}
	assert_false(nb_csv_parse(&csv, calloc(1, 8), 7, why));
	assert_string_equal(why, "it is not text");
}

static void build(struct nb_suite *suite, const char *text)
{
	char why[NB_CSV_REASON] = "";
	struct nb_csv csv;

	assert_true(parse(&csv, text, why));
	if (!nb_suite_build(suite, &csv, why))
		fail_msg("%s", why);
}

/* Operations are in order of families. A skipped row gives the place of an operation that was
 * measured in another configuration. */
static void suite_is_in_order(void **state)
{
	static const char *const names[] = {"cpuid", "wrmsr", "nop", "vmcall"};
	struct nb_suite suite;

	(void)state;
	build(&suite, SUITE);
	assert_int_equal(suite.op_count, 4);
	for (size_t i = 0; i < 4; i++)
		assert_string_equal(suite.ops[i].name, names[i]);
	assert_int_equal(suite.config_count, 4);
	assert_string_equal(suite.configs[1].title, "shadow_vmcs=on ept=off");
	assert_int_equal(nb_deepest_level(&suite), 2);
	assert_true(nb_suite_cell(&suite, 0, 2, 2)->p50 == 8007);
	assert_false(nb_suite_cell(&suite, 1, 0, 0)->there);
	assert_true(isnan(nb_suite_cell(&suite, 1, 0, 0)->exits));
	/* VMCS shadowing does not change L1, EPT does. Neither changes L0. */
	assert_true(nb_suite_base(&suite, 0, 2, 1)->p50 == 507);
	assert_true(nb_suite_base(&suite, 0, 3, 1)->p50 == 807);
	assert_true(nb_suite_base(&suite, 0, 3, 0)->p50 == 17);
	assert_null(nb_suite_base(&suite, 1, 3, 1));
	nb_suite_free(&suite);
}

static void bad_suites_are_refused(void **state)
{
	static const struct {
		const char *text, *why;
	} bad[] = {
		{HEAD, "no row in it has samples, so there is nothing to draw"},
		{HEAD SKIPPED("vmcall", "", "L0", ""), "no row in it has samples, so there is nothing to draw"},
		{"a,b\n1,2\n", "it has no column machine: not a results.csv of nestbed"},
		{HEAD ROW("cpuid", "", "L7", "", "1", "1", ""), "row 1: no level is called 'L7'"},
		{HEAD ROW("cpuid", "", "L1", "x", "1", "1", "") ROW("cpuid", "", "L1", "x", "1", "1", ""),
		 "row 2 is a second one of cpuid at L1 under 'x'"},
		{SUITE "host,tsc_cycles,kvm,cpuid,,L1,,10,5,6,7,8,9,ok,yes\n",
		 "it mixes machines or clocks (bochs by instructions, host by tsc_cycles): draw one at a time"},
		{SUITE "bochs,tsc_cycles,kvm,cpuid,,L1,,10,5,6,7,8,9,ok,yes\n",
		 "it mixes machines or clocks (bochs by instructions, bochs by tsc_cycles): draw one at a time"},
	};
	char why[NB_CSV_REASON];
	struct nb_suite suite;
	struct nb_csv csv;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		assert_true(parse(&csv, bad[i].text, why));
		assert_false(nb_suite_build(&suite, &csv, why));
		assert_string_equal(why, bad[i].why);
	}
}

/* Returns the data of a plot. *lack gets what is missing. The caller frees it. */
static char *data_of(const char *(*plot)(const struct nb_plot_input *input, FILE *out), const char *text,
		     const char **lack)
{
	struct nb_suite suite;
	struct nb_plot_input input = {.suite = &suite};
	char *data = NULL;
	size_t size;
	FILE *out = open_memstream(&data, &size);

	assert_non_null(out);
	build(&suite, text);
	*lack = plot(&input, out);
	fclose(out);
	nb_suite_free(&suite);
	return data;
}

/* Returns true if a line of the data has this end. */
static bool has_line(const char *data, const char *end)
{
	const char *at = strstr(data, end);

	while (at && at[strlen(end)] != '\n')
		at = strstr(at + 1, end);
	return at;
}

static void ratios_are_right(void **state)
{
	const char *lack;
	char *data = data_of(nb_plot_slowdown, SUITE, &lack);

	(void)state;
	assert_null(lack);
	assert_true(has_line(data, "\t50\t50")); /* cpuid, L1 / L0 */
	assert_true(has_line(data, "\t80\t80")); /* without EPT */
	assert_true(has_line(data, "\t12\t12")); /* L2 / L1 */
	assert_true(has_line(data, "\t16\t16")); /* without shadowing, by the same L1 */
	assert_true(has_line(data, "\t20\t20")); /* and by the L1 without EPT */
	assert_null(strstr(data, "nop"));        /* costs no more than the loop */
	assert_non_null(strstr(data, "\tmachine bochs, clock instructions, n = 10\t"));
	free(data);
	data = data_of(nb_plot_slowdown, HEAD ROW("cpuid", "", "L2", "", "10", "3", ""), &lack);
	assert_non_null(lack);
	free(data);
}

static void savings_are_right(void **state)
{
	const char *lack;
	char *data = data_of(nb_plot_shadowing, SUITE, &lack);

	(void)state;
	assert_null(lack);
	assert_true(has_line(data, "\t8000\t6000\t25.000\t25 %"));
	free(data);
	/* Another knob makes no pair. */
	data = data_of(nb_plot_shadowing,
		       HEAD ROW("cpuid", "", "L2", "shadow_vmcs=on", "10", "3", "")
			       ROW("cpuid", "", "L2", "shadow_vmcs=off ept=off", "10", "3", ""),
		       &lack);
	assert_string_equal(lack, "L2 was not measured with VMCS shadowing both on and off");
	free(data);
}

static void exits_are_right(void **state)
{
	const char *lack;
	char *data = data_of(nb_plot_exits, SUITE, &lack);

	(void)state;
	assert_null(lack);
	assert_true(has_line(data, "\t1.5\t1.5"));
	assert_true(has_line(data, "\t60\t60"));
	assert_non_null(strstr(data, "\tL2, shadow_vmcs=off ept=off\n"));
	free(data);
	/* A level that is not drawn is not in the legend. */
	data = data_of(nb_plot_exits, HEAD ROW("cpuid", "", "L2", "", "10", "3", "2"), &lack);
	assert_null(lack);
	assert_non_null(strstr(data, "# levels\n2\n"));
	free(data);
	data = data_of(nb_plot_exits,
		       HEAD ROW("cpuid", "", "L2", "", "10", "3", "2") ROW("cpuid", "", "L1", "", "5", "3", "1"),
		       &lack);
	assert_non_null(strstr(data, "# levels\n1\n2\n"));
	free(data);
	data = data_of(nb_plot_exits, HEAD ROW("cpuid", "", "L2", "", "10", "3", ""), &lack);
	assert_string_equal(lack, "no exits to L0 were counted in L1 or deeper");
	free(data);
}

static void distributions_are_right(void **state)
{
	struct nb_loaded_row row = {
		.op = (char *)"cpuid", .level = (char *)"L1", .config = (char *)"", .l0 = (char *)"kvm"};
	struct nb_loaded loaded = {.rows = &row, .row_count = 1};
	uint64_t samples[] = {300, 100, 100, 100, 100, 200, 100, 100, 100, 100};
	struct nb_plot_input input = {.samples = &loaded};
	struct nb_suite suite;
	char *data = NULL;
	size_t size;
	FILE *out = open_memstream(&data, &size);

	(void)state;
	assert_non_null(out);
	row.samples = samples;
	row.sample_count = 10;
	build(&suite, HEAD ROW("cpuid", "", "L1", "", "100", "93", ""));
	input.suite = &suite;
	assert_null(nb_plot_distribution(&input, out));
	row.sample_count = 0;
	assert_string_equal(nb_plot_distribution(&input, out), "results.json has none of the samples");
	input.samples = NULL;
	assert_non_null(nb_plot_distribution(&input, out));
	fclose(out);
	nb_suite_free(&suite);
	/* 80%, 90%, and the last one as if another one of twenty were above it. */
	assert_non_null(strstr(data, "# curve 001\n100\t0\n100\t0.6990\n200\t1.0000\n300\t1.3010\n"));
	free(data);
}

/* Counters of one window; `empty` has only two VMREADs and an exit. */
static void fault_cascades_are_stacked(void **state)
{
	static const char counters[] = "\"hv.exit.EPT_VIOLATION\":10,\"hv.exit.VMCALL\":1,\"hv.vmread.GUEST_RIP\":12,"
				       "\"hv.vmwrite.GUEST_RIP\":10,\"hv.vmread.HOST_RIP\":10,\"hv.housekeeping\":20";
	static const char empty[] = "\"hv.exit.VMCALL\":1,\"hv.vmread.GUEST_RIP\":2";
	static const struct {
		const char *op, *config, *level, *counters;
		double exits;
	} rows[] = {
		{"empty", "shadow_vmcs=on", "L2", empty, 0},
		{"touch_2", "shadow_vmcs=on", "L2", counters, 6},
		{"touch_2", "shadow_vmcs=on", "L1", "", 1},
		{"touch_2m_1", "shadow_vmcs=on", "L2", counters, 5},
		{"empty", "shadow_vmcs=off mmu=shadow-wp", "L2", empty, 0},
		{"demand_1", "shadow_vmcs=off mmu=shadow-wp", "L2", counters, 6.5},
	};
	static char csv[2000] = HEAD, json[4000];
	struct nb_plot_input input = {0};
	char why[NB_LOAD_REASON];
	struct nb_loaded loaded;
	struct nb_suite suite;
	const char *lack;
	char *data = NULL;
	size_t size;
	FILE *out;

	(void)state;
	strcat(json, "{\"schema\":2,\"complete\":true,\"damage\":null,\"metadata\":{},\"rows\":[");
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		/* 10 samples, of 0 ticks */
		snprintf(
			json + strlen(json), sizeof(json) - strlen(json),
			"%s{\"machine\":\"bochs\",\"clock\":\"instructions\",\"l0\":\"kvm\",\"op\":\"%s\",\"level\":\"%s\","
			"\"route\":\"L1\",\"config\":\"%s\",\"complete\":\"yes\",\"status\":\"ok\",\"note\":\"\",\"n\":10,"
			"\"windows\":1,\"samples\":{\"n\":10,\"encoding\":\"zlib+base64\",\"data\":\"eJxjYKAVAAAAWgAB\"},"
			"\"counters\":{%s},\"l0_exits_per_op\":%.2f}",
			i ? "," : "", rows[i].op, rows[i].level, rows[i].config, rows[i].counters, rows[i].exits);
		snprintf(csv + strlen(csv), sizeof(csv) - strlen(csv),
			 "bochs,instructions,kvm,%s,translation,%s,%s,10,0,0,0,0,%.2f,ok,yes\n", rows[i].op,
			 rows[i].level, rows[i].config, rows[i].exits);
	}
	strcat(json, "]}");
	assert_true(nb_load_text(&loaded, json, strlen(json), why));
	build(&suite, csv);
	input = (struct nb_plot_input){&suite, &loaded};
	out = open_memstream(&data, &size);
	assert_non_null(out);
	lack = nb_plot_fault_cascades(&input, out);
	fclose(out);
	assert_null(lack);
	/* With shadowing HOST_RIP alone traps; 1 + 1 + 1 + 2, and one more is L0's. */
	assert_true(has_line(data, "\t0\t1"));
	assert_non_null(strstr(data, "\n1\t1\t"));
	assert_non_null(strstr(data, "\t1\t2\n"));
	assert_non_null(strstr(data, "\t2\t3\n"));
	assert_non_null(strstr(data, "\t3\t5\n"));
	assert_non_null(strstr(data, "\t5\t6\n"));
	/* Without it the VMREAD and the VMWRITE of GUEST_RIP do, too: 1 + 1 + 3 + 2, of which L1
	 * was told of half a one that was none. */
	assert_true(has_line(data, "\t0\t0.5"));
	assert_true(has_line(data, "\t0.5\t1.5"));
	assert_true(has_line(data, "\t1.5\t4.5"));
	assert_true(has_line(data, "\t4.5\t6.5"));
	assert_true(has_line(data, "\t4")); /* of touch_2m_1 */
	/* n + 3, and 2n + 4; the number does not stand in the mark. */
	assert_non_null(strstr(data, "# published\n1\t"));
	assert_true(has_line(data, "\t5"));
	assert_true(has_line(data, "\t6"));
	assert_true(has_line(data, "\t6\t6"));
	assert_true(has_line(data, "\t6.5\t6.5"));
	free(data);
	/* Nobody is told that a run of something else has no such plot; who has no counters is. */
	input.samples = NULL;
	out = open_memstream(&data, &size);
	assert_non_null(out);
	assert_string_equal(nb_plot_fault_cascades(&input, out), "there is no results.json");
	nb_suite_free(&suite);
	build(&suite, SUITE);
	assert_string_equal(nb_plot_fault_cascades(&input, out), "");
	fclose(out);
	free(data);
	nb_suite_free(&suite);
	nb_loaded_free(&loaded);
}

static void numbers_are_short(void **state)
{
	static const struct {
		double value;
		const char *text;
	} numbers[] = {{0, "0"},         {1, "1"},          {2.345, "2.35"},    {12.34, "12.3"},
		       {999, "999"},     {1000, "1.00k"},   {9994, "9.99k"},    {9999, "10.0k"},
		       {123456, "123k"}, {999999, "1.00M"}, {12345678, "12.3M"}};
	char text[NB_SHORT];

	(void)state;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
		assert_string_equal(nb_short(text, numbers[i].value), numbers[i].text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(csv_is_read),
		cmocka_unit_test(words_of_old_results_are_renamed),
		cmocka_unit_test(bad_csv_is_refused),
		cmocka_unit_test(suite_is_in_order),
		cmocka_unit_test(bad_suites_are_refused),
		cmocka_unit_test(ratios_are_right),
		cmocka_unit_test(savings_are_right),
		cmocka_unit_test(exits_are_right),
		cmocka_unit_test(distributions_are_right),
		cmocka_unit_test(fault_cascades_are_stacked),
		cmocka_unit_test(numbers_are_short),
	};

	return cmocka_run_group_tests_name("plots", tests, NULL, NULL);
}
