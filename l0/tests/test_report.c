// SPDX-License-Identifier: GPL-2.0-only
/* Tests of the report: rows of a small experiment worked out by hand, and the files made from
 * them. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <jansson.h>

#include "l0/base/allocate.h"
#include "l0/results/pack.h"
#include "l0/results/write.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* A made-up list with one operation of each kind. Kinds differ in where exits go, and in whether
 * they are predicted. */
static const struct nb_op_info list[] = {
	{.name = "empty", .family = "loop", .where = NB_ANYWHERE | NB_ROOT},
	{.name = "cpuid", .family = "", .where = NB_ANYWHERE, .l1 = 1, .kvm = 1},
	{.name = "vmcall", .family = "", .where = NB_GUEST, .l1 = 1, .kvm = 1},
	{.name = "to_l1", .family = "", .where = NB_GUEST | NB_USER_L1, .l1 = 1, .kvm = 1},
	{.name = "to_kernel", .family = "", .where = NB_GUEST, .l0 = 1, .kvm = 1},
	{.name = "to_user", .family = "", .where = NB_GUEST | NB_USER | NB_USER_L1, .l0 = 1, .kvm = 1},
	{.name = "by_policy", .family = "", .where = NB_GUEST, .l0 = NB_COUNTED, .kvm = NB_COUNTED},
	{.name = "by_time", .family = "", .where = NB_GUEST, .l1 = NB_COUNTED, .l0 = NB_COUNTED, .kvm = NB_COUNTED},
	{.name = "never", .family = "", .where = NB_GUEST},
	{.name = "paging", .family = "", .where = NB_GUEST | NB_PAGING, .l1 = 1},
	{.name = "shadowed", .family = "", .where = NB_ROOT | NB_SHADOWED, .kvm = 1},
	{.name = "plain", .family = "", .where = NB_ROOT, .kvm = 1},
};

static const struct nb_op_info *get_op(const char *name)
{
	for (size_t i = 0; i < COUNT(list); i++)
		if (strcmp(list[i].name, name) == 0)
			return &list[i];
	return NULL;
}

static struct nb_run *add_run(struct nb_results *results, const char *level, const char *config)
{
	struct nb_run *run;

	results->runs = nb_grow(results->runs, results->run_count, sizeof(*run));
	run = &results->runs[results->run_count++];
	run->level = nb_strdup(level);
	run->l0 = nb_strdup("kvm");
	run->config = nb_strdup(config);
	run->vmm = nb_strdup("nestbed");
	run->ended = true;
	return run;
}

/* An operation with n samples, in turn of `low` and `low + 2` ticks, in one closed window. */
static struct nb_op_result *add_op(struct nb_run *run, const char *name, size_t n, uint64_t low)
{
	struct nb_op_result *op;

	run->ops = nb_grow(run->ops, run->op_count, sizeof(*op));
	op = &run->ops[run->op_count++];
	strcpy(op->name, name);
	for (size_t i = 0; i < n; i++) {
		op->samples = nb_grow(op->samples, i, sizeof(*op->samples));
		op->samples[i].ticks = low + 2 * (i % 2);
	}
	op->sample_count = n;
	op->windows = op->closed = n ? 1 : 0;
	op->window = n ? nb_grow(NULL, 0, sizeof(*op->window)) : NULL;
	return op;
}

static void add_counter(struct nb_op_result *op, const char *key, uint64_t value)
{
	op->counters = nb_grow(op->counters, op->counter_count, sizeof(*op->counters));
	op->counters[op->counter_count].key = nb_strdup(key);
	op->counters[op->counter_count++].value = value;
	if (strcmp(key, "kvm.irq_exits") == 0)
		op->window[0].kvm = (struct nb_irq_count){true, value};
}

static void add_meta(struct nb_results *results, const char *key, const char *value)
{
	results->meta = nb_grow(results->meta, results->meta_count, sizeof(*results->meta));
	results->meta[results->meta_count].key = nb_strdup(key);
	results->meta[results->meta_count++].value = nb_strdup(value);
}

/* L2 with 4 executions: each costs a CPUID exit, a VMRESUME and a VMREAD of a field that L0 does
 * not shadow. */
static void add_l2(struct nb_results *results, uint64_t kvm_exits)
{
	struct nb_run *run = add_run(results, "L2", "shadow_vmcs=on");
	struct nb_op_result *op = add_op(run, "empty", 4, 24);

	add_counter(op, "hv.exit.IO_INSTRUCTION", 1);
	add_counter(op, "hv.vmread.HOST_RIP", 1);
	add_counter(op, "hv.vmresume", 1);
	add_counter(op, "hv.forwarded", 1);
	add_counter(op, "kvm.exits", 5);
	add_counter(op, "kvm.irq_exits", 1);
	add_counter(op, "kvm.nested_run", 1);
	op = add_op(run, "cpuid", 4, 10500);
	add_counter(op, "hv.exit.IO_INSTRUCTION", 1);
	add_counter(op, "hv.exit.CPUID", 4);
	add_counter(op, "hv.vmread.HOST_RIP", 5);
	add_counter(op, "hv.vmwrite.GUEST_RIP", 4);
	add_counter(op, "hv.vmresume", 5);
	add_counter(op, "hv.forwarded", 1);
	add_counter(op, "kvm.exits", kvm_exits);
	add_counter(op, "kvm.irq_exits", 0);
	add_counter(op, "kvm.nested_run", 5);
}

