// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the measurement in ring 3, with a doorbell that drains the ring
 * and puts a counter into it, as the levels below do.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../measure.h"
#include "../ops.h"

#define RECORDS_MAX (4 * NB_WINDOW_MAX)

static struct nb_ring ring;
static struct nb_record taken[RECORDS_MAX];
static size_t count;
static char rung[64]; /* which doorbells, one letter each */
static size_t rings;
static size_t at_open, at_close; /* records taken when it was last rung */

static void drain(void)
{
	const struct nb_record *record;

	assert_true(nb_ring_valid(&ring));
	while ((record = nb_ring_peek(&ring)) != NULL) {
		assert_true(count < RECORDS_MAX);
		taken[count++] = *record;
		nb_ring_pop(&ring);
	}
}

/* The level below: a text at each end of a window, nothing taken out at a rehearsal. */
static void doorbell(enum nb_doorbell what)
{
	static const char letters[] = "?OCDFR";

	assert_true(rings < sizeof(rung) - 1);
	rung[rings++] = letters[what];
	if (what == NB_DOORBELL_OPEN) {
		drain();
		at_open = count;
		return;
	}
	assert_true(nb_ring_text(&ring, "below.count=1"));
	if (what == NB_DOORBELL_CLOSE) {
		drain();
		at_close = count;
	}
}

static int begin(void **state)
{
	(void)state;
	nb_ring_init(&ring);
	memset(taken, 0, sizeof(taken));
	memset(rung, 0, sizeof(rung));
	count = rings = at_open = at_close = 0;
	return 0;
}

static bool measure(const char *cmdline)
{
	const struct nb_place place = {.ring = &ring, .where = NB_RING3, .doorbell = doorbell};
	struct nb_plan plan;
	bool known;

	assert_true(nb_plan_parse(cmdline, &plan));
	known = nb_measure(&place, &plan);
	drain();
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(taken[i].seq, i);
		assert_int_equal(taken[i].flags & ~NB_RECORD_MORE, 0);
	}
	return known;
}

static size_t expect_window(size_t at, enum nb_record_type type, const char *op, uint32_t n)
{
	char padded[NB_OP_NAME_LEN] = "";

	assert_true(at < count);
	memcpy(padded, op, strlen(op));
	assert_int_equal(taken[at].type, type);
	assert_memory_equal(taken[at].window.op, padded, NB_OP_NAME_LEN);
	assert_int_equal(taken[at].window.n, n);
	assert_int_equal(taken[at].window.reserved, 0);
	return at + 1;
}

static size_t expect_text(size_t at, const char *text)
{
	char line[256] = "";
	size_t done = 0;

	do {
		assert_true(at < count && done + NB_TEXT_LEN < sizeof(line));
		assert_int_equal(taken[at].type, NB_RECORD_TEXT);
		memcpy(line + done, taken[at].text, NB_TEXT_LEN);
		done += NB_TEXT_LEN;
	} while (taken[at++].flags & NB_RECORD_MORE);
	assert_string_equal(line, text);
	return at;
}

/* A whole window; its samples come one after another in time and each begins after the last one's end. */
static size_t expect_measured(size_t at, const char *op, uint32_t n)
{
	at = expect_window(at, NB_RECORD_OPEN, op, n);
	for (uint32_t i = 0; i < n; i++, at++) {
		assert_true(at < count);
		assert_int_equal(taken[at].type, NB_RECORD_SAMPLE);
		assert_true(taken[at].sample.start > 0);
		assert_true(taken[at].sample.ticks < UINT64_C(1) << 40);
		assert_int_equal(taken[at].sample.aux, 0);
		if (i > 0)
			assert_true(taken[at].sample.start >= taken[at - 1].sample.start + taken[at - 1].sample.ticks);
	}
	at = expect_text(at, "below.count=1");
	return expect_window(at, NB_RECORD_CLOSE, op, n);
}

static void one_window(void **state)
{
	(void)state;
	assert_true(measure("ops=empty n=5 warmup=2"));
	assert_string_equal(rung, "ROC"); /* what the rehearsal put into the ring is gone: OPEN has seq 0 */
	assert_int_equal(at_open, 1);
	assert_int_equal(at_close, 1 + 5 + 1); /* the closing record comes after what the levels below wrote */
	assert_int_equal(expect_measured(0, "empty", 5), count);
}

static void operations_run_in_the_order_named(void **state)
{
	size_t at;

	(void)state;
	assert_true(measure("ops=cpuid,empty,cpuid n=3"));
	assert_string_equal(rung, "ROCOCOC");
	at = expect_measured(0, "cpuid", 3);
	at = expect_measured(at, "empty", 3);
	assert_int_equal(expect_measured(at, "cpuid", 3), count);
}

