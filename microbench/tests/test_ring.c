// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the ring: order over many laps, a full ring, texts in several records, and damaged
 * headers that a consumer must not follow.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "microbench/abi/ring.h"

static struct nb_ring ring;

static int empty_ring(void **state)
{
	(void)state;
	memset(&ring, 0xa5, sizeof(ring));
	nb_ring_init(&ring);
	return 0;
}

/* An empty ring whose counters stand at `at`. */
static void ring_at(uint64_t at)
{
	ring.head = at;
	ring.tail = at;
}

static void put(uint64_t value)
{
	struct nb_record *record = nb_ring_claim(&ring, NB_RECORD_SAMPLE);

	assert_non_null(record);
	record->sample.start = value;
	record->sample.ticks = ~value;
	nb_ring_publish(&ring);
}

static void take(uint64_t value)
{
	const struct nb_record *record = nb_ring_peek(&ring);

	assert_non_null(record);
	assert_int_equal(record->type, NB_RECORD_SAMPLE);
	assert_int_equal(record->flags, 0);
	assert_int_equal(record->sample.start, value);
	assert_int_equal(record->sample.ticks, ~value);
	nb_ring_pop(&ring);
}

/* Takes one line out, piece by piece, and checks how it was cut. */
static void take_text(const char *expected)
{
	char line[4096] = "";
	size_t done = 0;
	bool more = true;

	while (more) {
		const struct nb_record *record = nb_ring_peek(&ring);

		assert_non_null(record);
		assert_int_equal(record->type, NB_RECORD_TEXT);
		assert_int_equal(record->flags & ~NB_RECORD_MORE, 0);
		more = record->flags & NB_RECORD_MORE;
		assert_true(done + NB_TEXT_LEN < sizeof(line));
		memcpy(line + done, record->text, NB_TEXT_LEN);
		if (more)
			assert_null(memchr(record->text, '\0', NB_TEXT_LEN));
		done += NB_TEXT_LEN;
		nb_ring_pop(&ring);
	}
	assert_string_equal(line, expected);
	for (size_t i = strlen(expected); i < done; i++)
		assert_int_equal(line[i], '\0');
}

static void a_new_ring_is_empty(void **state)
{
	(void)state;
	assert_true(nb_ring_valid(&ring));
	assert_null(nb_ring_peek(&ring));
	assert_int_equal(nb_ring_free(&ring), NB_RING_SLOTS);
	for (uint32_t i = 0; i < NB_RING_SLOTS; i++)
		assert_int_equal(ring.slot[i].type, NB_RECORD_NONE);
}

static void records_come_out_in_order(void **state)
{
	(void)state;
	for (uint64_t i = 0; i < 100; i++)
		put(i);
	assert_int_equal(nb_ring_free(&ring), NB_RING_SLOTS - 100);
	for (uint64_t i = 0; i < 100; i++)
		take(i);
	assert_null(nb_ring_peek(&ring));
	assert_int_equal(nb_ring_free(&ring), NB_RING_SLOTS);
}

static void a_claimed_record_is_not_seen(void **state)
{
	(void)state;
	assert_non_null(nb_ring_claim(&ring, NB_RECORD_OPEN));
	assert_null(nb_ring_peek(&ring));
	nb_ring_publish(&ring);
	assert_non_null(nb_ring_peek(&ring));
	assert_int_equal(nb_ring_peek(&ring)->type, NB_RECORD_OPEN);
}

static void a_claim_clears_old_flags(void **state)
{
	struct nb_record *record;

	(void)state;
	ring.slot[0].flags = 0xffff;
	record = nb_ring_claim(&ring, NB_RECORD_END);
	assert_ptr_equal(record, &ring.slot[0]);
	assert_int_equal(record->flags, 0);
}

static void a_full_ring_takes_nothing(void **state)
{
	(void)state;
	ring_at(12345);
	for (uint64_t i = 0; i < NB_RING_SLOTS; i++)
		put(i);
	assert_int_equal(nb_ring_free(&ring), 0);
	assert_true(nb_ring_valid(&ring));
	assert_null(nb_ring_claim(&ring, NB_RECORD_SAMPLE));
	assert_false(nb_ring_text(&ring, "x"));
	take(0);
	put(NB_RING_SLOTS);
	assert_null(nb_ring_claim(&ring, NB_RECORD_SAMPLE));
	for (uint64_t i = 1; i <= NB_RING_SLOTS; i++)
		take(i);
	assert_null(nb_ring_peek(&ring));
}

/* The size of a burst has no factor in common with the ring's size. So every slot is once the first
 * of a burst. */
static void order_holds_over_many_laps(void **state)
{
	uint64_t in = 0, out = 0;

	(void)state;
	for (unsigned burst = 0; burst < 200; burst++) {
		for (unsigned i = 0; i < 499; i++)
			put(in++);
		while (in - out > burst * 15)
			take(out++);
	}
	assert_true(in > 20 * NB_RING_SLOTS);
	while (out < in)
		take(out++);
	assert_null(nb_ring_peek(&ring));
}