/* A run on one level with `empty` and one operation, 4 executions each. KVM's count of the
 * operation is given without its doorbell. */
static struct nb_run *add_single(struct nb_results *results, const char *config, const char *name, uint64_t kvm_exits)
{
	struct nb_run *run = add_run(results, "L1", config);
	struct nb_op_result *op = add_op(run, "empty", 4, 24);

	add_counter(op, "kvm.exits", 1);
	add_counter(op, "kvm.irq_exits", 0);
	op = add_op(run, name, 4, 900);
	add_counter(op, "kvm.exits", 1 + kvm_exits);
	add_counter(op, "kvm.irq_exits", 0);
	return run;
}

/* The same at L2: the exits that our hypervisor handled, and KVM's additional exits. */
static struct nb_run *add_nested(struct nb_results *results, const char *name, uint64_t handled, uint64_t kept)
{
	struct nb_run *run = add_run(results, "L2", "shadow_vmcs=on");

	for (int i = 0; i < 2; i++) {
		struct nb_op_result *op = add_op(run, i ? name : "empty", 4, 24);
		uint64_t exits = 1 + (i ? handled : 0);

		add_counter(op, "hv.exit.IO_INSTRUCTION", 1);
		add_counter(op, "hv.exit.CPUID", i ? handled : 0);
		add_counter(op, "hv.vmresume", exits);
		add_counter(op, "hv.forwarded", 1);
		add_counter(op, "kvm.exits", 2 * exits + 1 + (i ? kept : 0));
		add_counter(op, "kvm.irq_exits", 0);
		add_counter(op, "kvm.nested_run", exits);
	}
	return run;
}

static void add_experiment(struct nb_results *results)
{
	struct nb_run *run = add_run(results, "L0", "");
	struct nb_op_result *op;

	add_meta(results, "kernel", "6.1.0-18 \"cloud\"");
	/* Not in the order of the list: a seed has shuffled them. */
	op = add_op(run, "vmcall", 0, 0);
	op->skip = nb_strdup("not legal in ring 3: #UD, \"always\"");
	add_op(run, "cpuid", 4, 130);
	add_op(run, "empty", 4, 24);

	run = add_run(results, "L1", "");
	op = add_op(run, "vmcall", 4, 950); /* no empty in this run */
	add_counter(op, "kvm.exits", 5);
	add_counter(op, "kvm.irq_exits", 0);

	add_l2(results, 16);

	run = add_run(results, "L1", "");
	run->ended = false;
	add_op(run, "cpuid", 3, 1000)->closed = 0;
}

#define HEADER                                                                                                                                \
	"machine,clock,kernel,kernel_args,cpu,l0,op,family,level,route,config,n,min_ticks,p50_ticks,p50_low_ticks,p50_high_ticks,mean_ticks," \
	"p90_ticks,p99_ticks,max_ticks,sd_ticks,mad_ticks,price_low_ticks,price_high_ticks,price_high_share,"                                 \
	"l0_exits_per_op,loop_ticks,net_p50_ticks,outliers,"                                                                                  \
	"irq_samples,l0_irq_exits,hv_exits_per_op,hv_vmreads_per_op,hv_vmwrites_per_op,complete,status,note\n"

#define BOCHS "bochs,instructions,,,,kvm,"

