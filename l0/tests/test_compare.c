// SPDX-License-Identifier: GPL-2.0-only
/* Tests of nestbed compare: pairs of small files, and what the whole command says and returns. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <argp.h>
#include <cmocka.h>
#include <jansson.h>

#include "l0/base/util.h"
#include "l0/cli/commands.h"
#include "l0/report/compare.h"
#include "l0/results/pack.h"
#include "l0/tests/capture.h"

struct fixture {
	char folder[64], a[80], b[80], json[80];
	char out[16384], err[1024];
};

static int setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	strcpy(fixture->folder, "/tmp/nestbed-compare-XXXXXX");
	if (!mkdtemp(fixture->folder)) {
		free(fixture);
		return -1;
	}
	snprintf(fixture->a, sizeof(fixture->a), "%s/a.json", fixture->folder);
	snprintf(fixture->b, sizeof(fixture->b), "%s/b.json", fixture->folder);
	snprintf(fixture->json, sizeof(fixture->json), "--json=%s/json", fixture->folder);
	*state = fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;
	int left;

	unlink(fixture->a);
	unlink(fixture->b);
	unlink(fixture->json + strlen("--json="));
	left = rmdir(fixture->folder); /* fails if the command wrote anything there */
	free(fixture);
	return left;
}

struct row {
	const char *op, *level, *status, *note;
	unsigned n, low; /* samples of low - 1, low, low + 1 in turn */
	double exits;    /* below 0: null */
	/* NULL: the file has no such column, or for config "ept=off". */
	const char *kernel, *kernel_args, *cpu, *config, *family;
};

static const char *clock_name = "instructions", *complete = "true", *machine = "bochs", *cpu = "i7";

static void write_row(FILE *out, const struct row *row)
{
	uint64_t *ticks = calloc(row->n + 1, sizeof(*ticks));
	uint8_t *flags = calloc(row->n + 1, 1);
	char *data;

	assert_non_null(ticks);
	assert_non_null(flags);
	for (unsigned i = 0; i < row->n; i++)
		ticks[i] = row->low - 1 + i % 3;
	data = nb_pack(ticks, flags, row->n);
	fputc('{', out);
	if (row->kernel)
		fprintf(out, "\"kernel\":\"%s\",\"kernel_args\":\"%s\",\"cpu\":\"%s\",", row->kernel,
			row->kernel_args ? row->kernel_args : "", row->cpu ? row->cpu : "skylake-x");
	if (row->family)
		fprintf(out, "\"family\":\"%s\",", row->family);
	fprintf(out,
		"\"machine\":\"%s\",\"clock\":\"%s\",\"l0\":\"kvm\",\"op\":\"%s\",\"level\":\"%s\",\"route\":\"L1\","
		"\"config\":\"%s\",\"complete\":\"yes\",\"status\":\"%s\",\"note\":\"%s\",\"n\":%u,"
		"\"samples\":{\"n\":%u,\"encoding\":\"zlib+base64\",\"data\":\"%s\"},\"l0_exits_per_op\":",
		machine, clock_name, row->op, row->level, row->config ? row->config : "ept=off",
		row->status ? row->status : "ok", row->note ? row->note : "", row->n, row->n, data);
	if (row->exits < 0)
		fputs("null}", out);
	else
		fprintf(out, "%.2f}", row->exits);
	free(data);
	free(flags);
	free(ticks);
}

static void write_file(const char *path, const struct row *rows, size_t count)
{
	FILE *out = fopen(path, "w");

	assert_non_null(out);
	fprintf(out, "{\"schema\":2,\"complete\":%s,\"damage\":null,\"metadata\":{\"cpu_model\":\"%s\"},\"rows\":[",
		complete, cpu);
	for (size_t i = 0; i < count; i++) {
		fputs(i ? "," : "", out);
		write_row(out, &rows[i]);
	}
	fputs("]}", out);
	assert_int_equal(fclose(out), 0);
}

#define WRITE(path, ...)                                                                                               \
	write_file(path, (const struct row[]){__VA_ARGS__},                                                            \
		   sizeof((const struct row[]){__VA_ARGS__}) / sizeof(struct row))