static void seq_has_no_hole(void **state)
{
	/* The last start is where the 32 bits of seq run over. */
	const uint64_t starts[] = {0, NB_RING_SLOTS - 10, UINT64_C(0xffffffff) - 10};

	(void)state;
	for (unsigned s = 0; s < sizeof(starts) / sizeof(starts[0]); s++) {
		ring_at(starts[s]);
		for (unsigned i = 0; i < 20; i++) {
			put(i);
			assert_true(nb_ring_text(&ring, "a text in two records, at least"));
		}
		for (uint32_t due = (uint32_t)starts[s]; nb_ring_peek(&ring); due++) {
			assert_int_equal(nb_ring_peek(&ring)->seq, due);
			nb_ring_pop(&ring);
		}
		assert_int_equal(ring.tail, starts[s] + 60);
	}
}

static void texts_of_any_length_are_rejoined(void **state)
{
	char line[200] = "";

	(void)state;
	ring_at(NB_RING_SLOTS - 100); /* so that some texts go round the end */
	for (size_t length = 1; length < sizeof(line); length++) {
		uint64_t head = ring.head;

		line[length - 1] = (char)('a' + length % 26);
		assert_true(nb_ring_text(&ring, line));
		assert_int_equal(ring.head - head, (length + NB_TEXT_LEN - 1) / NB_TEXT_LEN);
		take_text(line);
	}
	assert_true(ring.tail > NB_RING_SLOTS);
}

static void texts_and_samples_mix(void **state)
{
	(void)state;
	put(1);
	assert_true(nb_ring_text(&ring, "hv.exit.EXTERNAL_INTERRUPT=18446744073709551615"));
	put(2);
	take(1);
	take_text("hv.exit.EXTERNAL_INTERRUPT=18446744073709551615");
	take(2);
}

static void an_empty_text_leaves_nothing(void **state)
{
	(void)state;
	assert_false(nb_ring_text(&ring, ""));
	assert_int_equal(ring.head, 0);
}

static void a_text_that_does_not_fit_leaves_nothing(void **state)
{
	char line[4 * NB_TEXT_LEN + 1] = "";

	(void)state;
	for (uint64_t i = 0; i < NB_RING_SLOTS - 3; i++)
		put(i);
	memset(line, 't', 3 * NB_TEXT_LEN + 1);
	assert_false(nb_ring_text(&ring, line));
	assert_int_equal(ring.head, NB_RING_SLOTS - 3);
	for (unsigned i = NB_RING_SLOTS - 3; i < NB_RING_SLOTS; i++)
		assert_int_equal(ring.slot[i].type, NB_RECORD_NONE);
	line[3 * NB_TEXT_LEN] = '\0';
	assert_true(nb_ring_text(&ring, line));
	assert_int_equal(nb_ring_free(&ring), 0);
	for (uint64_t i = 0; i < NB_RING_SLOTS - 3; i++)
		take(i);
	take_text(line);
}

static void damaged_headers_are_rejected(void **state)
{
	(void)state;
	put(1);
	assert_true(nb_ring_valid(&ring));
	ring.magic ^= 1;
	assert_false(nb_ring_valid(&ring));
	nb_ring_init(&ring);
	ring.version++;
	assert_false(nb_ring_valid(&ring));
	nb_ring_init(&ring);
	ring.slots = NB_RING_SLOTS * 2;
	assert_false(nb_ring_valid(&ring));
	nb_ring_init(&ring);
	ring.tail = 1; /* more taken than written */
	assert_false(nb_ring_valid(&ring));
	assert_null(nb_ring_peek(&ring));
	nb_ring_init(&ring);
	ring.head = NB_RING_SLOTS;
	assert_true(nb_ring_valid(&ring));
	assert_non_null(nb_ring_peek(&ring));
	ring.head = NB_RING_SLOTS + 1; /* a lap too far: the oldest is lost */
	assert_false(nb_ring_valid(&ring));
	assert_null(nb_ring_peek(&ring));
	ring.head = 5;
	ring.tail = UINT64_MAX - 5;
	assert_false(nb_ring_valid(&ring));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_new_ring_is_empty, empty_ring),
		cmocka_unit_test_setup(records_come_out_in_order, empty_ring),
		cmocka_unit_test_setup(a_claimed_record_is_not_seen, empty_ring),
		cmocka_unit_test_setup(a_claim_clears_old_flags, empty_ring),
		cmocka_unit_test_setup(a_full_ring_takes_nothing, empty_ring),
		cmocka_unit_test_setup(order_holds_over_many_laps, empty_ring),
		cmocka_unit_test_setup(seq_has_no_hole, empty_ring),
		cmocka_unit_test_setup(texts_of_any_length_are_rejoined, empty_ring),
		cmocka_unit_test_setup(texts_and_samples_mix, empty_ring),
		cmocka_unit_test_setup(an_empty_text_leaves_nothing, empty_ring),
		cmocka_unit_test_setup(a_text_that_does_not_fit_leaves_nothing, empty_ring),
		cmocka_unit_test_setup(damaged_headers_are_rejected, empty_ring),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
