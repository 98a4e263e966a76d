// SPDX-License-Identifier: GPL-2.0-only
/* Tests of the results of a pointer chase, with made-up times: the cost of a miss, table, CSV,
 * figure, and points that were not measured. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "l0/plots/chase_figure.h"
#include "l0/tests/streams.h"

#define SET_2M  7
#define SET_64M 12
#define SET_4G  18

static struct stream stream;
static struct nb_results results;
static struct chase_level levels[3];

/* One sample of so many ticks a load. */
static void put_point(const char *name, double ticks)
{
	put_window(&stream, NB_RECORD_OPEN, name, 1);
	put_samples(&stream, 1, (uint64_t)(ticks * NB_CHASE_LOADS));
	put_window(&stream, NB_RECORD_CLOSE, name, 1);
}

static void put_skip(const char *name, const char *reason)
{
	put_text(&stream, reason);
	put_window(&stream, NB_RECORD_SKIP, name, 0);
}

/* A load takes 4 ticks in reach. Beyond that, 4K grows by misses and caches, dense by caches alone,
 * and 2M by `large`. */
static void put_curves(const char *level, double miss, double caches, double large)
{
	put_level(&stream, level);
	put_text(&stream, "chase.dense=2M");
	put_point("rnd.4K.64K", 4);
	put_point("rnd.2M.64K", 4);
	put_point("rnd.dense.64K", 3);
	put_point("rnd.4K.2M", 4 + miss / 4);
	put_point("rnd.2M.2M", 4 + large / 4);
	put_point("rnd.dense.2M", 3);
	put_point("rnd.4K.64M", 4 + miss + caches);
	put_point("rnd.2M.64M", 4 + large + caches);
	put_point("rnd.dense.64M", 3 + caches);
	put_point("seq.4K.64K", 4);
	put_point("seq.4K.64M", 50);
	put_point("seq.dense.64K", 4);
	put_point("seq.dense.64M", 4);
	put_skip("rnd.4K.4G", "skip=too little memory, says the test");
	put_skip("rnd.2M.4G", "skip=too little memory, says the test");
}

static size_t read_levels(void)
{
	put(&stream, NB_RECORD_END);
	nb_results_free(&results);
	results = (struct nb_results){0};
	assert_true(decode(stream.records, stream.count * sizeof(struct nb_record), SIZE_MAX / 2, &results));
	for (size_t i = 0; i < results.run_count; i++) {
		assert_true(chase__is_run(&results.runs[i]));
		assert_true(chase__read(&results.runs[i], &levels[i]));
	}
	memset(&stream, 0, sizeof(stream));
	return results.run_count;
}

static const struct chase_source source = {.machine = "host", .clock = "tsc_cycles", .cpu = "a CPU", .khz = 2e6};

static char *made(void (*write)(FILE *out, const struct chase_source *source, const struct chase_level *levels,
				size_t count),
		  size_t count)
{
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	assert_non_null(out);
	write(out, &source, levels, count);
	fclose(out);
	return text;
}

static void expect(const char *text, const char *what)
{
	if (!strstr(text, what))
		fail_msg("no \"%s\" in:\n%s", what, text);
}

static void expect_near(double value, double expected)
{
	if (!(fabs(value - expected) < 1e-6))
		fail_msg("%f, not %f", value, expected);
}