/* The command with these arguments; its output is in the fixture. */
static int compare_with(struct fixture *fixture, const char *const *arguments)
{
	char *argv[12] = {"nestbed compare"};
	struct capture out, err;
	int argc = 1, code;

	while (arguments[argc - 1]) {
		argv[argc] = (char *)arguments[argc - 1];
		argc++;
	}
	out = capture__begin(STDOUT_FILENO);
	err = capture__begin(STDERR_FILENO);
	code = compare__main(argc, argv);
	capture__end_text(&err, fixture->err, sizeof(fixture->err));
	capture__end_text(&out, fixture->out, sizeof(fixture->out));
	return code;
}

/* On a and b, with up to three more arguments. */
static int compare(struct fixture *fixture, const char *one, const char *two, const char *three)
{
	return compare_with(fixture, (const char *const[]){fixture->a, fixture->b, one, two, three, NULL});
}

#define SAYS(text, what)                                                                                               \
	do {                                                                                                           \
		if (!strstr(text, what))                                                                               \
			fail_msg("'%s' is not in: %s", what, text);                                                    \
	} while (0)

#define SAYS_NOT(text, what)                                                                                           \
	do {                                                                                                           \
		if (strstr(text, what))                                                                                \
			fail_msg("'%s' is in: %s", what, text);                                                        \
	} while (0)

static void a_file_equals_itself(void **state)
{
	struct fixture *f = *state;

	WRITE(f->a, {"cpuid", "L1", .n = 100, .low = 116, .exits = 1});
	WRITE(f->b, {"cpuid", "L1", .n = 100, .low = 116, .exits = 1});
	assert_int_equal(compare(f, "--threshold", "exits=0,ticks=0%", NULL), NB_EXIT_GOOD);
	SAYS(f->out, "\n0 of 1 rows differ, 0 of them in exits; 1 are equal within noise (--all");
	SAYS(f->out, "no row is past the threshold");
	SAYS(f->out, "seed 1");
	SAYS_NOT(f->out, "116.00");
	SAYS_NOT(f->out, "slower");
	SAYS_NOT(f->out, "physical");
	assert_string_equal(f->err, "");
	assert_int_equal(compare(f, "--all", NULL, NULL), NB_EXIT_GOOD);
	SAYS(f->out, "116.00  1.000");
}

static void the_worst_comes_first(void **state)
{
	struct fixture *f = *state;

	WRITE(f->a, {"same", "L1", .n = 99, .low = 50}, {"faster", "L1", .n = 99, .low = 500},
	      {"slower", "L1", .n = 99, .low = 300});
	WRITE(f->b, {"faster", "L1", .n = 60, .low = 400}, {"slower", "L1", .n = 90, .low = 330},
	      {"same", "L1", .n = 99, .low = 50});
	assert_int_equal(compare(f, "--all", NULL, NULL), NB_EXIT_GOOD);
	SAYS(f->out, "330.00  1.100");
	SAYS(f->out, "0.800");
	assert_true(strstr(f->out, "\nslower") < strstr(f->out, "\nsame"));
	assert_true(strstr(f->out, "\nsame") < strstr(f->out, "\nfaster"));
	assert_int_equal(compare(f, NULL, NULL, NULL), NB_EXIT_GOOD);
	SAYS_NOT(f->out, "\nsame");
	SAYS(f->out, "\nfaster");
	SAYS(f->out, "\n2 of 3 rows differ");
}

static void the_threshold_decides(void **state)
{
	struct fixture *f = *state;

	WRITE(f->a, {"cpuid", "L1", .n = 99, .low = 1000}, {"vmcall", "L1", .n = 99, .low = 1000});
	WRITE(f->b, {"cpuid", "L1", .n = 99, .low = 1100}, {"vmcall", "L1", .n = 99, .low = 900});
	assert_int_equal(compare(f, NULL, NULL, NULL), NB_EXIT_GOOD);
	assert_int_equal(compare(f, "--threshold=ticks=12.5%", NULL, NULL), NB_EXIT_GOOD);
	SAYS_NOT(f->out, "slower");
	assert_int_equal(compare(f, "--threshold=ticks=5%", NULL, NULL), NB_EXIT_FAILED);
	SAYS(f->out, "\nslower on B: cpuid on L1, ept=off, route L1, l0 kvm: at least 1.1");
	SAYS_NOT(f->out, "slower on B: vmcall");
	assert_string_equal(f->err, "");
	/* The part that is not there has its default, 5%. */
	assert_int_equal(compare(f, "--threshold=exits=9", NULL, NULL), NB_EXIT_FAILED);
	/* Exactly as much is not more. */
	WRITE(f->a, {"cpuid", "L1", .n = 1, .low = 101});
	WRITE(f->b, {"cpuid", "L1", .n = 1, .low = 137});
	assert_int_equal(compare(f, "--threshold=ticks=36%", NULL, NULL), NB_EXIT_GOOD);
	/* The ratio is far above, but three samples that scatter cannot make sure of it. */
	WRITE(f->a, {"cpuid", "L1", .n = 3, .low = 2});
	WRITE(f->b, {"cpuid", "L1", .n = 3, .low = 3});
	assert_int_equal(compare(f, "--threshold=ticks=9%", "--all", NULL), NB_EXIT_GOOD);
	SAYS(f->out, "1.500");
}

