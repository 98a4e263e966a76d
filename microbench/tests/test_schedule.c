// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the schedule: every operation once in each round, all its samples at the end, and an
 * order that depends on the seed alone.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "microbench/abi/doorbell.h"
#include "microbench/abi/ring.h"
#include "microbench/schedule.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct window {
	unsigned op, place;
	uint32_t n;
};

static struct nb_schedule schedule;
static struct window windows[NB_SCHEDULE_MAX * 16];

/* Writes the whole schedule to `windows`, and returns the number of windows. */
static size_t play(void)
{
	struct nb_schedule_entry entry;
	size_t count = 0;
	uint32_t n;

	while (nb_schedule_next(&schedule, &entry, &n)) {
		assert_true(count < COUNT(windows));
		windows[count++] = (struct window){entry.op, entry.place, n};
	}
	assert_false(nb_schedule_next(&schedule, &entry, &n)); /* the end stays the end */
	return count;
}

/* `entries` operations in turn at two places. */
static void make(uint32_t entries, uint32_t n, uint32_t seed)
{
	nb_schedule_begin(&schedule, n, seed);
	for (uint32_t i = 0; i < entries; i++)
		assert_true(nb_schedule_add(&schedule, (enum nb_op)(i / 2 % NB_OP_COUNT), i % 2));
}

/* Every round holds each entry exactly once, and every entry gets n samples in windows that a ring
 * can hold. */
static void expect_complete(uint32_t entries, uint32_t n, uint32_t rounds)
{
	size_t count = play();

	assert_int_equal(count, (size_t)entries * rounds);
	for (uint32_t entry = 0; entry < entries; entry++) {
		uint64_t samples = 0;

		for (uint32_t round = 0; round < rounds; round++) {
			unsigned seen = 0;

			for (uint32_t i = 0; i < entries; i++) {
				const struct window *window = &windows[round * entries + i];

				assert_true(window->n >= 1 && window->n <= NB_WINDOW_MAX);
				if (window->op != entry / 2 || window->place != entry % 2)
					continue;
				seen++;
				samples += window->n;
			}
			assert_int_equal(seen, 1);
		}
		assert_int_equal(samples, n);
	}
}

/* There are several rounds if possible, but no window is empty, and none is longer than a ring
 * allows. */
static void every_entry_is_measured_once_a_round(void **state)
{
	static const struct {
		uint32_t n, rounds;
	} cases[] = {
		{1, 1},
		{2, 2},
		{3, 3},
		{NB_SCHEDULE_ROUNDS, NB_SCHEDULE_ROUNDS},
		{NB_SCHEDULE_ROUNDS + 1, NB_SCHEDULE_ROUNDS},
		{7, NB_SCHEDULE_ROUNDS},
		{1000, NB_SCHEDULE_ROUNDS},
		{NB_SCHEDULE_ROUNDS * NB_WINDOW_MAX - 1, NB_SCHEDULE_ROUNDS},
		{NB_SCHEDULE_ROUNDS * NB_WINDOW_MAX, NB_SCHEDULE_ROUNDS},
		{NB_SCHEDULE_ROUNDS * NB_WINDOW_MAX + 1, NB_SCHEDULE_ROUNDS + 1},
		{9 * NB_WINDOW_MAX, 9},
		{9 * NB_WINDOW_MAX + 1, 10},
		{10000, 20},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		static const uint32_t entries[] = {1, 2, 3, 13};

		for (size_t j = 0; j < COUNT(entries); j++) {
			make(entries[j], cases[i].n, (uint32_t)(i * 100 + j));
			expect_complete(entries[j], cases[i].n, cases[i].rounds);
		}
	}
}

/* Windows of one operation differ by one sample at most, so that no round weighs more than
 * another. */
static void samples_are_spread_evenly(void **state)
{
	(void)state;
	for (uint32_t n = 1; n < 2 * NB_SCHEDULE_ROUNDS * NB_WINDOW_MAX; n += 97) {
		uint32_t least = UINT32_MAX, most = 0;
		uint64_t sum = 0;
		size_t count;

		make(1, n, n);
		count = play();
		for (size_t i = 0; i < count; i++) {
			least = windows[i].n < least ? windows[i].n : least;
			most = windows[i].n > most ? windows[i].n : most;
			sum += windows[i].n;
		}
		assert_int_equal(sum, n);
		assert_true(most - least <= 1);
	}
}

/* The rounds of the largest number of samples are too many to play, but not too many to begin. */
static void the_largest_number_of_samples(void **state)
{
	struct nb_schedule_entry entry;
	uint64_t sum = 0, count = 0;
	uint32_t n;

	(void)state;
	make(1, UINT32_MAX, 1);
	assert_int_equal(schedule.rounds, UINT32_MAX / NB_WINDOW_MAX + 1);
	while (nb_schedule_next(&schedule, &entry, &n)) {
		assert_true(n >= 1 && n <= NB_WINDOW_MAX);
		sum += n;
		count++;
	}
	assert_true(sum == UINT32_MAX);
	assert_int_equal(count, schedule.rounds);
}

