// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the VMM's stream: its own texts and its end, rings that are drained in order under one
 * count, and a reader that is gone.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "l0/tests/capture.h"
#include "l0/vmm/stream.h"

static struct nb_ring ring;
static struct nb_record out[NB_RING_SLOTS];
static uint32_t due; /* the VMM counts its records over the whole process */

/* The records written since capture__begin(). */
static size_t records(struct capture *capture)
{
	size_t bytes = capture__end_bytes(capture, out, sizeof(out));

	assert_int_equal(bytes % sizeof(out[0]), 0);
	assert_true(bytes <= sizeof(out));
	return bytes / sizeof(out[0]);
}

static void expect_text(const char *text)
{
	struct capture capture = capture__begin(STDOUT_FILENO);
	bool good = stream__text("%s", text);
	size_t count = records(&capture);
	char line[4096] = "";

	assert_true(good);
	assert_int_equal(count, (strlen(text) + NB_TEXT_LEN - 1) / NB_TEXT_LEN);
	for (size_t i = 0; i < count; i++) {
		assert_int_equal(out[i].type, NB_RECORD_TEXT);
		assert_int_equal(out[i].flags, i + 1 < count ? NB_RECORD_MORE : 0);
		assert_int_equal(out[i].seq, due++);
		memcpy(line + i * NB_TEXT_LEN, out[i].text, NB_TEXT_LEN);
	}
	assert_string_equal(line, text);
	for (size_t i = strlen(text); i < count * NB_TEXT_LEN; i++)
		assert_int_equal(line[i], '\0');
}

static void texts_of_any_length(void **state)
{
	char line[1024] = "";

	(void)state;
	for (size_t length = 1; length < 200; length++) {
		line[length - 1] = (char)('A' + length % 26);
		expect_text(line);
	}
	memset(line, 'z', sizeof(line) - 1);
	expect_text(line);
}

static void a_text_is_formatted(void **state)
{
	struct capture capture = capture__begin(STDOUT_FILENO);
	bool good = stream__text("%s.%d=%x", "a", 1, 0xbeefu);
	size_t count = records(&capture);

	(void)state;
	assert_true(good);
	assert_int_equal(count, 1);
	assert_int_equal(out[0].seq, due++);
	assert_memory_equal(out[0].text, "a.1=beef", sizeof("a.1=beef"));
}

static void the_end_goes_on_counting(void **state)
{
	struct capture capture;
	bool good;

	(void)state;
	expect_text("run.level=L1");
	capture = capture__begin(STDOUT_FILENO);
	good = stream__end(0) && stream__end(77);
	assert_int_equal(records(&capture), 2);
	assert_true(good);
	for (unsigned i = 0; i < 2; i++) {
		static const uint32_t none[5];

		assert_int_equal(out[i].type, NB_RECORD_END);
		assert_int_equal(out[i].flags, 0);
		assert_int_equal(out[i].seq, due++);
		assert_int_equal(out[i].end.status, i == 0 ? 0 : 77);
		assert_memory_equal(out[i].end.reserved, none, sizeof(none));
	}
}

static void ring_at(uint64_t at, uint32_t count)
{
	nb_ring_init(&ring);
	ring.head = ring.tail = at;
	for (uint32_t i = 0; i < count; i++) {
		struct nb_record *record = nb_ring_claim(&ring, NB_RECORD_SAMPLE);

		record->sample.start = i;
		record->sample.ticks = at;
		nb_ring_publish(&ring);
	}
}

static void expect_drained(uint64_t at, uint32_t count)
{
	struct capture capture;
	size_t written;
	bool good;

	ring_at(at, count);
	capture = capture__begin(STDOUT_FILENO);
	good = stream__drain(&ring);
	written = records(&capture);
	assert_true(good);
	assert_int_equal(written, count);
	for (uint32_t i = 0; i < count; i++) {
		assert_int_equal(out[i].type, NB_RECORD_SAMPLE);
		assert_int_equal(out[i].flags, 0);
		assert_int_equal(out[i].seq, due++); /* whatever the ring counts */
		assert_int_equal(out[i].sample.start, i);
		assert_int_equal(out[i].sample.ticks, at);
	}
	assert_int_equal(ring.tail, at + count);
	assert_int_equal(ring.head, at + count);
}