/* With few samples, the interval of the median covers all samples. */
static const char golden[] = HEADER BOCHS
	"empty,loop,L0,none,,4,24,25.00,24.00,26.00,25.00,26.00,26.00,26,1.15,1.00,25.00,25.00,0.00,0.00,25.00,0.00,0,,0,0.00,0.00,0.00,"
	"yes,ok,\n" BOCHS
	"cpuid,,L0,none,,4,130,131.00,130.00,132.00,131.00,132.00,132.00,132,1.15,1.00,131.00,131.00,0.00,0.00,25.00,106.00,0,,0,0.00,0.00,0.00,"
	"yes,ok,\n" BOCHS
	"vmcall,,L0,none,,0,,,,,,,,,,,,,,,,,,,,,,,yes,skipped,\"not legal in ring 3: #UD, \"\"always\"\"\"\n" BOCHS
	"vmcall,,L1,L0-kernel,,4,950,951.00,950.00,952.00,951.00,952.00,952.00,952,1.15,1.00,951.00,951.00,0.00,,,,0,0,0,,,,yes,ok,\n" BOCHS
	"empty,loop,L2,none,shadow_vmcs=on,4,24,25.00,24.00,26.00,25.00,26.00,26.00,26,1.15,1.00,25.00,25.00,0.00,0.00,25.00,0.00,"
	"0,0,1,0.00,0.00,0.00,yes,ok,\n" BOCHS
	"cpuid,,L2,L1,shadow_vmcs=on,4,10500,10501.00,10500.00,10502.00,10501.00,10502.00,10502.00,10502,1.15,1.00,10501.00,10501.00,0.00,3.00,"
	"25.00,10476.00,0,0,0,1.00,1.00,1.00,yes,ok,\n" BOCHS
	"cpuid,,L1,L0-kernel,,3,1000,1000.00,1000.00,1002.00,1000.67,1001.60,1001.96,1002,1.15,0.00,1000.00,1000.00,0.00,,,,0,,,,,,no,"
	"incomplete,its window was not closed; the run has no end\n";

struct fixture {
	char folder[32];
	char path[64];
	struct nb_results results;
	struct nb_report report;
};

static int setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	if (!fixture)
		return -1;
	strcpy(fixture->folder, "/tmp/nb-report-XXXXXX");
	if (!mkdtemp(fixture->folder))
		/* cppcheck-suppress memleak */
		return -1;
	snprintf(fixture->path, sizeof(fixture->path), "%s/out", fixture->folder);
	*state = fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;
	int left;

	nb_report_free(&fixture->report);
	nb_results_free(&fixture->results);
	unlink(fixture->path);
	left = rmdir(fixture->folder); /* fails if a temporary file was left behind */
	free(fixture);
	return left;
}

static char *contents(const char *path)
{
	char *text = calloc(1, 65536);
	FILE *in = fopen(path, "r");

	assert_non_null(text);
	assert_non_null(in);
	assert_true(fread(text, 1, 65535, in) < 65535);
	fclose(in);
	return text;
}

static void the_csv_is_the_golden_text(void **state)
{
	struct fixture *fixture = *state;
	struct stat status;
	char *text;

	add_experiment(&fixture->results);
	nb_report_build(&fixture->report, &fixture->results, "bochs", get_op);
	assert_int_equal(nb_report_mismatches(&fixture->report), 0);
	assert_true(nb_write_csv(&fixture->report, fixture->path));
	text = contents(fixture->path);
	assert_string_equal(text, golden);
	free(text);
	assert_int_equal(stat(fixture->path, &status), 0);
	assert_int_equal(status.st_mode & 0400, 0400);
}

/* Ten samples in two windows: five cheap ones and five dear ones. */
static void two_prices_are_in_the_row_and_in_its_note(void **state)
{
	struct fixture *fixture = *state;
	struct nb_op_result *op = add_op(add_run(&fixture->results, "L2", "shadow_vmcs=on"), "cpuid", 10, 10100);
	const struct nb_row *row;

	free(op->window);
	op->window = calloc(2, sizeof(*op->window));
	assert_non_null(op->window);
	op->windows = op->closed = 2;
	op->window[1].first = 5;
	for (size_t i = 0; i < 10; i++)
		op->samples[i].ticks = i < 5 ? 10100 : 10455;
	nb_report_build(&fixture->report, &fixture->results, "bochs", get_op);
	row = &fixture->report.rows[0];
	assert_float_equal(row->price_low_ticks, 10100, 0);
	assert_float_equal(row->price_high_ticks, 10455, 0);
	assert_float_equal(row->price_high_share, 0.5, 0);
	assert_non_null(strstr(row->note, "two prices: 10100 ticks in 1 of 2 windows, 10455 in 1"));
}