static void the_seed_alone_makes_the_order(void **state)
{
	static struct window first[COUNT(windows)];
	size_t count;

	(void)state;
	for (uint32_t seed = 0; seed < 20; seed++) {
		make(12, 100, seed);
		count = play();
		memcpy(first, windows, count * sizeof(first[0]));
		make(12, 100, seed);
		assert_int_equal(play(), count);
		assert_memory_equal(first, windows, count * sizeof(first[0]));
		/* 12! to the fourth: no two seeds of a few make the same order by chance. */
		make(12, 100, seed + 1);
		assert_int_equal(play(), count);
		assert_memory_not_equal(first, windows, count * sizeof(first[0]));
	}
}

/* Machines must have the same order of windows, so a change of the generator must not go
 * unnoticed. */
static void the_order_of_a_seed_is_known(void **state)
{
	static const unsigned expected[][5] = {{2, 1, 4, 3, 0}, {4, 0, 3, 2, 1}, {0, 2, 1, 3, 4}, {0, 3, 2, 1, 4}};

	(void)state;
	nb_schedule_begin(&schedule, 8, 1);
	for (int op = 0; op < 5; op++)
		assert_true(nb_schedule_add(&schedule, (enum nb_op)op, 0));
	assert_int_equal(play(), COUNT(expected) * 5);
	for (size_t i = 0; i < COUNT(expected) * 5; i++)
		assert_int_equal(windows[i].op, expected[i / 5][i % 5]);
}

static void rounds_differ_from_each_other(void **state)
{
	(void)state;
	make(12, 4 * NB_WINDOW_MAX, 5);
	assert_int_equal(play(), 48);
	for (size_t a = 0; a < 4; a++)
		for (size_t b = a + 1; b < 4; b++)
			assert_memory_not_equal(&windows[12 * a], &windows[12 * b], 12 * sizeof(windows[0]));
}

/*
 * Over many seeds, every entry is at every position about equally often: 4000 rounds of 8, so 500
 * each with a standard deviation of 21. Six deviations are not exceeded. The seeds are fixed, so
 * the result does not vary.
 */
static void no_position_is_preferred(void **state)
{
	unsigned at[8][8] = {0};

	(void)state;
	for (uint32_t seed = 0; seed < 1000; seed++) {
		make(8, 4, seed);
		assert_int_equal(play(), 32);
		for (size_t i = 0; i < 32; i++)
			at[windows[i].op * 2 + windows[i].place][i % 8]++;
	}
	for (size_t i = 0; i < 64; i++)
		assert_in_range(at[i / 8][i % 8], 500 - 6 * 21, 500 + 6 * 21);
}

static void nothing_to_measure(void **state)
{
	(void)state;
	nb_schedule_begin(&schedule, 1000, 1);
	assert_int_equal(play(), 0);
}

/* A second use of the same memory does not see the old content. */
static void a_schedule_begins_anew(void **state)
{
	struct nb_schedule_entry entry;
	uint32_t n;

	(void)state;
	make(9, 5000, 3);
	assert_true(nb_schedule_next(&schedule, &entry, &n));
	make(4, 6, 3);
	expect_complete(4, 6, 4);
}

static void room_for_every_operation_at_every_place(void **state)
{
	(void)state;
	nb_schedule_begin(&schedule, 1, 1);
	for (unsigned place = 0; place < 16; place++)
		for (int op = 0; op < NB_OP_COUNT; op++)
			assert_true(nb_schedule_add(&schedule, (enum nb_op)op, place));
	assert_int_equal(schedule.count, NB_SCHEDULE_MAX);
	assert_false(nb_schedule_add(&schedule, NB_OP_empty, 0));
	assert_int_equal(schedule.count, NB_SCHEDULE_MAX);
	assert_int_equal(play(), NB_SCHEDULE_MAX);
}

/* The list in memory of exactly its size, so that the sanitizer sees a read behind its end. */
static unsigned add_list(const char *list, unsigned place, bool (*filter)(enum nb_op op), char rest[64])
{
	char *copy = malloc(strlen(list) + 1);
	const char *unknown = NULL;
	unsigned length;

	assert_non_null(copy);
	strcpy(copy, list);
	length = nb_schedule_add_list(&schedule, copy, place, filter, &unknown);
	assert_true((length == 0) == (unknown == NULL));
	rest[0] = '\0';
	if (unknown) {
		assert_true(unknown >= copy && unknown < copy + strlen(copy));
		strcpy(rest, unknown);
	}
	free(copy);
	return length;
}

static void expect_list(const char *list, const enum nb_op *ops, size_t count)
{
	char rest[64];

	nb_schedule_begin(&schedule, 1, 1);
	assert_int_equal(add_list(list, 3, NULL, rest), 0);
	assert_int_equal(schedule.count, count);
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(schedule.entry[i].op, ops[i]);
		assert_int_equal(schedule.entry[i].place, 3);
	}
}

