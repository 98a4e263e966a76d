// SPDX-License-Identifier: GPL-2.0-only
/* Tests of an operation's cost from level to level: rows, exits, factors, table, file, and the
 * figure's data. */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "l0/base/allocate.h"
#include "l0/plots/depth_figure.h"
#include "l0/results/depth.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
#define N        10u

static const struct nb_op_info list[] = {
	{.name = "empty", .family = "none", .where = NB_ANYWHERE | NB_ROOT},
	{.name = "cpuid", .family = "instruction", .where = NB_ANYWHERE, .l1 = 1, .kvm = 1},
	{.name = "vmclear", .family = "vmx", .where = NB_ROOT, .kvm = 1},
};

static const struct nb_op_info *get_op(const char *name)
{
	for (size_t i = 0; i < COUNT(list); i++)
		if (strcmp(list[i].name, name) == 0)
			return &list[i];
	return NULL;
}

static struct nb_results results;
static struct nb_report report;
static struct nb_depth depth;

static struct nb_run *add_run(const char *level, const char *l0, const char *config)
{
	struct nb_run *run;

	results.runs = nb_grow(results.runs, results.run_count, sizeof(*run));
	run = &results.runs[results.run_count++];
	memset(run, 0, sizeof(*run));
	run->level = nb_strdup(level);
	run->l0 = nb_strdup(l0);
	run->config = nb_strdup(config);
	run->vmm = nb_strdup("");
	run->ended = true;
	return run;
}

static struct nb_op_result *add_op(struct nb_run *run, const char *name, uint64_t ticks)
{
	struct nb_op_result *op;

	run->ops = nb_grow(run->ops, run->op_count, sizeof(*op));
	op = &run->ops[run->op_count++];
	memset(op, 0, sizeof(*op));
	strcpy(op->name, name);
	for (size_t i = 0; i < N; i++) {
		op->samples = nb_grow(op->samples, i, sizeof(*op->samples));
		op->samples[i] = (struct nb_sample){i, ticks};
	}
	op->sample_count = N;
	op->windows = op->closed = 1;
	op->window = nb_grow(NULL, 0, sizeof(*op->window));
	memset(op->window, 0, sizeof(*op->window));
	return op;
}

static void add_counter(struct nb_op_result *op, const char *key, uint64_t value)
{
	op->counters = nb_grow(op->counters, op->counter_count, sizeof(*op->counters));
	op->counters[op->counter_count].key = nb_strdup(key);
	op->counters[op->counter_count++].value = value;
}

/* The exits of N executions and of the closing doorbell, as each of our hypervisors has counted
 * them. */
static void add_exits(struct nb_op_result *op, const char *const *names, const unsigned *per_op)
{
	char key[64];

	for (; *names; names++, per_op++) {
		const bool empty = strcmp(op->name, "empty") == 0;

		snprintf(key, sizeof(key), "%s.exit.IO_INSTRUCTION", *names);
		add_counter(op, key, 3);
		snprintf(key, sizeof(key), "%s.exit.VMREAD", *names);
		if (!empty)
			add_counter(op, key, *per_op * N);
	}
}

#define NAMES(...) ((const char *const[]){__VA_ARGS__, NULL})
#define EACH(...)  ((const unsigned[]){__VA_ARGS__})

static void measure(const char *level, const char *l0, const char *config, const char *name, uint64_t ticks,
		    const char *const *names, const unsigned *per_op)
{
	struct nb_run *run = add_run(level, l0, config);

	add_exits(add_op(run, "empty", 7), names, per_op);
	run = &results.runs[results.run_count - 1];
	add_exits(add_op(run, name, 7 + ticks), names, per_op);
}

static void build(void)
{
	nb_report_build(&report, &results, "bochs", get_op);
	nb_depth_build(&depth, &report);
}

static int end(void **state)
{
	(void)state;
	nb_depth_free(&depth);
	nb_report_free(&report);
	nb_results_free(&results);
	return 0;
}

/* Our hypervisor at every level: L1 once, the other levels with and without shadowing. */
static void measure_ours(void)
{
	measure("L0", "own", "shadow_vmcs=on", "cpuid", 3, NAMES(NULL), EACH(0));
	measure("L1", "own", "shadow_vmcs=on", "cpuid", 100, NAMES("hv"), EACH(1));
	measure("L2", "own", "shadow_vmcs=on", "cpuid", 1000, NAMES("l0", "hv"), EACH(2, 1));
	measure("L2", "own", "shadow_vmcs=off", "cpuid", 2500, NAMES("l0", "hv"), EACH(6, 1));
	measure("L3", "own", "shadow_vmcs=on", "cpuid", 12000, NAMES("l0", "l1", "hv"), EACH(20, 4, 1));
	measure("L3", "own", "shadow_vmcs=off", "cpuid", 50000, NAMES("l0", "l1", "hv"), EACH(36, 6, 1));
}

static void expect_row(size_t i, const char *config, unsigned level, double factor, const double *handled)
{
	const struct nb_depth_row *row = &depth.rows[i];

	assert_true(i < depth.count);
	assert_string_equal(row->row->config, config);
	assert_int_equal(row->level, level);
	assert_true(isnan(factor) ? isnan(row->factor) : fabs(row->factor - factor) < 1e-9);
	for (unsigned l = 0; l < STACK_DEEPEST; l++)
		assert_true(l < level ? row->handled[l] == handled[l] : isnan(row->handled[l]));
}

#define HANDLED(...) ((const double[]){__VA_ARGS__})