static void exits_may_grow_by_the_threshold(void **state)
{
	struct fixture *f = *state;

	WRITE(f->a, {"cpuid", "L2", .n = 9, .low = 100, .exits = 3.01},
	      {"rdtsc", "L2", .n = 9, .low = 10, .exits = -1});
	WRITE(f->b, {"cpuid", "L2", .n = 9, .low = 100, .exits = 3.02}, {"rdtsc", "L2", .n = 9, .low = 10, .exits = 4});
	assert_int_equal(compare(f, "--threshold", "ticks=50%", NULL), NB_EXIT_GOOD);
	SAYS(f->out, "\n0 of 2 rows differ");
	assert_int_equal(compare(f, "--threshold", "exits=0", NULL), NB_EXIT_FAILED);
	SAYS(f->out, "more exits on B: cpuid on L2, ept=off, route L1, l0 kvm: 3.02 for one execution, on A 3.01");
	SAYS_NOT(f->out, "more exits on B: rdtsc");
	/*
	 * Two decimals are not exact in binary: 1.05 - 1 is a little more than 0.05, and is no
	 * growth by more.
	 */
	WRITE(f->a, {"cpuid", "L2", .n = 9, .low = 100, .exits = 1});
	WRITE(f->b, {"cpuid", "L2", .n = 9, .low = 100, .exits = 1.05});
	assert_int_equal(compare(f, "--threshold", "exits=0.05", NULL), NB_EXIT_GOOD);
	WRITE(f->b, {"cpuid", "L2", .n = 9, .low = 100, .exits = 1.06});
	assert_int_equal(compare(f, "--threshold", "exits=0.05,ticks=5%", NULL), NB_EXIT_FAILED);
	/* Fewer are a difference, but no failure. */
	WRITE(f->b, {"cpuid", "L2", .n = 9, .low = 100, .exits = 0.5});
	assert_int_equal(compare(f, "--threshold", "exits=0.05", NULL), NB_EXIT_GOOD);
	SAYS(f->out, "\n1 of 1 rows differ, 1 of them in exits");
}

static void a_result_of_two_kernels_is_two_sides(void **state)
{
	struct fixture *f = *state;

	WRITE(f->a, {"cpuid", "L1", .n = 9, .low = 100, .exits = 1, .kernel = "6.1.0-57-cloud-amd64"},
	      {"cpuid", "L1", .n = 9, .low = 110, .exits = 1, .kernel = "6.12.117+deb12-cloud-amd64"});
	assert_int_equal(compare_with(f, (const char *const[]){f->a, NULL}), NB_EXIT_GOOD);
	SAYS(f->out, "\nB: ");
	SAYS(f->out, "kernel 6.12.117+deb12-cloud-amd64, CPU skylake-x");
	SAYS(f->out, "p50 6.1.0-57  p50 6.12.117+deb12  ratio");
	SAYS(f->out, "110.00  1.100");
	assert_int_equal(compare_with(f, (const char *const[]){f->a, "--threshold=ticks=5%", NULL}), NB_EXIT_FAILED);

	WRITE(f->a, {"cpuid", "L1", .n = 9, .low = 100, .exits = 1, .kernel = "6.1"});
	assert_int_equal(compare_with(f, (const char *const[]){f->a, NULL}), NB_EXIT_FAILED);
	SAYS(f->err, "has one machine: name a second result");
}