static void lists_of_names(void **state)
{
	static const enum nb_op ops[] = {NB_OP_cpuid, NB_OP_empty, NB_OP_cpuid, NB_OP_vmcall};

	(void)state;
	expect_list("", ops, 0);
	expect_list(" cpuid", ops, 0);
	expect_list("cpuid", ops, 1);
	expect_list("cpuid,empty", ops, 2);
	expect_list("cpuid,empty,", ops, 2);
	expect_list("cpuid,empty n=3", ops, 2);
	expect_list("cpuid,empty, vmcall", ops, 2);
	expect_list("cpuid,empty,cpuid,vmcall -- ops=empty", ops, 4); /* named twice, measured twice */
}

/* The names before the unknown one are there. The caller refuses the list, and can say where it is
 * wrong. */
static void unknown_names(void **state)
{
	static const struct {
		const char *list, *name;
		unsigned added;
	} cases[] = {
		{"nonsense", "nonsense", 0},
		{"cpuid,nonsense,empty", "nonsense", 1},
		{"cpuid,empty,cpui", "cpui", 2},
		{"cpuidx,empty", "cpuidx", 0},
		{"cpuid,CPUID", "CPUID", 1},
		{"cpuid,,empty", ",", 1},
		{",cpuid", ",", 0},
		{",", ",", 0},
		{"cpuid,nonsense n=5", "nonsense", 1},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char rest[64];
		unsigned length;

		nb_schedule_begin(&schedule, 1, 1);
		length = add_list(cases[i].list, 0, NULL, rest);
		assert_int_equal(length, strlen(cases[i].name));
		assert_memory_equal(rest, cases[i].name, length);
		assert_int_equal(schedule.count, cases[i].added);
	}
}

static bool no_cpuid(enum nb_op op)
{
	return op != NB_OP_cpuid;
}

static bool nothing(enum nb_op op)
{
	(void)op;
	return false;
}

/* A filter leaves out known names. An unknown name is still an error. */
static void a_filter_leaves_out(void **state)
{
	char rest[64];

	(void)state;
	nb_schedule_begin(&schedule, 1, 1);
	assert_int_equal(add_list("cpuid,empty,cpuid,vmcall", 1, no_cpuid, rest), 0);
	assert_int_equal(schedule.count, 2);
	assert_int_equal(schedule.entry[0].op, NB_OP_empty);
	assert_int_equal(schedule.entry[1].op, NB_OP_vmcall);
	assert_int_equal(add_list("cpuid,empty,vmcall", 1, nothing, rest), 0);
	assert_int_equal(schedule.count, 2);
	assert_int_equal(add_list("cpuid,nonsense", 1, nothing, rest), 8);
	assert_string_equal(rest, "nonsense");
}

/* A name without room is reported like an unknown name. A name that the filter leaves out needs no
 * room. */
static void a_list_that_does_not_fit(void **state)
{
	char rest[64];

	(void)state;
	make(NB_SCHEDULE_MAX - 1, 1, 1);
	assert_int_equal(add_list("cpuid,empty,vmcall", 0, NULL, rest), 5);
	assert_string_equal(rest, "empty,vmcall");
	assert_int_equal(schedule.count, NB_SCHEDULE_MAX);
	assert_int_equal(add_list("cpuid,empty,vmcall", 0, nothing, rest), 0);
}

/* Every operation and every window that a schedule can make passes through the port unchanged. */
static void a_window_fits_into_an_answer(void **state)
{
	(void)state;
	for (int op = 0; op < NB_OP_COUNT; op++)
		for (uint32_t n = 1; n <= NB_WINDOW_MAX; n += n < 8 ? 1 : 127) {
			uint32_t next = NB_NEXT(op, n), hypervisor = next | NB_NEXT_HYPERVISOR;

			assert_true(next != NB_NEXT_DONE);
			assert_false(next & NB_NEXT_HYPERVISOR);
			assert_int_equal(NB_NEXT_OP(next), op);
			assert_int_equal(NB_NEXT_N(next), n);
			assert_int_equal(NB_NEXT_OP(hypervisor), op);
			assert_int_equal(NB_NEXT_N(hypervisor), n);
		}
	assert_int_equal(NB_NEXT_N(NB_NEXT(NB_OP_COUNT - 1, NB_WINDOW_MAX) | NB_NEXT_HYPERVISOR), NB_WINDOW_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_entry_is_measured_once_a_round),
		cmocka_unit_test(samples_are_spread_evenly),
		cmocka_unit_test(the_largest_number_of_samples),
		cmocka_unit_test(the_seed_alone_makes_the_order),
		cmocka_unit_test(the_order_of_a_seed_is_known),
		cmocka_unit_test(rounds_differ_from_each_other),
		cmocka_unit_test(no_position_is_preferred),
		cmocka_unit_test(nothing_to_measure),
		cmocka_unit_test(a_schedule_begins_anew),
		cmocka_unit_test(room_for_every_operation_at_every_place),
		cmocka_unit_test(lists_of_names),
		cmocka_unit_test(unknown_names),
		cmocka_unit_test(a_filter_leaves_out),
		cmocka_unit_test(a_list_that_does_not_fit),
		cmocka_unit_test(a_window_fits_into_an_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