static void the_json_says_the_same_and_more(void **state)
{
	struct fixture *fixture = *state;
	json_error_t error;
	json_t *root, *rows, *row;
	uint64_t ticks[4];
	uint8_t flags[4];

	add_experiment(&fixture->results);
	nb_report_build(&fixture->report, &fixture->results, "host", get_op);
	assert_true(nb_write_json(&fixture->report, fixture->path));
	root = json_load_file(fixture->path, JSON_REJECT_DUPLICATES, &error);
	if (!root)
		fail_msg("%s at line %d", error.text, error.line);
	assert_int_equal(json_integer_value(json_object_get(root, "schema_version")), NB_SCHEMA);
	assert_true(json_is_false(json_object_get(root, "complete")));
	assert_true(json_is_null(json_object_get(root, "damage")));
	assert_string_equal(json_string_value(json_object_get(json_object_get(root, "metadata"), "kernel")),
			    "6.1.0-18 \"cloud\"");
	rows = json_object_get(root, "rows");
	assert_int_equal(json_array_size(rows), 7);
	row = json_array_get(rows, 5);
	for (size_t i = 0; i < NB_COLUMN_COUNT; i++)
		assert_non_null(json_object_get(row, nb_columns[i].name));
	assert_string_equal(json_string_value(json_object_get(row, "clock")), "tsc_cycles");
	assert_string_equal(json_string_value(json_object_get(row, "vmm")), "nestbed");
	assert_float_equal((float)json_number_value(json_object_get(row, "l0_exits_per_op")), 3.0f, 1e-6f);
	assert_int_equal(json_integer_value(json_object_get(row, "windows")), 1);
	assert_int_equal(json_integer_value(json_object_get(json_object_get(row, "counters"), "kvm.exits")), 16);
	row = json_object_get(row, "samples");
	assert_int_equal(json_integer_value(json_object_get(row, "n")), 4);
	assert_string_equal(json_string_value(json_object_get(row, "encoding")), "zlib+base64");
	row = json_object_get(row, "data");
	assert_null(nb_unpack(json_string_value(row), json_string_length(row), 4, ticks, flags));
	assert_int_equal(ticks[1], 10502);
	assert_int_equal(flags[1], 0);
	row = json_array_get(rows, 2);
	assert_true(json_is_null(json_object_get(row, "p50_ticks")));
	row = json_object_get(row, "samples");
	assert_int_equal(json_integer_value(json_object_get(row, "n")), 0);
	assert_string_equal(json_string_value(json_object_get(row, "data")), "eJwDAAAAAAE=");
	json_decref(root);
}

static void the_same_results_give_the_same_bytes(void **state)
{
	struct fixture *fixture = *state;
	char *first, *second;

	add_experiment(&fixture->results);
	nb_report_build(&fixture->report, &fixture->results, "bochs", get_op);
	assert_true(nb_write_json(&fixture->report, fixture->path));
	first = contents(fixture->path);
	assert_true(nb_write_json(&fixture->report, fixture->path));
	second = contents(fixture->path);
	assert_string_equal(first, second);
	free(first);
	free(second);
}

static void a_mismatch_is_a_status_with_a_table(void **state)
{
	struct fixture *fixture = *state;
	const struct nb_row *row;
	char *text;
	size_t size;
	FILE *out;

	add_l2(&fixture->results, 17);
	nb_report_build(&fixture->report, &fixture->results, "bochs", get_op);
	assert_int_equal(nb_report_mismatches(&fixture->report), 1);
	row = &fixture->report.rows[1];
	assert_string_equal(row->status, "mismatch");
	assert_string_equal(row->note, "L0 exits: 16 expected, 17 counted");
	assert_non_null(row->mismatch);
	out = open_memstream(&text, &size);
	nb_print_mismatches(&fixture->report, out);
	fclose(out);
	assert_non_null(strstr(text, "shadow_vmcs=on"));
	assert_non_null(strstr(text, "hv.exit.CPUID"));
	free(text);
}

static void a_missing_witness_is_a_mismatch_but_under_qemu(void **state)
{
	struct fixture *fixture = *state;
	const struct nb_row *row;

	add_op(add_run(&fixture->results, "L1", ""), "cpuid", 4, 1000);
	free(fixture->results.runs[0].vmm);
	fixture->results.runs[0].vmm = strdup("qemu");
	add_op(add_run(&fixture->results, "L1", ""), "cpuid", 4, 1000);
	nb_report_build(&fixture->report, &fixture->results, "host", get_op);
	row = fixture->report.rows;
	assert_string_equal(row[0].status, "ok");
	assert_string_equal(row[1].status, "mismatch");
	assert_int_equal(nb_report_mismatches(&fixture->report), 1);
	for (int i = 0; i < 2; i++) {
		assert_string_equal(row[i].note, "not checked: no exit statistics from KVM");
		assert_true(isnan(row[i].l0_exits_per_op));
		assert_true(row[i].l0_irq_exits == NB_ABSENT);
	}
}

/* The rows have the order of the list, in whatever order a seed put the windows. Operations outside
 * the list come last, in the order of the stream. */
static void rows_come_in_the_order_of_the_list(void **state)
{
	static const char *const due[] = {"empty", "cpuid", "never", "plain", "zz", "aa"};
	struct fixture *fixture = *state;

	for (unsigned permutation = 0; permutation < 720; permutation++) {
		const char *left[COUNT(due)];
		struct nb_run *run = add_run(&fixture->results, "L0", "");
		bool zz_first = false, unknown_seen = false;

		memcpy(left, due, sizeof(due));
		for (unsigned count = COUNT(due), rest = permutation; count > 0; rest /= count, count--) {
			const char *name = left[rest % count];

			left[rest % count] = left[count - 1];
			add_op(run, name, 1, 10);
			if (!unknown_seen && name[0] == name[1]) {
				unknown_seen = true;
				zz_first = name[0] == 'z';
			}
		}
		nb_report_build(&fixture->report, &fixture->results, "bochs", get_op);
		assert_int_equal(fixture->report.row_count, COUNT(due));
		for (size_t i = 0; i < 4; i++)
			assert_string_equal(fixture->report.rows[i].op, due[i]);
		assert_string_equal(fixture->report.rows[zz_first ? 4 : 5].op, "zz");
		assert_string_equal(fixture->report.rows[zz_first ? 5 : 4].op, "aa");
		nb_report_free(&fixture->report);
		nb_results_free(&fixture->results);
	}
}

