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

#include "../compare.h"
#include "../results/pack.h"
#include "../util.h"
#include "capture.h"

struct fixture {
	char folder[64], a[80], b[80];
	char out[8192], err[1024];
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
	*state = fixture;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *fixture = *state;
	int left;

	unlink(fixture->a);
	unlink(fixture->b);
	left = rmdir(fixture->folder); /* fails if the command wrote anything there */
	free(fixture);
	return left;
}

struct row {
	const char *op, *level, *status, *note;
	unsigned n, low; /* samples of low - 1, low, low + 1 in turn */
	double exits;    /* below 0: null */
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
	fprintf(out,
		"{\"machine\":\"%s\",\"clock\":\"%s\",\"l0\":\"kvm\",\"op\":\"%s\",\"level\":\"%s\",\"route\":\"L1\","
		"\"config\":\"ept=off\",\"complete\":\"yes\",\"status\":\"%s\",\"note\":\"%s\",\"n\":%u,"
		"\"samples\":{\"n\":%u,\"encoding\":\"zlib+base64\",\"data\":\"%s\"},\"l0_exits_per_op\":",
		machine, clock_name, row->op, row->level, row->status ? row->status : "ok", row->note ? row->note : "",
		row->n, row->n, data);
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

/* The command on a and b with up to three more arguments; its output is in the fixture. */
static int compare(struct fixture *fixture, const char *one, const char *two, const char *three)
{
	char *argv[] = {"nestbed compare", fixture->a, fixture->b, (char *)one, (char *)two, (char *)three, NULL};
	struct capture out, err;
	int argc = 3, code;

	while (argv[argc])
		argc++;
	out = capture__begin(STDOUT_FILENO);
	err = capture__begin(STDERR_FILENO);
	code = compare__main(argc, argv);
	capture__end_text(&err, fixture->err, sizeof(fixture->err));
	capture__end_text(&out, fixture->out, sizeof(fixture->out));
	return code;
}

#define SAYS(text, what)                                                                                               \
	do {                                                                                                           \
		if (!strstr(text, what))                                                                               \
			fail_msg("'%s' is not in: %s", what, text);                                                    \
	} while (0)

static void a_file_equals_itself(void **state)
{
	struct fixture *f = *state;

	WRITE(f->a, {"cpuid", "L1", .n = 100, .low = 116, .exits = 1});
	WRITE(f->b, {"cpuid", "L1", .n = 100, .low = 116, .exits = 1});
	assert_int_equal(compare(f, "--threshold", "0", NULL), NB_EXIT_GOOD);
	SAYS(f->out, "116.00  116.00  1.000");
	SAYS(f->out, "seed 1");
	assert_null(strstr(f->out, "slower"));
	assert_null(strstr(f->out, "physical"));
	assert_string_equal(f->err, "");
}

static void the_worst_comes_first(void **state)
{
	struct fixture *f = *state;

	WRITE(f->a, {"same", "L1", .n = 99, .low = 50}, {"faster", "L1", .n = 99, .low = 500},
	      {"slower", "L1", .n = 99, .low = 300});
	WRITE(f->b, {"faster", "L1", .n = 60, .low = 400}, {"slower", "L1", .n = 90, .low = 330},
	      {"same", "L1", .n = 99, .low = 50});
	assert_int_equal(compare(f, NULL, NULL, NULL), NB_EXIT_GOOD);
	SAYS(f->out, "99    90  300.00  330.00  1.100");
	SAYS(f->out, "0.800");
	assert_true(strstr(f->out, "\nslower") < strstr(f->out, "\nsame"));
	assert_true(strstr(f->out, "\nsame") < strstr(f->out, "\nfaster"));
}

static void the_threshold_decides(void **state)
{
	struct fixture *f = *state;

	WRITE(f->a, {"cpuid", "L1", .n = 99, .low = 1000}, {"vmcall", "L1", .n = 99, .low = 1000});
	WRITE(f->b, {"cpuid", "L1", .n = 99, .low = 1100}, {"vmcall", "L1", .n = 99, .low = 900});
	assert_int_equal(compare(f, NULL, NULL, NULL), NB_EXIT_GOOD);
	assert_int_equal(compare(f, "--threshold=12.5", NULL, NULL), NB_EXIT_GOOD);
	assert_null(strstr(f->out, "slower"));
	assert_int_equal(compare(f, "--threshold=5", NULL, NULL), NB_EXIT_FAILED);
	SAYS(f->out, "\nslower: cpuid on L1, ept=off, route L1, l0 kvm: at least 1.1");
	assert_null(strstr(f->out, "slower: vmcall"));
	assert_string_equal(f->err, "");
	/* Exactly as much is not more. */
	WRITE(f->a, {"cpuid", "L1", .n = 1, .low = 101});
	WRITE(f->b, {"cpuid", "L1", .n = 1, .low = 137});
	assert_int_equal(compare(f, "--threshold=36", NULL, NULL), NB_EXIT_GOOD);
	/* The ratio is far above, but three samples that scatter cannot make sure of it. */
	WRITE(f->a, {"cpuid", "L1", .n = 3, .low = 2});
	WRITE(f->b, {"cpuid", "L1", .n = 3, .low = 3});
	assert_int_equal(compare(f, "--threshold=9", NULL, NULL), NB_EXIT_GOOD);
	SAYS(f->out, "1.500");
}

static void more_exits_fail_under_a_threshold(void **state)
{
	struct fixture *f = *state;

	WRITE(f->a, {"cpuid", "L2", .n = 9, .low = 100, .exits = 2}, {"rdtsc", "L2", .n = 9, .low = 10, .exits = -1});
	WRITE(f->b, {"cpuid", "L2", .n = 9, .low = 100, .exits = 3}, {"rdtsc", "L2", .n = 9, .low = 10, .exits = 4});
	assert_int_equal(compare(f, NULL, NULL, NULL), NB_EXIT_GOOD);
	SAYS(f->out, "more exits: cpuid on L2, ept=off, route L1, l0 kvm: 3.00 for one execution, 2.00 before");
	assert_null(strstr(f->out, "more exits: rdtsc"));
	assert_int_equal(compare(f, "--threshold", "50", NULL), NB_EXIT_FAILED);
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
	assert_true(strstr(f->out, "nothing physical") < strchr(f->out, '\n'));
	SAYS(f->out, "nothing physical");
}

/* That is what a comparison is for; but both are named. */
static void other_machines_are_named(void **state)
{
	struct fixture *f = *state;

	WRITE(f->a, {"cpuid", "L1", .n = 9, .low = 100});
	WRITE(f->b, {"cpuid", "L1", .n = 9, .low = 100});
	assert_int_equal(compare(f, NULL, NULL, NULL), NB_EXIT_GOOD);
	SAYS(f->out, "b.json, machine bochs (i7), clock instructions\n");
	assert_null(strstr(f->out, "different machines"));

	cpu = "i9";
	WRITE(f->b, {"cpuid", "L1", .n = 9, .low = 100});
	assert_int_equal(compare(f, NULL, NULL, NULL), NB_EXIT_GOOD);
	SAYS(f->out, "a.json, machine bochs (i7), clock instructions\n");
	SAYS(f->out, "b.json, machine bochs (i9), clock instructions\n");
	SAYS(f->out, "A and B are of different machines");
	assert_int_equal(compare(f, "--json", NULL, NULL), NB_EXIT_GOOD);
	SAYS(f->out, "\"cpu_b\": \"i9\"");
	SAYS(f->out, "\"same_machine\": false");

	cpu = "";
	machine = "another";
	WRITE(f->b, {"cpuid", "L1", .n = 9, .low = 100});
	cpu = "i7";
	machine = "bochs";
	assert_int_equal(compare(f, NULL, NULL, NULL), NB_EXIT_GOOD);
	SAYS(f->out, "b.json, machine another, clock instructions\n");
	SAYS(f->out, "A and B are of different machines");
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
	SAYS(f->out, "b.json, machine bochs (i7), clock instructions, incomplete");
}

static void rows_of_one_side_are_named(void **state)
{
	struct fixture *f = *state;

	WRITE(f->a, {"cpuid", "L1", .n = 9, .low = 100}, {"cpuid", "L2", .n = 9, .low = 100},
	      {"vmcall", "L0", "skipped", "no hypervisor below", .n = 0});
	WRITE(f->b, {"cpuid", "L1", .n = 9, .low = 100}, {"vmcall", "L0", .n = 9, .low = 100},
	      {"rdtsc", "L1", "mismatch", "they disagree", .n = 9, .low = 9});
	assert_int_equal(compare(f, NULL, NULL, NULL), NB_EXIT_GOOD);
	SAYS(f->out, "\nonly A has cpuid on L2, ept=off, route L1, l0 kvm\n");
	SAYS(f->out, "\nskipped in A: vmcall on L0, ept=off, route L1, l0 kvm: no hypervisor below\n");
	SAYS(f->out, "\nonly B has vmcall on L0");
	SAYS(f->out, "\nmismatch in B: rdtsc on L1, ept=off, route L1, l0 kvm: they disagree\n");

	WRITE(f->b, {"vmcall", "L0", .n = 9, .low = 100});
	assert_int_equal(compare(f, NULL, NULL, NULL), NB_EXIT_FAILED);
	SAYS(f->err, "nothing to compare");
}

static void json_says_the_same(void **state)
{
	struct fixture *f = *state;
	json_t *root, *row;

	WRITE(f->a, {"cpuid", "L1", .n = 9, .low = 100, .exits = 1}, {"zero", "L1", .n = 1, .low = 1, .exits = -1});
	WRITE(f->b, {"cpuid", "L1", .n = 9, .low = 150, .exits = 2}, {"zero", "L1", .n = 2, .low = 1, .exits = 0},
	      {"vmcall", "L0", "skipped", "why", .n = 0}, {"rdtsc", "L1", .n = 1, .low = 9});
	assert_int_equal(compare(f, "--json", "--seed=7", "--threshold=1"), NB_EXIT_FAILED);
	root = json_loads(f->out, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(root);
	assert_true(json_is_null(json_object_get(root, "warning")));
	assert_int_equal(json_integer_value(json_object_get(root, "seed")), 7);
	assert_int_equal(json_array_size(json_object_get(root, "rows")), 2);
	/* From 0 ticks to half a tick: infinitely more, which JSON cannot say. */
	row = json_array_get(json_object_get(root, "rows"), 0);
	assert_string_equal(json_string_value(json_object_get(row, "op")), "zero");
	assert_true(json_is_null(json_object_get(row, "ratio")));
	assert_true(json_is_null(json_object_get(row, "exits_a")));
	row = json_array_get(json_object_get(root, "rows"), 1);
	assert_true(json_real_value(json_object_get(row, "ratio")) == 1.5);
	assert_true(json_is_true(json_object_get(row, "slower")));
	assert_true(json_is_true(json_object_get(row, "more_exits")));
	assert_int_equal(json_array_size(json_object_get(root, "one_sided")), 1);
	row = json_array_get(json_object_get(root, "not_ok"), 0);
	assert_string_equal(json_string_value(json_object_get(row, "side")), "B");
	assert_string_equal(json_string_value(json_object_get(row, "note")), "why");
	json_decref(root);
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
	static const char *const wrong[] = {"third", "--threshold=-1", "--threshold=nan", "--threshold=5%", "--seed=0"};
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
		TEST(more_exits_fail_under_a_threshold),
		TEST(clocks_must_agree),
		TEST(other_machines_are_named),
		TEST(incomplete_results_are_refused),
		TEST(rows_of_one_side_are_named),
		TEST(json_says_the_same),
		TEST(a_missing_file_is_one_line),
		TEST(usage_errors_end_with_two),
	};

	return cmocka_run_group_tests_name("compare", tests, NULL, NULL);
}