static void a_miss_is_what_the_caches_do_not_explain(void **state)
{
	struct chase_miss miss;

	(void)state;
	put_curves("L0", 40, 10, 4);
	assert_int_equal(read_levels(), 1);
	miss = chase__miss(&levels[0], NB_CHASE_4K, NB_CHASE_RANDOM, SET_64M);
	expect_near(miss.rise, 50);
	expect_near(miss.caches, 10);
	expect_near(miss.translation, 40);
	expect_near(miss.low, 40); /* one sample is sure of itself */
	expect_near(miss.high, 40);
	expect_near(chase__miss(&levels[0], NB_CHASE_2M, NB_CHASE_RANDOM, SET_64M).translation, 4);
	expect_near(chase__miss(&levels[0], NB_CHASE_4K, NB_CHASE_RANDOM, SET_2M).translation, 10);
	/* Within reach, not measured, sequential. */
	assert_true(isnan(chase__miss(&levels[0], NB_CHASE_4K, NB_CHASE_RANDOM, CHASE_REACH).translation));
	assert_true(isnan(chase__miss(&levels[0], NB_CHASE_4K, NB_CHASE_RANDOM, SET_4G).translation));
	assert_true(isnan(chase__miss(&levels[0], NB_CHASE_4K, NB_CHASE_RANDOM, 8).translation));
	assert_true(isnan(chase__miss(&levels[0], NB_CHASE_4K, NB_CHASE_SEQUENTIAL, SET_64M).translation));
	assert_int_equal(chase__largest(&levels[0], NB_CHASE_4K, NB_CHASE_RANDOM), SET_64M);
	assert_int_equal(chase__largest(&levels[0], NB_CHASE_2M, NB_CHASE_SEQUENTIAL), -1);
}

/* Each of the four medians may be anywhere in its interval. */
static void an_interval_is_of_all_four_medians(void **state)
{
	static const char *const names[] = {"rnd.4K.64K", "rnd.4K.2M", "rnd.dense.64K", "rnd.dense.2M"};
	struct chase_miss miss;

	(void)state;
	put_level(&stream, "L0");
	for (size_t i = 0; i < 4; i++) {
		put_window(&stream, NB_RECORD_OPEN, names[i], 3);
		put_samples(&stream, 1, (10 + 10 * (i == 1)) * NB_CHASE_LOADS);
		put_samples(&stream, 1, (11 + 10 * (i == 1)) * NB_CHASE_LOADS);
		put_samples(&stream, 1, (12 + 10 * (i == 1)) * NB_CHASE_LOADS);
		put_window(&stream, NB_RECORD_CLOSE, names[i], 3);
	}
	read_levels();
	miss = chase__miss(&levels[0], NB_CHASE_4K, NB_CHASE_RANDOM, SET_2M);
	expect_near(miss.translation, 10);
	expect_near(miss.low, 10 - 4 * 1);
	expect_near(miss.high, 10 + 4 * 1);
}

static void pages_that_are_none_are_found_out(void **state)
{
	char *text;

	(void)state;
	put_curves("L0", 40, 10, 4);
	put_curves("L1", 40, 10, 30);
	read_levels();
	assert_false(chase__is_splintered(&levels[0]));
	assert_true(chase__is_splintered(&levels[1]));
	text = made(chase__print, 2);
	expect(text, "\nL1: a single page of 2 MiB misses as 512 of 4 KiB do");
	assert_null(strstr(text, "\nL0: a single page"));
	free(text);
}

static void table_and_sentences(void **state)
{
	char *text;

	(void)state;
	put_curves("L0", 40, 10, 4);
	put_curves("L2", 100, 10, 4);
	put_text(&stream, "chase.memory_kib=65536");
	put_text(&stream, "chase.huge_kib=4096");
	read_levels();
	text = made(chase__print, 2);
	expect(text, "machine host (a CPU), clock tsc_cycles (0.500 ns a tick)\n");
	expect(text, "\nlevel L2, l0 kvm, shadow_vmcs=on\n");
	expect(text,
	       "\n64M      16384                54.0     18.0     13.0     40.0               50.0        -      4.0\n");
	expect(text,
	       "\n4G     1048576                   -        -        -        -                  -        -        -\n");
	expect(text, "\nnot measured: random, 4 KiB pages, 4G to 4G: too little memory, says the test\n");
	expect(text, "\nL0    64M      16384 of 4K     50.0     10.0     40.0  (40.0 to 40.0)  20.0 ns\n");
	expect(text,
	       "\nL2    64M      16384 of 4K    110.0     10.0    100.0  (100.0 to 100.0)  50.0 ns  2.5 times L0's\n");
	expect(text, "\nL2: L0 has 4 of the 64 MiB of this VM's memory in pages of 2 MiB\n");
	assert_null(strstr(text, "virtual machine (CPUID)"));
	free(text);
}