/* The cost of the loop is that of `empty`, at any place in the stream. */
static void empty_may_come_last(void **state)
{
	struct fixture *fixture = *state;
	struct nb_run *run = add_run(&fixture->results, "L0", "");

	add_op(run, "cpuid", 4, 130);
	add_op(run, "empty", 4, 24);
	nb_report_build(&fixture->report, &fixture->results, "bochs", get_op);
	assert_string_equal(fixture->report.rows[1].op, "cpuid");
	assert_float_equal((float)fixture->report.rows[1].net_p50_ticks, 106.0f, 1e-6f);
}

static void a_run_without_operations_has_no_rows(void **state)
{
	struct fixture *fixture = *state;

	add_run(&fixture->results, "L1", "");
	nb_report_build(&fixture->report, &fixture->results, "bochs", get_op);
	assert_int_equal(fixture->report.row_count, 0);
}

/* Builds a report of the last run. The caller checks its second row. */
static const struct nb_row *second_row(struct fixture *fixture)
{
	nb_report_free(&fixture->report);
	nb_report_build(&fixture->report, &fixture->results, "host", get_op);
	return &fixture->report.rows[fixture->report.row_count - 1];
}

/* In a guest of KVM: the owner of an exit, and no exit where none was counted. */
static void routes_of_one_level(void **state)
{
	static const struct {
		const char *config, *op;
		uint64_t exits;
		const char *route;
	} cases[] = {
		{"", "cpuid", 4, "L0-kernel"},
		{"", "never", 0, "none"},
		{"", "to_l1", 4, "L0-user"},
		{"", "to_kernel", 4, "L0-kernel"},
		{"", "to_user", 4, "L0-user"},
		{"", "by_policy", 4, "L0-kernel"},
		{"", "by_policy", 0, "none"},
		{"", "by_time", 9, "L0-kernel"},
		{"shadow_vmcs=on", "shadowed", 0, "none"},
		{"shadow_vmcs=off", "shadowed", 4, "L0-kernel"},
		{"shadow_vmcs=on", "plain", 4, "L0-kernel"},
		{"shadow_vmcs=on ept=off", "never", 0, "none"},
		{"shadow_vmcs=on ept=off", "never", 4, "L0-kernel"},
		{"shadow_vmcs=on ept=off", "cpuid", 5, "L0-kernel"},
	};
	struct fixture *fixture = *state;

	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct nb_row *row;

		add_single(&fixture->results, cases[i].config, cases[i].op, cases[i].exits);
		row = second_row(fixture);
		assert_string_equal(row->op, cases[i].op);
		if (strcmp(row->status, "ok") != 0 || strcmp(row->route, cases[i].route) != 0)
			fail_msg("%s [%s] with %d exits: %s, %s (%s)", cases[i].op, cases[i].config,
				 (int)cases[i].exits, row->status, row->route, row->note);
		assert_float_equal((float)row->l0_exits_per_op, (float)cases[i].exits / 4, 1e-6f);
	}
}

static void routes_of_l2(void **state)
{
	static const struct {
		const char *op;
		uint64_t handled, kept;
		const char *route;
	} cases[] = {
		{"cpuid", 4, 0, "L1"},
		{"to_l1", 4, 0, "L1"},
		{"never", 0, 0, "none"},
		{"to_kernel", 0, 4, "L0-kernel"},
		{"to_user", 0, 4, "L0-user"},
		{"by_policy", 0, 0, "none"},
		{"by_policy", 0, 4, "L0-kernel"},
		{"by_policy", 0, 12, "L0-kernel"},
		{"by_time", 3, 2, "L1"},
	};
	struct fixture *fixture = *state;

	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct nb_row *row;

		add_nested(&fixture->results, cases[i].op, cases[i].handled, cases[i].kept);
		row = second_row(fixture);
		if (strcmp(row->status, "ok") != 0 || strcmp(row->route, cases[i].route) != 0)
			fail_msg("%s with %d to L1 and %d kept: %s, %s (%s)", cases[i].op, (int)cases[i].handled,
				 (int)cases[i].kept, row->status, row->route, row->note);
		assert_float_equal((float)row->l0_exits_per_op, (float)(2 * cases[i].handled + cases[i].kept) / 4,
				   1e-6f);
	}
}