static void more_sides_have_a_column_each(void **state)
{
	struct fixture *f = *state;

	WRITE(f->a, {"cpuid", "L1", .n = 9, .low = 100, .exits = 1, .kernel = "6.1-x", .cpu = "haswell"},
	      {"cpuid", "L1", .n = 9, .low = 110, .exits = 1, .kernel = "6.12-x", .cpu = "haswell"},
	      {"cpuid", "L1", .n = 9, .low = 120, .exits = 6, .kernel = "6.12-x", .cpu = "ice-lake"},
	      {"hlt", "L1", .n = 9, .low = 10, .exits = 1, .kernel = "6.1-x", .cpu = "haswell"},
	      {"hlt", "L1", .n = 9, .low = 10, .exits = 1, .kernel = "6.12-x", .cpu = "haswell"});
	WRITE(f->b, {"cpuid", "L1", .n = 9, .low = 90, .exits = 1, .kernel = "6.1-x", .cpu = "haswell",
		     .kernel_args = "nosmt"});
	assert_int_equal(compare(f, NULL, NULL, NULL), NB_EXIT_GOOD);
	SAYS(f->out, "6.1 haswell  6.12 haswell    B/A  6.12 ice-lake    C/A  6.1 haswell nosmt    D/A");
	SAYS(f->out, "1.00/1.00/6.00/1.00");
	SAYS(f->out, "0.900");
	SAYS(f->out, "\nonly A, B measured 1 row; elsewhere: no such row\n    hlt L1 ept=off\n");
	/* Each side is held against the first. */
	assert_int_equal(compare(f, "--threshold=ticks=15%,exits=9", NULL, NULL), NB_EXIT_FAILED);
	SAYS(f->out, "slower on C: ");
	SAYS_NOT(f->out, "slower on B: ");
}

static void sides_may_be_told_apart_by_a_column(void **state)
{
	struct fixture *f = *state;

	WRITE(f->a, {"cpuid", "L2", .n = 9, .low = 100, .exits = 2, .kernel = "6.1", .config = "shadow_vmcs=on"},
	      {"cpuid", "L2", .n = 9, .low = 130, .exits = 6, .kernel = "6.1", .config = "shadow_vmcs=off"},
	      {"cpuid", "L2", .n = 9, .low = 110, .exits = 2, .kernel = "6.12", .config = "shadow_vmcs=on"},
	      {"cpuid", "L2", .n = 9, .low = 132, .exits = 6, .kernel = "6.12", .config = "shadow_vmcs=off"});
	assert_int_equal(compare_with(f, (const char *const[]){f->a, "--by", "config", NULL}), NB_EXIT_GOOD);
	SAYS(f->out, "B: ");
	SAYS(f->out, "config shadow_vmcs=off");
	SAYS(f->out, "1.300");
	SAYS(f->out, "1.200");
	SAYS(f->out, "\n2 of 2 rows differ");
	assert_int_equal(compare_with(f, (const char *const[]){f->a, "--by", "kernel", NULL}), NB_EXIT_GOOD);
	SAYS(f->out, "1.100");
	SAYS(f->out, "1.015");
}

/* A file of 0.1 has no columns for its machine: its metadata name the CPU. */
static void an_older_result_is_a_side(void **state)
{
	struct fixture *f = *state;

	WRITE(f->a, {"cpuid", "L1", .n = 9, .low = 100, .exits = 1});
	WRITE(f->b, {"cpuid", "L1", .n = 9, .low = 110, .exits = 1, .kernel = "6.12"});
	assert_int_equal(compare(f, NULL, NULL, NULL), NB_EXIT_GOOD);
	SAYS(f->out, "a.json, machine bochs, CPU i7, clock instructions\n");
	SAYS(f->out, "b.json, machine bochs, kernel 6.12, CPU skylake-x, clock instructions\n");
	SAYS(f->out, "1.100");
}

/* The same path twice, and folders of one name. */
static void sides_have_different_heads(void **state)
{
	struct fixture *f = *state;
	const char *const twice[] = {f->a, f->a, f->b, "--all", NULL};

	WRITE(f->a, {"cpuid", "L1", .n = 9, .low = 100, .exits = 1});
	WRITE(f->b, {"cpuid", "L1", .n = 9, .low = 100, .exits = 1});
	assert_int_equal(compare_with(f, twice), NB_EXIT_GOOD);
	SAYS(f->out, "a.json #1");
	SAYS(f->out, "a.json #2");
	SAYS(f->out, "b.json");
}