static void a_ring_is_drained_in_order(void **state)
{
	(void)state;
	expect_drained(0, 0);
	expect_drained(0, 1);
	expect_drained(0, NB_RING_SLOTS);
	expect_drained(NB_RING_SLOTS - 100, 100); /* ends where the slots end */
	expect_drained(NB_RING_SLOTS - 100, 101);
	expect_drained(NB_RING_SLOTS - 1, NB_RING_SLOTS);
	expect_drained(UINT64_C(7) * NB_RING_SLOTS + 12345, NB_RING_SLOTS); /* full, begins in the middle */
	expect_drained(UINT32_MAX - UINT64_C(5), 10);
}

static void nothing_is_written_twice(void **state)
{
	struct capture capture;

	(void)state;
	ring_at(NB_RING_SLOTS - 1, 2);
	capture = capture__begin(STDOUT_FILENO);
	stream__drain(&ring);
	stream__drain(&ring);
	assert_int_equal(records(&capture), 2);
	due += 2;
}

/* Guests and the VMM take turns. Each ring has its own count, and the stream has one. */
static void rings_and_texts_are_one_stream(void **state)
{
	static struct nb_ring other;
	struct capture capture;
	size_t count = 0;
	bool good = true;

	(void)state;
	nb_ring_init(&other);
	nb_ring_init(&ring);
	capture = capture__begin(STDOUT_FILENO);
	for (uint32_t turn = 0; turn < 3; turn++) {
		good = stream__text("run.level=L1") && good;
		for (uint32_t i = 0; i <= turn; i++) {
			nb_ring_claim(&ring, NB_RECORD_SAMPLE)->sample.start = 10 + turn;
			nb_ring_publish(&ring);
		}
		good = stream__drain(&ring) && stream__text("run.level=L2") && good;
		nb_ring_claim(&other, NB_RECORD_SAMPLE)->sample.start = 20 + turn;
		nb_ring_publish(&other);
		good = stream__drain(&other) && good;
	}
	good = stream__end(0) && good;
	assert_int_equal(records(&capture), 3 * 3 + 1 + 2 + 3 + 1);
	assert_true(good);
	for (uint32_t turn = 0; turn < 3; turn++) {
		assert_memory_equal(out[count++].text, "run.level=L1", sizeof("run.level=L1"));
		for (uint32_t i = 0; i <= turn; i++)
			assert_int_equal(out[count++].sample.start, 10 + turn);
		assert_memory_equal(out[count++].text, "run.level=L2", sizeof("run.level=L2"));
		assert_int_equal(out[count++].sample.start, 20 + turn);
	}
	assert_int_equal(out[count++].type, NB_RECORD_END);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(out[i].seq, due++);
	assert_int_equal(ring.tail, 6);
	assert_int_equal(other.tail, 3);
}

/*
 * The stream's own count would hide a hole in a ring, so it is found here. What came before it goes
 * out, and the stream continues without a hole in it: the stream's end must not look damaged too.
 */
static void expect_hole(uint64_t at, uint32_t count, uint32_t hole)
{
	struct capture output, errors;
	char text[256], expected[128];
	bool good;

	ring_at(at, count);
	ring.slot[(at + hole) % NB_RING_SLOTS].seq += 3;
	output = capture__begin(STDOUT_FILENO);
	errors = capture__begin(STDERR_FILENO);
	good = stream__drain(&ring);
	capture__end_text(&errors, text, sizeof(text));
	assert_int_equal(records(&output), hole);
	assert_false(good);
	for (uint32_t i = 0; i < hole; i++) {
		assert_int_equal(out[i].seq, due++);
		assert_int_equal(out[i].sample.start, i);
	}
	assert_int_equal(ring.tail, at + hole);
	snprintf(expected, sizeof(expected),
		 "nestbed: the guest's ring has a hole: record %u follows where %u was due\n",
		 (uint32_t)(at + hole + 3), (uint32_t)(at + hole));
	assert_string_equal(text, expected);
	expect_text("run.level=L1");
}