/* Our hypervisor as L0 handles the exits that it handles at L2. It has no user space. A process has
 * no exits. */
static void routes_without_kvm(void **state)
{
	static const char *const ops[] = {"cpuid", "to_l1", "never", "to_user"};
	static const char *const due[] = {"L0-kernel", "L0-kernel", "none", "none"};
	struct fixture *fixture = *state;

	for (size_t i = 0; i < COUNT(ops); i++) {
		struct nb_run *run = add_run(&fixture->results, "L1", "");
		uint64_t handled = strcmp(due[i], "none") ? 4 : 0;
		const struct nb_row *row;

		free(run->l0);
		run->l0 = nb_strdup("own");
		add_counter(add_op(run, "empty", 4, 24), "hv.exit.IO_INSTRUCTION", 1);
		add_counter(add_op(run, ops[i], 4, 900), "hv.exit.IO_INSTRUCTION", 1 + handled);
		row = second_row(fixture);
		assert_string_equal(row->status, "ok");
		assert_string_equal(row->route, due[i]);
		assert_float_equal((float)row->l0_exits_per_op, (float)handled / 4, 1e-6f);
	}
	add_op(add_run(&fixture->results, "L0", ""), "by_policy", 4, 900);
	assert_string_equal(second_row(fixture)->route, "none");
}

static struct nb_op_result *add_counted(struct nb_run *run, const char *name, uint64_t exits, uint64_t to_l1)
{
	struct nb_op_result *op = add_op(run, name, 4, 900);

	add_counter(op, "l0.exit.CPUID", exits);
	add_counter(op, "l0.nested.CPUID", to_l1);
	add_counter(op, "hv.exit.CPUID", to_l1);
	return op;
}

/* Our hypervisor runs another one. The upper one handles the exits that it asked for, and the lower
 * one is L0 and counts. Nothing is predicted for VMX instructions. */
static void routes_above_our_l0(void **state)
{
	static const struct {
		const char *op;
		uint64_t exits, to_l1;
		const char *route;
	} cases[] = {
		{"cpuid", 8, 4, "L1"},          {"never", 0, 0, "none"},     {"to_kernel", 4, 0, "L0-kernel"},
		{"to_user", 4, 0, "L0-kernel"}, {"by_policy", 0, 0, "none"},
	};
	struct fixture *fixture = *state;
	struct nb_run *run;

	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct nb_row *row;

		run = add_run(&fixture->results, "L2", "shadow_vmcs=on");
		free(run->l0);
		run->l0 = nb_strdup("own");
		add_counted(run, "empty", 2, 1);
		add_counted(run, cases[i].op, 2 + cases[i].exits, 1 + cases[i].to_l1);
		row = second_row(fixture);
		if (strcmp(row->status, "ok") != 0 || strcmp(row->route, cases[i].route) != 0)
			fail_msg("%s: %s, %s (%s)", cases[i].op, row->status, row->route, row->note);
		assert_float_equal((float)row->l0_exits_per_op, (float)cases[i].exits / 4, 1e-6f);
	}
	run = add_run(&fixture->results, "L1", "shadow_vmcs=on");
	free(run->l0);
	run->l0 = nb_strdup("own");
	add_counter(add_op(run, "empty", 4, 24), "l0.exit.IO_INSTRUCTION", 1);
	add_counter(add_op(run, "plain", 4, 900), "l0.exit.VMPTRST", 40);
	assert_string_equal(second_row(fixture)->status, "ok");
	assert_string_equal(second_row(fixture)->route, "L0-kernel");
}

/* A guest and a hypervisor of that level both measured the loop, each in its own stream. One row is
 * enough. */
static void the_loop_has_one_row(void **state)
{
	struct fixture *fixture = *state;

	for (int i = 0; i < 3; i++) {
		struct nb_run *run = add_run(&fixture->results, "L1", i == 2 ? "shadow_vmcs=off" : "shadow_vmcs=on");

		free(run->l0);
		run->l0 = nb_strdup("own");
		add_counter(add_op(run, "empty", 4, 24), i ? "l0.exit.IO_INSTRUCTION" : "hv.exit.IO_INSTRUCTION", 1);
		add_counter(add_op(run, i ? "plain" : "cpuid", 4, 100), i ? "l0.exit.VMPTRST" : "hv.exit.CPUID", 5);
	}
	nb_report_build(&fixture->report, &fixture->results, "bochs", get_op);
	assert_int_equal(fixture->report.row_count, 5);
	assert_string_equal(fixture->report.rows[2].op, "plain");
	assert_float_equal((float)fixture->report.rows[2].net_p50_ticks, 76.0f, 1e-6f); /* it has its own */
}