static void means_are_of_rows_that_exit_and_of_all(void **state)
{
	struct fixture *f = *state;

	WRITE(f->a, {"cpuid", "L1", .n = 9, .low = 100, .exits = 1, .family = "instruction"},
	      {"vmcall", "L1", .n = 9, .low = 100, .exits = 1, .family = "instruction"},
	      {"rdtsc", "L1", .n = 9, .low = 10, .exits = 0.01, .family = "none"},
	      {"hlt", "L1", .n = 9, .low = 200, .exits = 4, .family = "instruction"});
	WRITE(f->b, {"cpuid", "L1", .n = 9, .low = 110, .exits = 1}, {"vmcall", "L1", .n = 9, .low = 100, .exits = 1},
	      {"rdtsc", "L1", .n = 9, .low = 40, .exits = 0}, {"hlt", "L1", .n = 9, .low = 242, .exits = 4});
	assert_int_equal(compare(f, NULL, NULL, NULL), NB_EXIT_GOOD);
	/*
	 * The cubic root of 1.1 * 1 * 1.21 is 1.1; with the fourfold row it is the fourth root of
	 * 5.324.
	 */
	SAYS(f->out, "\ninstruction             3   1.100     3        1.100\n");
	SAYS(f->out, "\nnone                    0       -     1        4.000\n");
	SAYS(f->out, "\nall                     3   1.100     4        1.519\n");
}

static void what_no_side_has_is_counted(void **state)
{
	struct fixture *f = *state;

	WRITE(f->a, {"cpuid", "L1", .n = 9, .low = 100}, {"io", "L0", "skipped", "needs a hypervisor", .n = 0},
	      {"hlt", "L0", "skipped", "needs a hypervisor", .n = 0}, {"in", "L0", "skipped", "not legal", .n = 0});
	WRITE(f->b, {"cpuid", "L1", .n = 9, .low = 100}, {"io", "L0", "skipped", "needs a hypervisor", .n = 0},
	      {"hlt", "L0", "skipped", "needs a hypervisor", .n = 0}, {"in", "L0", "skipped", "not legal", .n = 0});
	assert_int_equal(compare(f, NULL, NULL, NULL), NB_EXIT_GOOD);
	SAYS(f->out, "no side measured 3 rows:\n     2  needs a hypervisor\n     1  not legal\n");
	SAYS_NOT(f->out, "hlt");
}

static void clocks_must_agree(void **state)
{
	struct fixture *f = *state;

	WRITE(f->a, {"cpuid", "L1", .n = 9, .low = 100});
	clock_name = "tsc_cycles";
	WRITE(f->b, {"cpuid", "L1", .n = 9, .low = 100});
	clock_name = "instructions";
	assert_int_equal(compare(f, NULL, NULL, NULL), NB_EXIT_FAILED);
	assert_string_equal(f->out, "");
	SAYS(f->err, "is instructions, that of ");
	SAYS(f->err, "--clock-anyway");
	assert_int_equal(compare(f, "--clock-anyway", NULL, NULL), NB_EXIT_GOOD);
	SAYS(f->out, "nothing physical");
	assert_true(strstr(f->out, "nothing physical") < strchr(f->out, '\n'));
}

/* A comparison of two CPUs draws no warning, but it names both CPUs. */
static void other_machines_are_named(void **state)
{
	struct fixture *f = *state;

	WRITE(f->a, {"cpuid", "L1", .n = 9, .low = 100});
	cpu = "i9";
	WRITE(f->b, {"cpuid", "L1", .n = 9, .low = 100});
	cpu = "i7";
	assert_int_equal(compare(f, NULL, NULL, NULL), NB_EXIT_GOOD);
	SAYS(f->out, "a.json, machine bochs, CPU i7, clock instructions\n");
	SAYS(f->out, "b.json, machine bochs, CPU i9, clock instructions\n");
	SAYS_NOT(f->out, "different machines");

	machine = "another";
	WRITE(f->b, {"cpuid", "L1", .n = 9, .low = 100});
	machine = "bochs";
	assert_int_equal(compare(f, NULL, NULL, NULL), NB_EXIT_GOOD);
	SAYS(f->out, "b.json, machine another, CPU i7, clock instructions\n");
	SAYS(f->out, "of different machines");
}

