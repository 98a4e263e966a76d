// SPDX-License-Identifier: GPL-2.0-only
/* Tests of packed samples. The texts come from another program, or are invalid. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <nettle/base64.h>
#include <zlib.h>

#include "l0/results/pack.h"

/* 30, 10 and 20 ticks with the flags 0, 1 and 2. */
#define THREE "eJyT4xJhwAoYmQAGQQBA"

static void what_another_program_makes(void **state)
{
	static const uint64_t ticks[] = {30, 10, 20};
	static const uint8_t flags[] = {0, 1, 2};
	uint64_t ticks_read[3];
	uint8_t flags_read[3];
	char *text = nb_pack(ticks, flags, 3);

	(void)state;
	assert_string_equal(text, THREE);
	assert_null(nb_unpack(THREE, strlen(THREE), 3, ticks_read, flags_read));
	assert_memory_equal(ticks, ticks_read, sizeof(ticks));
	assert_memory_equal(flags, flags_read, sizeof(flags));
	free(text);
}

static void any_number_of_samples(void **state)
{
	static const size_t counts[] = {0, 1, 2, 1000, 100003};
	uint32_t x = 1;

	(void)state;
	for (size_t c = 0; c < sizeof(counts) / sizeof(counts[0]); c++) {
		size_t n = counts[c];
		uint64_t *ticks = calloc(2 * n + 1, sizeof(*ticks));
		uint8_t *flags = calloc(2 * n + 1, 1);
		char *text, *again;

		assert_non_null(ticks);
		assert_non_null(flags);
		for (size_t i = 0; i < n; i++) {
			x = x * 1103515245 + 12345;
			ticks[i] = x % 7 ? x >> 20 : NB_PACK_TICKS_MAX - x;
			flags[i] = x >> 30;
		}
		text = nb_pack(ticks, flags, n);
		again = nb_pack(ticks, flags, n);
		assert_string_equal(text, again);
		assert_null(nb_unpack(text, strlen(text), n, ticks + n, flags + n));
		assert_memory_equal(ticks, ticks + n, n * sizeof(*ticks));
		assert_memory_equal(flags, flags + n, n);
		free(again);
		free(text);
		free(flags);
		free(ticks);
	}
}

static void expect(const char *text, size_t n, const char *expected)
{
	uint64_t ticks[8];
	uint8_t flags[8];
	/* A copy of just these bytes, so that reading on is an error that ASan sees. */
	size_t length = strlen(text);
	char *exact = malloc(length ? length : 1);
	const char *why;

	assert_non_null(exact);
	memcpy(exact, text, length);
	why = nb_unpack(exact, length, n, ticks, flags);
	if (!why || strcmp(why, expected) != 0)
		fail_msg("%.40s: %s, not: %s", text, why ? why : "taken", expected);
	free(exact);
}

static void everything_else_is_refused(void **state)
{
	static const char many[] = "they are not as many as n says", base64[] = "they are not base64",
			  zlib[] = "they are no whole zlib stream";

	(void)state;
	expect(THREE, 2, many);
	expect(THREE, 4, many);
	expect(THREE, 0, many);
	expect("eJyT4xJhwAoYmQAGQQ==", 3, zlib); /* its checksum is cut off */
	expect("eJyT4xJhwAoYmQAGQQBB", 3, zlib); /* and here it is wrong */
	expect("eJyT4xJhwAoYmQAGQQBAAAAA", 3, "something follows the zlib stream");
	expect("eJyrAAAAeQB5", 0, many); /* one byte where none should be */
	expect("AAAA", 3, zlib);
	expect("eJyTYxBhwAQNIAIAB7kAsw==", 3, "one took a negative number of ticks");
	expect("eJyT4xJhwApYGAAGRQBB", 3, "one has a flag that is unknown");
	expect("", 0, base64);
	expect("=", 0, base64);
	expect("====", 0, base64);
	expect("eJyTYxBhwAQNIAIAB7kAsx==", 3, base64); /* bits behind the end */
	expect("eJyT4xJhwAoYmQAGQQB", 3, base64);
	expect("eJyT4xJhwAoYmQAGQQBA=", 3, base64);
	expect("eJyT4xJh\nAoYmQAGQQBA", 3, base64);
	expect("eJyT4xJh wAoYmQAGQQBA   ", 3, base64);
	expect("eJyT4xJhw\xff==mQAGQQBA", 3, base64);
	expect("eJyT4xJhw_oYmQAGQQBA", 3, base64);
}

/* A text of a few thousand bytes that would fill ten million: no more is unpacked than n says. */
static void a_bomb_is_harmless(void **state)
{
	enum { SIZE = 10 << 20 };
	uLongf packed_size = compressBound(SIZE);
	uint8_t *zeros = calloc(SIZE, 1), *packed = malloc(packed_size);
	char *text = calloc(BASE64_ENCODE_RAW_LENGTH(packed_size) + 1, 1);

	(void)state;
	assert_non_null(zeros);
	assert_non_null(packed);
	assert_non_null(text);
	assert_int_equal(compress2(packed, &packed_size, zeros, SIZE, 9), Z_OK);
	assert_true(packed_size < 20000);
	base64_encode_raw(text, packed_size, packed);
	expect(text, 3, "they are not as many as n says");
	free(text);
	free(packed);
	free(zeros);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_another_program_makes),
		cmocka_unit_test(any_number_of_samples),
		cmocka_unit_test(everything_else_is_refused),
		cmocka_unit_test(a_bomb_is_harmless),
	};

	return cmocka_run_group_tests_name("pack", tests, NULL, NULL);
}