static void rows_in_order_with_factors(void **state)
{
	(void)state;
	measure_ours();
	build();
	assert_int_equal(depth.count, 5); /* neither L0 nor `empty` */
	assert_int_equal(depth.deepest, 3);
	expect_row(0, "shadow_vmcs=on", 1, 100.0 / 3, HANDLED(1));
	expect_row(1, "shadow_vmcs=on", 2, 10, HANDLED(2, 1));
	expect_row(2, "shadow_vmcs=on", 3, 12, HANDLED(20, 4, 1));
	expect_row(3, "shadow_vmcs=off", 2, 25, HANDLED(6, 1)); /* to L1, where shadowing is nothing */
	expect_row(4, "shadow_vmcs=off", 3, 20, HANDLED(36, 6, 1));
}

/* KVM's own statistics count the exits that KVM handles. Each hypervisor above counts its own. */
static void above_kvm(void **state)
{
	struct nb_run *run;
	struct nb_op_result *op;

	(void)state;
	run = add_run("L3", "kvm", "shadow_vmcs=on");
	op = add_op(run, "empty", 7);
	add_exits(op, NAMES("l1", "hv"), EACH(0, 0));
	add_counter(op, "kvm.exits", 5);
	add_counter(op, "kvm.irq_exits", 1);
	op = add_op(run, "cpuid", 107);
	add_exits(op, NAMES("l1", "hv"), EACH(8, 1));
	add_counter(op, "kvm.exits", 5 + 30 * N);
	add_counter(op, "kvm.irq_exits", 1);
	build();
	assert_int_equal(depth.count, 1);
	expect_row(0, "shadow_vmcs=on", 3, NAN, HANDLED(30, 8, 1));
}

/* Our hypervisor measured itself: there is no "hv", and those below it have the names of their
 * levels. */
static void a_hypervisor_measured(void **state)
{
	(void)state;
	measure("L2", "own", "shadow_vmcs=on", "vmclear", 500, NAMES("l0", "l1"), EACH(4, 1));
	build();
	assert_int_equal(depth.count, 1);
	expect_row(0, "shadow_vmcs=on", 2, NAN, HANDLED(4, 1));
}

static void nothing_to_say(void **state)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	(void)state;
	measure("L0", "own", "", "cpuid", 3, NAMES(NULL), EACH(0));
	build();
	assert_int_equal(depth.count, 0);
	nb_depth_print(&depth, out);
	fclose(out);
	assert_string_equal(text, "");
	free(text);
}

static char *written(void (*write)(const struct nb_depth *, FILE *))
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	write(&depth, out);
	fclose(out);
	return text;
}

static void the_file(void **state)
{
	char *text;

	(void)state;
	measure_ours();
	results.runs[1].config[0] = '"'; /* a guest may write anything */
	build();
	text = written(nb_depth_put_csv);
	assert_non_null(strstr(
		text,
		"machine,clock,kernel,kernel_args,cpu,l0,op,config,level,l0_exits_per_op,l1_exits_per_op,l2_exits_per_op,"
		"l3_exits_per_op,net_p50_ticks,factor,status\n"));
	assert_non_null(strstr(text, "bochs,instructions,,,,own,cpuid,\"\"\"hadow_vmcs=on\",L1,1.00,,,,100.00,33.33,"));
	assert_non_null(
		strstr(text, "\nbochs,instructions,,,,own,cpuid,shadow_vmcs=off,L3,36.00,6.00,1.00,,50000.00,20.00,"));
	free(text);
}

static void the_table(void **state)
{
	char *text;

	(void)state;
	measure_ours();
	build();
	text = written(nb_depth_print);
	assert_non_null(
		strstr(text, "shadow_vmcs=off  L3         36.00       6.00       1.00      50000.00     20.00\n"));
	assert_non_null(strstr(text, "published, in cycles of hardware: a hypercall 1,575 at L1, 37,733 at L2, 857,578 "
				     "at L3, factors 24 and 23"));
	for (const char *end = text; (end = strchr(end, '\n')) != NULL; end++)
		assert_true(end == text || end[-1] != ' ');
	free(text);
}

static void write_figure(const struct nb_depth *of, FILE *out)
{
	nb_depth_figure_write(out, of);
}

/* Published cycles are on no axis with ticks: only their factors are in the figure. */
static void the_figure_has_factors_alone_of_what_is_published(void **state)
{
	char *text;

	(void)state;
	measure_ours();
	build();
	text = written(write_figure);
	assert_non_null(strstr(text, "# line 001\n1\t100\n2\t1000\n3\t12000\n"));
	assert_non_null(strstr(text, "# line 002\n1\t100\n2\t2500\n3\t50000\n")); /* from the one L1 that there is */
	assert_non_null(strstr(text, "# line 003\n1\t1\n2\t2\n3\t20\n"));
	assert_non_null(strstr(text, "# line 005\n1\t33.3333333\n2\t10\n3\t12\n"));
	assert_non_null(strstr(text, "# line 007\n2\t23.9"));
	assert_null(strstr(text, "37733"));
	assert_null(strstr(text, "857578"));
	assert_non_null(strstr(text, "3\t0\t0\n")); /* the panel of factors */
	assert_null(strstr(text, "\t0\t0\n3\t"));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(rows_in_order_with_factors, end),
		cmocka_unit_test_teardown(above_kvm, end),
		cmocka_unit_test_teardown(a_hypervisor_measured, end),
		cmocka_unit_test_teardown(nothing_to_say, end),
		cmocka_unit_test_teardown(the_file, end),
		cmocka_unit_test_teardown(the_table, end),
		cmocka_unit_test_teardown(the_figure_has_factors_alone_of_what_is_published, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