static void incomplete_results_are_refused(void **state)
{
	struct fixture *f = *state;

	WRITE(f->a, {"cpuid", "L1", .n = 9, .low = 100});
	complete = "false";
	WRITE(f->b, {"cpuid", "L1", .n = 9, .low = 100});
	complete = "true";
	assert_int_equal(compare(f, NULL, NULL, NULL), NB_EXIT_FAILED);
	SAYS(f->err, "b.json is incomplete");
	assert_int_equal(compare(f, "--incomplete-anyway", NULL, NULL), NB_EXIT_GOOD);
	SAYS(f->out, "b.json, machine bochs, CPU i7, clock instructions, incomplete");
}

static void rows_of_one_side_are_named(void **state)
{
	struct fixture *f = *state;

	WRITE(f->a, {"cpuid", "L1", .n = 9, .low = 100}, {"cpuid", "L2", .n = 9, .low = 100},
	      {"vmcall", "L0", "skipped", "no hypervisor below", .n = 0});
	WRITE(f->b, {"cpuid", "L1", .n = 9, .low = 100}, {"vmcall", "L0", .n = 9, .low = 100},
	      {"rdtsc", "L1", "mismatch", "they disagree", .n = 9, .low = 9});
	assert_int_equal(compare(f, NULL, NULL, NULL), NB_EXIT_GOOD);
	SAYS(f->out, "\nonly A measured 1 row; elsewhere: no such row\n    cpuid L2 ept=off\n");
	SAYS(f->out, "\nonly B measured 1 row; elsewhere: no hypervisor below\n    vmcall L0 ept=off\n");
	SAYS(f->out, "\nmismatch in B: rdtsc on L1, ept=off, route L1, l0 kvm: they disagree\n");

	WRITE(f->b, {"vmcall", "L0", .n = 9, .low = 100});
	assert_int_equal(compare(f, NULL, NULL, NULL), NB_EXIT_FAILED);
	SAYS(f->err, "nothing to compare");
}

static const json_t *side_of(const json_t *row, size_t side)
{
	return json_array_get(json_object_get(row, "sides"), side);
}

static void check_json(json_t *root)
{
	const json_t *rows = json_object_get(root, "rows"), *row = json_array_get(rows, 0), *left;

	assert_non_null(root);
	assert_true(json_is_null(json_object_get(root, "warning")));
	assert_int_equal(json_integer_value(json_object_get(root, "seed")), 7);
	assert_int_equal(json_array_size(json_object_get(root, "sides")), 2);
	assert_int_equal(json_array_size(rows), 2);
	/* From 0 ticks to half a tick: infinitely more, which JSON cannot say. */
	assert_string_equal(json_string_value(json_object_get(row, "op")), "zero");
	assert_true(json_is_null(json_object_get(side_of(row, 1), "ratio")));
	assert_true(json_is_null(json_object_get(side_of(row, 0), "exits")));
	row = json_array_get(rows, 1);
	assert_true(json_number_value(json_object_get(side_of(row, 0), "p50")) == 100);
	assert_true(json_number_value(json_object_get(side_of(row, 1), "ratio")) == 1.5);
	assert_true(json_is_true(json_object_get(side_of(row, 1), "slower")));
	assert_true(json_is_true(json_object_get(side_of(row, 1), "more_exits")));
	assert_true(json_is_true(json_object_get(row, "differs")));
	left = json_object_get(root, "not_compared");
	assert_int_equal(json_array_size(left), 2);
	assert_string_equal(json_string_value(json_object_get(side_of(json_array_get(left, 0), 1), "note")), "why");
	json_decref(root);
}

static void json_says_the_same(void **state)
{
	struct fixture *f = *state;

	WRITE(f->a, {"cpuid", "L1", .n = 9, .low = 100, .exits = 1}, {"zero", "L1", .n = 1, .low = 1, .exits = -1});
	WRITE(f->b, {"cpuid", "L1", .n = 9, .low = 150, .exits = 2}, {"zero", "L1", .n = 2, .low = 1, .exits = 0},
	      {"vmcall", "L0", "skipped", "why", .n = 0}, {"rdtsc", "L1", .n = 1, .low = 9});
	assert_int_equal(compare(f, "--json=-", "--seed=7", "--threshold=ticks=1%"), NB_EXIT_FAILED);
	check_json(json_loads(f->out, JSON_REJECT_DUPLICATES, NULL));
	/* Into a file: then the table is printed, too. */
	assert_int_equal(compare(f, f->json, "--seed=7", NULL), NB_EXIT_GOOD);
	SAYS(f->out, "1.500");
	check_json(json_load_file(f->json + strlen("--json="), JSON_REJECT_DUPLICATES, NULL));
}