static void a_level_without_any_is_one_line(void **state)
{
	char *text;

	(void)state;
	put_level(&stream, "L1");
	put_skip("rnd.4K.16K", "skip=emulated");
	put_skip("rnd.dense.16K", "skip=emulated");
	read_levels();
	text = made(chase__print, 1);
	expect(text, "\nlevel L1, l0 kvm, shadow_vmcs=on\nnot measured: emulated\n");
	assert_null(strstr(text, "what a miss costs"));
	free(text);
	text = made(chase__put_csv, 1);
	expect(text,
	       "\nhost,no,tsc_cycles,2000000,\"a CPU\",kvm,shadow_vmcs=on,L1,random,dense,2048,16,4,1,0,1024,,,,,,,,,,not measured,"
	       "\"emulated\"\n");
	free(text);
}

static void csv_has_every_point(void **state)
{
	char *text;
	size_t lines = 0;

	(void)state;
	put_curves("L0", 40, 10, 4);
	read_levels();
	text = made(chase__put_csv, 1);
	expect(text,
	       "\nhost,no,tsc_cycles,2000000,\"a CPU\",kvm,shadow_vmcs=on,L0,random,line-each-4K,4,65536,16384,16384,1,1024,"
	       "54.000,54.000,54.000,54.000,54.000,0.000,40.000,40.000,40.000,ok,\n");
	expect(text, "random,line-each-4K,2048,65536,16384,32,1,1024,18.000,");
	expect(text, "random,dense,2048,65536,16384,1,1,1024,13.000,13.000,13.000,13.000,13.000,0.000,,,,ok,\n");
	expect(text,
	       "random,line-each-4K,4,4194304,1048576,1048576,0,1024,,,,,,,,,,not measured,\"too little memory, says the "
	       "test\"\n");
	for (const char *p = text; (p = strchr(p, '\n')) != NULL; p++)
		lines++;
	assert_int_equal(lines, 1 + 15);
	free(text);
}

static void the_figure_has_every_curve(void **state)
{
	char *text;
	unsigned curves = 0;

	(void)state;
	put_curves("L0", 40, 10, 4);
	put_curves("L2", 100, 10, 4);
	read_levels();
	text = made(nb_chase_figure_write, 2);
	for (const char *p = text; (p = strstr(p, "# curve ")) != NULL; p++)
		curves++;
	assert_int_equal(curves,
			 2 * (2 * NB_CHASE_LAYOUTS + 2)); /* both orders of each, and the misses of two layouts */
	expect(text, "\n\n# curve 001\n65536\t4.0000\t4.0000\t4.0000\n2097152\t14.0000");
	expect(text, "\n\n# curve 003\n2097152\t10.0000\t10.0000\t10.0000\n67108864\t40.0000");
	expect(text, "\trandom order: TSC cycles a load\n");
	expect(text, "\n0\t0\tL0, 4 KiB pages\n");
	expect(text, "\n2\t2\tL2, dense (control)\n");
	free(text);
}

static void a_window_cut_off_is_not_taken(void **state)
{
	(void)state;
	put_level(&stream, "L0");
	put_point("rnd.4K.64K", 4);
	put_window(&stream, NB_RECORD_OPEN, "rnd.4K.128K", 2);
	put_samples(&stream, 1, 4000);
	nb_results_free(&results);
	results = (struct nb_results){0};
	decode(stream.records, stream.count * sizeof(struct nb_record), SIZE_MAX / 2, &results);
	memset(&stream, 0, sizeof(stream));
	assert_int_equal(results.run_count, 1);
	assert_false(chase__read(&results.runs[0], &levels[0]));
}

static int end(void **state)
{
	(void)state;
	nb_results_free(&results);
	results = (struct nb_results){0};
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(a_miss_is_what_the_caches_do_not_explain, end),
		cmocka_unit_test_teardown(an_interval_is_of_all_four_medians, end),
		cmocka_unit_test_teardown(pages_that_are_none_are_found_out, end),
		cmocka_unit_test_teardown(table_and_sentences, end),
		cmocka_unit_test_teardown(a_level_without_any_is_one_line, end),
		cmocka_unit_test_teardown(csv_has_every_point, end),
		cmocka_unit_test_teardown(the_figure_has_every_curve, end),
		cmocka_unit_test_teardown(a_window_cut_off_is_not_taken, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