/* With shadow page tables, exits of operations on paging are only counted. All others are predicted
 * as usual. */
static void shadow_tables_decide_about_paging(void **state)
{
	static const struct {
		const char *op, *config;
		uint64_t handled, kept;
		bool good;
	} cases[] = {
		{"paging", "shadow_vmcs=on", 4, 0, true},
		{"paging", "shadow_vmcs=on", 8, 0, false},
		{"paging", "shadow_vmcs=on mmu=shadow", 8, 0, true},
		{"paging", "shadow_vmcs=on mmu=shadow", 8, 1, false}, /* L0 has EPT: what it keeps is known */
		{"paging", "shadow_vmcs=on ept=off", 8, 0, true},
		{"paging", "shadow_vmcs=on ept=off", 8, 5, true},
		{"cpuid", "shadow_vmcs=on mmu=shadow", 4, 0, true},
		{"cpuid", "shadow_vmcs=on mmu=shadow", 5, 0, false},
		{"cpuid", "shadow_vmcs=on ept=off", 4, 0, true},
		{"cpuid", "shadow_vmcs=on ept=off", 5, 0, false},
		{"cpuid", "shadow_vmcs=on ept=off", 4, 1, false},
	};
	struct fixture *fixture = *state;

	for (size_t i = 0; i < COUNT(cases); i++) {
		struct nb_run *run = add_nested(&fixture->results, cases[i].op, cases[i].handled, cases[i].kept);
		const struct nb_row *row;

		free(run->config);
		run->config = nb_strdup(cases[i].config);
		row = second_row(fixture);
		if ((strcmp(row->status, "ok") == 0) != cases[i].good || strcmp(row->route, "L1") != 0)
			fail_msg("case %zu, %s [%s]: %s, %s (%s)", i, cases[i].op, cases[i].config, row->status,
				 row->route, row->note);
	}
}

/* One exit more or less than the list predicts is a mismatch, at each level and in each column. */
static void predictions_are_checked(void **state)
{
	struct fixture *fixture = *state;

	add_single(&fixture->results, "", "cpuid", 5);
	assert_string_equal(second_row(fixture)->status, "mismatch");
	add_single(&fixture->results, "shadow_vmcs=on", "shadowed", 4);
	assert_string_equal(second_row(fixture)->status, "mismatch");
	add_single(&fixture->results, "shadow_vmcs=off", "shadowed", 0);
	assert_string_equal(second_row(fixture)->status, "mismatch");
	add_single(&fixture->results, "shadow_vmcs=on ept12=off", "cpuid", 5); /* not KVM's ept=off */
	assert_string_equal(second_row(fixture)->status, "mismatch");
	add_nested(&fixture->results, "cpuid", 3, 0);
	assert_string_equal(second_row(fixture)->status, "mismatch");
	add_nested(&fixture->results, "cpuid", 4, 1);
	assert_string_equal(second_row(fixture)->status, "mismatch");
	add_nested(&fixture->results, "to_kernel", 0, 3);
	assert_string_equal(second_row(fixture)->status, "mismatch");
	add_nested(&fixture->results, "by_policy", 1, 0);
	assert_string_equal(second_row(fixture)->status, "mismatch");
}

/* An operation without a predicted number cannot be checked on one level. On two levels, the
 * witnesses can be compared with each other. */
static void unknown_operations(void **state)
{
	struct fixture *fixture = *state;
	const struct nb_row *row;

	add_single(&fixture->results, "", "nonsense", 4);
	row = second_row(fixture);
	assert_string_equal(row->status, "mismatch");
	assert_string_equal(row->note, "not checked: an operation that is not in the list");
	add_nested(&fixture->results, "nonsense", 7, 0);
	assert_string_equal(second_row(fixture)->status, "ok");
	add_nested(&fixture->results, "nonsense", 7, 1);
	assert_string_equal(second_row(fixture)->status, "mismatch");
}

static void a_failed_run_marks_all_its_rows(void **state)
{
	struct fixture *fixture = *state;
	struct nb_run *run = add_run(&fixture->results, "L0", "");

	run->status = 3;
	add_op(run, "cpuid", 4, 1000);
	nb_report_build(&fixture->report, &fixture->results, "host", get_op);
	assert_string_equal(fixture->report.rows[0].complete, "no");
	assert_string_equal(fixture->report.rows[0].status, "ok");
	assert_string_equal(fixture->report.rows[0].note, "the run ended with status 3");
}

