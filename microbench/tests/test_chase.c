// SPDX-License-Identifier: GPL-2.0-only
/* Tests of the pointer chase: its points, its chains, which are one cycle over the right lines, and
 * the windows of a run. No test depends on a time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "microbench/pointer_chase.h"

#define MIB   (1ull << 20)
#define NEVER UINT32_MAX /* a load may take so many ticks: nothing is emulated */

static void points_have_names_and_numbers(void **state)
{
	char names[NB_CHASE_POINTS][NB_OP_NAME_LEN];

	(void)state;
	for (unsigned i = 0; i < NB_CHASE_POINTS; i++) {
		const struct nb_chase_point point = nb_chase_point(i);
		unsigned set = 0;

		while (NB_CHASE_SET_MIN << set < point.set)
			set++;
		assert_int_equal(NB_CHASE_SET_MIN << set, point.set);
		assert_int_equal(nb_chase_number(point.layout, point.order, set), i);
		memset(names[i], 'x', sizeof(names[i]));
		nb_chase_name(&point, names[i]);
		assert_non_null(memchr(names[i], '\0', sizeof(names[i])));
		for (unsigned j = 0; j < i; j++)
			assert_string_not_equal(names[i], names[j]);
	}
	assert_string_equal(names[0], "rnd.4K.16K");
	assert_string_equal(names[nb_chase_number(NB_CHASE_2M, NB_CHASE_RANDOM, 18)], "rnd.2M.4G");
	assert_string_equal(names[nb_chase_number(NB_CHASE_DENSE, NB_CHASE_SEQUENTIAL, 14)], "seq.dense.256M");
}

static uint64_t load(uint64_t at)
{
	return *(const uint64_t *)(uintptr_t)at;
}

/* Follows the chain once round. It must meet each line of the layout once, and the last line must
 * point to the first. */
static void expect_one_cycle(uint8_t *base, const struct nb_chase_point *point)
{
	const uint64_t lines = nb_chase_lines(point), apart = nb_chase_span(point) / lines;
	uint8_t *seen = calloc(lines, 1);
	uint64_t first = 0, at;
	unsigned places[64] = {0};

	assert_non_null(seen);
	while (load((uintptr_t)base + first) == 0) /* what was not written is zero */
		first += NB_CHASE_LINE;
	first += (uintptr_t)base;
	at = first;
	for (uint64_t i = 0; i < lines; i++) {
		const uint64_t offset = at - (uintptr_t)base;

		assert_true(at >= (uintptr_t)base && offset < nb_chase_span(point) && offset % NB_CHASE_LINE == 0);
		assert_int_equal(seen[offset / apart]++, 0);
		places[offset / NB_CHASE_LINE % 64]++;
		at = load(at);
	}
	assert_int_equal(at, first);
	/* Sets of a cache are filled alike. */
	for (unsigned i = 0; lines >= 64 && i < 64; i++)
		assert_in_range(places[i] + 2, lines / 64, lines / 64 + 4);
	free(seen);
}

static void a_chain_is_one_cycle(void **state)
{
	uint8_t *memory = aligned_alloc(4096, 4 * MIB);

	(void)state;
	assert_non_null(memory);
	for (unsigned i = 0; i < NB_CHASE_POINTS; i++) {
		const struct nb_chase_point point = nb_chase_point(i);

		for (uint64_t seed = 0; point.set <= 4 * MIB && seed < 4; seed++) {
			memset(memory, 0, 4 * MIB);
			nb_chase_build(memory, &point, seed);
			expect_one_cycle(memory, &point);
		}
	}
	free(memory);
}

static void the_seed_makes_the_order(void **state)
{
	const struct nb_chase_point random = {NB_CHASE_DENSE, NB_CHASE_RANDOM, MIB};
	const struct nb_chase_point sequential = {NB_CHASE_DENSE, NB_CHASE_SEQUENTIAL, MIB};
	const size_t size = nb_chase_span(&random);
	uint8_t *memory = aligned_alloc(4096, size), *copy = malloc(size);
	size_t next = 0;

	(void)state;
	assert_non_null(memory);
	assert_non_null(copy);
	memset(memory, 0, size);
	nb_chase_build(memory, &random, 1);
	memcpy(copy, memory, size);
	nb_chase_build(memory, &random, 2);
	assert_memory_not_equal(memory, copy, size);
	nb_chase_build(memory, &random, 1);
	assert_memory_equal(memory, copy, size);
	/* Random: hardly a line leads to its neighbour; sequential: each does. */
	for (size_t i = 0; i + NB_CHASE_LINE < size; i += NB_CHASE_LINE)
		next += load((uintptr_t)memory + i) == (uintptr_t)memory + i + NB_CHASE_LINE;
	assert_in_range(next, 0, 16);
	nb_chase_build(memory, &sequential, 1);
	for (size_t i = 0; i < size; i += NB_CHASE_LINE)
		assert_int_equal(load((uintptr_t)memory + i), (uintptr_t)memory + (i + NB_CHASE_LINE) % size);
	free(copy);
	free(memory);
}