static void the_empty_loop_alone_is_no_comparison(void **state)
{
	struct fixture *f = *state;

	WRITE(f->a, {"empty", "L1", .n = 9, .low = 7}, {"cpuid", "L1", .n = 9, .low = 100, .exits = 1});
	WRITE(f->b, {"empty", "L1", .n = 9, .low = 7}, {"vmcall", "L1", .n = 9, .low = 100, .exits = 1});
	assert_int_equal(compare(f, "--threshold=ticks=5%", NULL, NULL), NB_EXIT_FAILED);
	SAYS(f->err, "nothing to compare: no operation has samples both in");
	WRITE(f->a, {"empty", "L1", .n = 9, .low = 7});
	WRITE(f->b, {"empty", "L1", .n = 9, .low = 7});
	assert_int_equal(compare(f, NULL, NULL, NULL), NB_EXIT_GOOD);
}

/* An error tells a user of the old form the new one. */
static void a_plain_threshold_names_the_new_form(void **state)
{
	static const char *const old[] = {"5", "5%", "7.5"};
	struct compare_threshold threshold;
	char why[COMPARE_WHY];

	(void)state;
	for (size_t i = 0; i < sizeof(old) / sizeof(old[0]); i++) {
		assert_false(compare_threshold__parse(&threshold, old[i], why));
		SAYS(why, "--threshold exits=0.05,ticks=5%");
	}
	assert_true(compare_threshold__parse(&threshold, "ticks=2.5%", why));
	assert_true(threshold.exits == COMPARE_EXITS && threshold.ticks == 2.5);
}

static void a_missing_file_is_one_line(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(compare(f, NULL, NULL, NULL), NB_EXIT_FAILED);
	SAYS(f->err, "a.json: No such file or directory\n");
	assert_ptr_equal(strchr(f->err, '\n'), f->err + strlen(f->err) - 1);
}

static void usage_errors_end_with_two(void **state)
{
	static const char *const wrong[] = {"--threshold=-1",
					    "--threshold=nan",
					    "--threshold=5",
					    "--threshold=5%",
					    "--threshold=ticks=5",
					    "--threshold=exits=5%",
					    "--threshold=exits=-1",
					    "--threshold=exits=inf",
					    "--threshold=ticks=5%,ticks=6%",
					    "--threshold=ticks=5%,",
					    "--threshold=",
					    "--by=nothing",
					    "--json",
					    "--seed=0",
					    "-j"};
	struct fixture *f = *state;

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		int status;
		pid_t pid = fork();

		if (pid == 0) {
			char *argv[] = {"nestbed compare", f->a, f->b, (char *)wrong[i], NULL};

			argp_err_exit_status = NB_EXIT_USAGE;
			if (!freopen("/dev/null", "w", stderr))
				_exit(99);
			_exit(compare__main(4, argv));
		}
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_true(WIFEXITED(status));
		assert_int_equal(WEXITSTATUS(status), NB_EXIT_USAGE);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_file_equals_itself),
		TEST(the_worst_comes_first),
		TEST(the_threshold_decides),
		TEST(exits_may_grow_by_the_threshold),
		TEST(a_result_of_two_kernels_is_two_sides),
		TEST(more_sides_have_a_column_each),
		TEST(sides_may_be_told_apart_by_a_column),
		TEST(an_older_result_is_a_side),
		TEST(sides_have_different_heads),
		TEST(means_are_of_rows_that_exit_and_of_all),
		TEST(what_no_side_has_is_counted),
		TEST(clocks_must_agree),
		TEST(other_machines_are_named),
		TEST(incomplete_results_are_refused),
		TEST(rows_of_one_side_are_named),
		TEST(json_says_the_same),
		TEST(a_missing_file_is_one_line),
		TEST(the_empty_loop_alone_is_no_comparison),
		TEST(a_plain_threshold_names_the_new_form),
		TEST(usage_errors_end_with_two),
	};

	return cmocka_run_group_tests_name("compare", tests, NULL, NULL);
}