static void a_long_run_is_several_windows(void **state)
{
	char line[64];
	size_t at;

	(void)state;
	snprintf(line, sizeof(line), "ops=empty n=%u warmup=0", 2 * NB_WINDOW_MAX + 7);
	assert_true(measure(line));
	assert_string_equal(rung, "ROCOCOC");
	at = expect_measured(0, "empty", NB_WINDOW_MAX);
	at = expect_measured(at, "empty", NB_WINDOW_MAX);
	assert_int_equal(expect_measured(at, "empty", 7), count);
}

static void a_full_window_is_one_window(void **state)
{
	char line[64];

	(void)state;
	snprintf(line, sizeof(line), "ops=empty n=%u", NB_WINDOW_MAX);
	assert_true(measure(line));
	assert_string_equal(rung, "ROC");
	assert_int_equal(expect_measured(0, "empty", NB_WINDOW_MAX), count);
}

/* VMCALL in a process is #UD: that this test lives shows that it was not run. */
static void vmcall_is_skipped_with_its_reason(void **state)
{
	size_t at;

	(void)state;
	assert_true(measure("ops=vmcall,empty n=2 warmup=9"));
	assert_string_equal(rung, "ROC");
	at = expect_text(0, "skip=not legal in ring 3: a process gets #UD or #GP");
	at = expect_window(at, NB_RECORD_SKIP, "vmcall", 0);
	assert_int_equal(expect_measured(at, "empty", 2), count);
}

static void faults_are_never_run_in_a_process(void **state)
{
	size_t at;

	(void)state;
	assert_true(measure("ops=hang,triple_fault n=2"));
	assert_string_equal(rung, "R");
	at = expect_text(0, "skip=not legal in ring 3: a process gets #UD or #GP");
	at = expect_window(at, NB_RECORD_SKIP, "hang", 0);
	at = expect_text(at, "skip=not legal in ring 3: a process gets #UD or #GP");
	assert_int_equal(expect_window(at, NB_RECORD_SKIP, "triple_fault", 0), count);
}

static void an_unknown_operation_is_told_and_the_rest_runs(void **state)
{
	size_t at;

	(void)state;
	assert_false(measure("ops=cpuid,nonsense,empty n=2"));
	at = expect_measured(0, "cpuid", 2);
	assert_int_equal(expect_measured(at, "empty", 2), count);
	begin(NULL);
	assert_false(measure("ops=cpui n=2"));
	assert_int_equal(count, 0);
	begin(NULL);
	assert_false(measure("ops=cpuidx n=2"));
	assert_int_equal(count, 0);
	begin(NULL);
	assert_false(measure("ops=, n=2"));
	assert_int_equal(count, 0);
}

static void no_warmup_and_one_sample(void **state)
{
	(void)state;
	assert_true(measure("ops=cpuid n=1 warmup=0"));
	assert_string_equal(rung, "ROC");
	assert_int_equal(expect_measured(0, "cpuid", 1), count);
}

static void words_behind_ops_are_not_operations(void **state)
{
	(void)state;
	assert_true(measure("ops=empty n=1 -- ops=cpuid"));
	assert_int_equal(expect_measured(0, "empty", 1), count);
}

static void every_operation_is_found_by_its_name(void **state)
{
	(void)state;
	for (int op = 0; op < NB_OP_COUNT; op++) {
		const char *name = nb_op_info[op].name;

		assert_int_equal(nb_op_find(name, (unsigned)strlen(name)), op);
		assert_int_equal(nb_op_find(name, (unsigned)strlen(name) - 1), -1);
		assert_int_equal(nb_op_exits(name), nb_op_info[op].exits);
		assert_true(nb_op_info[op].where & (NB_RING3 | NB_RING0 | NB_GUEST));
	}
	assert_int_equal(nb_op_find("cpuid,empty", 5), NB_OP_cpuid);
	assert_int_equal(nb_op_find("", 0), -1);
	assert_int_equal(nb_op_exits("empty"), 0);
	assert_int_equal(nb_op_exits("cpuid"), 1);
	assert_int_equal(nb_op_exits("vmcall"), 1);
	assert_int_equal(nb_op_exits("nonsense"), -1);
	assert_int_equal(nb_op_exits(""), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(one_window, begin),
		cmocka_unit_test_setup(operations_run_in_the_order_named, begin),
		cmocka_unit_test_setup(a_long_run_is_several_windows, begin),
		cmocka_unit_test_setup(a_full_window_is_one_window, begin),
		cmocka_unit_test_setup(vmcall_is_skipped_with_its_reason, begin),
		cmocka_unit_test_setup(faults_are_never_run_in_a_process, begin),
		cmocka_unit_test_setup(an_unknown_operation_is_told_and_the_rest_runs, begin),
		cmocka_unit_test_setup(no_warmup_and_one_sample, begin),
		cmocka_unit_test_setup(words_behind_ops_are_not_operations, begin),
		cmocka_unit_test_setup(every_operation_is_found_by_its_name, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