/* --- A run, whose records are counted --- */

static struct nb_ring ring;
static unsigned opened, closed, skipped, samples, asked_for[2];
static char last_skip[64], dense[8];
static uint64_t have[2]; /* bytes, by layout 4K and 2M */
static unsigned stops_after;

static void drain(void)
{
	const struct nb_record *record;
	static char text[256];

	while ((record = nb_ring_peek(&ring)) != NULL) {
		if (record->type == NB_RECORD_TEXT) {
			strncat(text, record->text, NB_TEXT_LEN);
			if (!(record->flags & NB_RECORD_MORE)) {
				sscanf(text, "skip=%63[^\n]", last_skip);
				sscanf(text, "chase.dense=%7s", dense);
				text[0] = '\0';
			}
		}
		opened += record->type == NB_RECORD_OPEN;
		closed += record->type == NB_RECORD_CLOSE;
		skipped += record->type == NB_RECORD_SKIP;
		samples += record->type == NB_RECORD_SAMPLE;
		nb_ring_pop(&ring);
	}
}

static void doorbell(enum nb_doorbell what)
{
	(void)what;
	drain();
}

static struct nb_chase_memory memory_of(enum nb_chase_layout page, uint64_t wanted)
{
	static uint8_t memory[4 * MIB] __attribute__((aligned(4096)));

	assert_true(page == NB_CHASE_4K || page == NB_CHASE_2M);
	asked_for[page]++;
	return (struct nb_chase_memory){memory, wanted < have[page] ? wanted : have[page], "skip=no more memory"};
}

static bool stopped(void)
{
	return opened >= stops_after;
}

static bool run(uint64_t max_set, unsigned pages, uint32_t emulated)
{
	const struct nb_place place = {.ring = &ring, .where = NB_RING3, .doorbell = doorbell};
	const struct nb_chase chase = {.max_set = max_set,
				       .pages = pages,
				       .warmup = 1,
				       .seed = 1,
				       .emulated = emulated,
				       .memory = memory_of,
				       .stopped = stopped};
	bool whole;

	nb_ring_init(&ring);
	opened = closed = skipped = samples = asked_for[0] = asked_for[1] = 0;
	last_skip[0] = dense[0] = '\0';
	whole = nb_chase_run(&place, &chase, 3);
	drain();
	return whole;
}

static int begin(void **state)
{
	(void)state;
	have[0] = have[1] = 4 * MIB;
	stops_after = UINT32_MAX;
	return 0;
}

static void every_point_has_a_window(void **state)
{
	(void)state;
	assert_true(run(MIB, 3, NEVER)); /* 16K to 1M: 7 sets, 3 layouts, 2 orders */
	assert_int_equal(opened, 42);
	assert_int_equal(closed, 42);
	assert_int_equal(samples, 3 * 42);
	assert_int_equal(skipped, 0);
	assert_string_equal(dense, "2M");
	assert_true(run(MIB, 1, NEVER)); /* the control is there whatever the pages */
	assert_int_equal(opened, 28);
}

static void what_has_no_memory_is_skipped_with_the_reason(void **state)
{
	(void)state;
	have[NB_CHASE_2M] = MIB / 4;
	assert_true(run(MIB, 3, NEVER));
	assert_int_equal(opened, 42 - 4); /* of 2 MiB pages 512K and 1M, in both orders */
	assert_int_equal(skipped, 4);
	assert_string_equal(last_skip, "no more memory");
	assert_string_equal(dense, "2M");
	have[NB_CHASE_2M] = 0;
	assert_true(run(MIB, 3, NEVER));
	assert_int_equal(skipped, 14);
	assert_string_equal(dense, "4K");
}

static void an_emulator_is_not_measured(void **state)
{
	(void)state;
	assert_true(run(MIB, 3, 0)); /* every load takes more than none */
	assert_int_equal(opened, 0);
	assert_int_equal(skipped, 42);
	assert_non_null(strstr(last_skip, "a load from the nearest cache"));
	assert_int_equal(asked_for[0] + asked_for[1], 0);
}

static void it_can_be_stopped(void **state)
{
	(void)state;
	stops_after = 5;
	assert_false(run(MIB, 3, NEVER));
	assert_int_equal(opened, 5);
	assert_int_equal(closed, 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(points_have_names_and_numbers),
		cmocka_unit_test(a_chain_is_one_cycle),
		cmocka_unit_test(the_seed_makes_the_order),
		cmocka_unit_test_setup(every_point_has_a_window, begin),
		cmocka_unit_test_setup(what_has_no_memory_is_skipped_with_the_reason, begin),
		cmocka_unit_test_setup(an_emulator_is_not_measured, begin),
		cmocka_unit_test_setup(it_can_be_stopped, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