static void the_table_is_aligned(void **state)
{
	struct fixture *fixture = *state;
	char *text, *line, *rest;
	size_t size, column = 0, lines = 0;
	FILE *out = open_memstream(&text, &size);

	add_experiment(&fixture->results);
	nb_report_build(&fixture->report, &fixture->results, "bochs", get_op);
	nb_print_table(&fixture->report, out);
	fclose(out);
	assert_non_null(strstr(text, "machine bochs;"));
	assert_non_null(strstr(text, "L0: not legal in ring 3"));
	rest = strchr(text, '\n') + 1;
	while (lines < 8 && (line = strsep(&rest, "\n"))) {
		static const char *const expected[] = {"status", "ok", "ok", "skipped", "ok", "ok", "ok", "incomplete"};
		char *status = strstr(line, expected[lines]);

		assert_non_null(status);
		column = lines ? column : (size_t)(status - line);
		assert_int_equal(status - line, column);
		assert_true(line[strlen(line) - 1] != ' ');
		lines++;
	}
	assert_int_equal(lines, 8);
	free(text);
}

/* Sends stderr to the fixture's file. */
static int redirect(const char *path)
{
	int keep = dup(STDERR_FILENO);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	fflush(stderr);
	dup2(fd, STDERR_FILENO);
	close(fd);
	return keep;
}

static void restore(int keep)
{
	fflush(stderr);
	dup2(keep, STDERR_FILENO);
	close(keep);
}

static void an_error_is_one_line_with_path_and_reason(void **state)
{
	struct fixture *fixture = *state;
	char folder[64], path[96];
	char *text;
	int keep;

	nb_report_build(&fixture->report, &fixture->results, "bochs", get_op);
	keep = redirect(fixture->path);
	assert_false(nb_write_csv(&fixture->report, "/nonexistent/results.csv"));
	/* The rename fails last: the temporary file must be gone (or teardown cannot remove the
	 * folder). */
	snprintf(folder, sizeof(folder), "%s/folder", fixture->folder);
	snprintf(path, sizeof(path), "%s/x", folder);
	assert_int_equal(mkdir(folder, 0700), 0);
	assert_int_equal(mkdir(path, 0700), 0);
	assert_false(nb_write_json(&fixture->report, path));
	restore(keep);
	assert_int_equal(rmdir(path), 0);
	assert_int_equal(rmdir(folder), 0);
	text = contents(fixture->path);
	assert_non_null(strstr(text, "nestbed: cannot write /nonexistent/results.csv: No such file or directory\n"));
	assert_non_null(strstr(text, "/folder/x: Is a directory\n"));
	free(text);
}

static void a_folder_that_takes_no_file_is_an_error(void **state)
{
	struct fixture *fixture = *state;

	/* The temporary file stands beside the target; /proc refuses it. */
	int keep = redirect(fixture->path);

	nb_report_build(&fixture->report, &fixture->results, "bochs", get_op);
	assert_false(nb_write_csv(&fixture->report, "/proc/results.csv"));
	restore(keep);
}

static void numbers_are_rounded_alike_everywhere(void **state)
{
	struct nb_row row = {.p50_ticks = -0.001, .mean_ticks = 0.125, .min_ticks = UINT64_MAX - 1};
	char cell[32];

	(void)state;
	assert_string_equal(nb_cell(&row, &nb_columns[NB_COLUMN_p50_ticks], cell, sizeof(cell)), "0.00");
	assert_string_equal(nb_cell(&row, &nb_columns[NB_COLUMN_mean_ticks], cell, sizeof(cell)), "0.13");
	assert_string_equal(nb_cell(&row, &nb_columns[NB_COLUMN_min_ticks], cell, sizeof(cell)),
			    "18446744073709551614");
	row.p50_ticks = NAN;
	row.min_ticks = NB_ABSENT;
	assert_string_equal(nb_cell(&row, &nb_columns[NB_COLUMN_p50_ticks], cell, sizeof(cell)), "");
	assert_string_equal(nb_cell(&row, &nb_columns[NB_COLUMN_min_ticks], cell, sizeof(cell)), "");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_csv_is_the_golden_text),
		TEST(two_prices_are_in_the_row_and_in_its_note),
		TEST(the_json_says_the_same_and_more),
		TEST(the_same_results_give_the_same_bytes),
		TEST(a_mismatch_is_a_status_with_a_table),
		TEST(a_missing_witness_is_a_mismatch_but_under_qemu),
		TEST(rows_come_in_the_order_of_the_list),
		TEST(empty_may_come_last),
		TEST(a_run_without_operations_has_no_rows),
		TEST(routes_of_one_level),
		TEST(routes_of_l2),
		TEST(routes_without_kvm),
		TEST(routes_above_our_l0),
		TEST(the_loop_has_one_row),
		TEST(shadow_tables_decide_about_paging),
		TEST(predictions_are_checked),
		TEST(unknown_operations),
		TEST(a_failed_run_marks_all_its_rows),
		TEST(the_table_is_aligned),
		TEST(an_error_is_one_line_with_path_and_reason),
		TEST(a_folder_that_takes_no_file_is_an_error),
		cmocka_unit_test(numbers_are_rounded_alike_everywhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