static void a_hole_in_a_ring_is_told(void **state)
{
	(void)state;
	expect_hole(0, 1, 0);
	expect_hole(0, 5, 3);
	expect_hole(7, 5, 4);
	expect_hole(NB_RING_SLOTS - 3, 10, 2);
	expect_hole(NB_RING_SLOTS - 3, 10, 3);
	expect_hole(NB_RING_SLOTS - 3, 10, 9);
	expect_hole(UINT32_MAX - UINT64_C(5), 10, 8);
}

/* Drains a ring that the guest has damaged: nothing may come out. */
static void expect_damaged(void)
{
	struct capture output = capture__begin(STDOUT_FILENO);
	struct capture errors = capture__begin(STDERR_FILENO);
	bool good = stream__drain(&ring);
	char text[256];

	capture__end_text(&errors, text, sizeof(text));
	assert_int_equal(records(&output), 0);
	assert_false(good);
	assert_non_null(strstr(text, "nestbed: the guest's ring is damaged"));
	assert_ptr_equal(strchr(text, '\n'), text + strlen(text) - 1);
}

static void a_damaged_ring_is_refused(void **state)
{
	(void)state;
	ring_at(0, 5);
	ring.tail = 6;
	expect_damaged();
	ring_at(0, 5);
	ring.head = NB_RING_SLOTS + 1;
	expect_damaged();
	ring_at(0, 5);
	ring.head = UINT64_MAX;
	expect_damaged();
	ring_at(0, 5);
	ring.magic++;
	expect_damaged();
	ring_at(0, 5);
	ring.slots *= 2;
	expect_damaged();
}

/* Runs in a separate process, because a stream that has failed once stays failed. */
static int write_to_nobody(void)
{
	int ends[2];

	signal(SIGPIPE, SIG_IGN);
	ring_at(0, 5);
	if (pipe(ends) != 0 || close(ends[0]) != 0 || dup2(ends[1], STDOUT_FILENO) < 0)
		return 1;
	/* Again and again: what was numbered and not written is no hole. */
	for (int i = 0; i < 3; i++)
		if (stream__drain(&ring) || ring.tail != 0)
			return 3;
	if (stream__text("a text of two records, at the very least"))
		return 4;
	nb_ring_init(&ring);
	if (stream__drain(&ring)) /* an empty ring: the stream has failed all the same */
		return 6;
	if (stream__text("run.level=L1"))
		return 2;
	return stream__end(0) ? 5 : 0;
}

static void a_reader_that_is_gone_is_told_once(void **state)
{
	struct capture errors = capture__begin(STDERR_FILENO);
	char text[512];
	int status = -1;
	pid_t child = fork();

	(void)state;
	if (child == 0)
		_exit(write_to_nobody());
	waitpid(child, &status, 0);
	capture__end_text(&errors, text, sizeof(text));
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	assert_string_equal(text, "nestbed: cannot write results: Broken pipe\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_of_any_length),
		cmocka_unit_test(a_text_is_formatted),
		cmocka_unit_test(the_end_goes_on_counting),
		cmocka_unit_test(a_ring_is_drained_in_order),
		cmocka_unit_test(nothing_is_written_twice),
		cmocka_unit_test(rings_and_texts_are_one_stream),
		cmocka_unit_test(a_hole_in_a_ring_is_told),
		cmocka_unit_test(a_damaged_ring_is_refused),
		cmocka_unit_test(a_reader_that_is_gone_is_told_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
