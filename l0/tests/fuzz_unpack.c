// SPDX-License-Identifier: GPL-2.0-only
/*
 * Packed samples, from any bytes. The first byte says what they are: the text itself, its zlib
 * stream, or the planes inside. The second byte is the number of samples.
 */
#include <stdbool.h>
#include <string.h>

#include <nettle/base64.h>
#include <zlib.h>

#include "l0/results/flags.h"
#include "l0/results/pack.h"
#include "l0/tests/fuzz.h"

#define SAMPLES_MAX 64u

/* Returns true if the text was accepted. */
static bool check(const char *text, size_t length, size_t n)
{
	/* Of exactly n, so that ASan sees one too many. */
	uint64_t *ticks = malloc(n * sizeof(*ticks) + 1);
	uint8_t *flags = malloc(n + 1);
	const char *why;

	FUZZ_REQUIRE(ticks && flags);
	why = nb_unpack(text, length, n, ticks, flags);
	if (why) {
		FUZZ_REQUIRE(*why && !strchr(why, '\n'));
	} else {
		char *again = nb_pack(ticks, flags, n);
		uint64_t *ticks_again = malloc(n * sizeof(*ticks) + 1);
		uint8_t *flags_again = malloc(n + 1);

		for (size_t i = 0; i < n; i++)
			FUZZ_REQUIRE(ticks[i] <= NB_PACK_TICKS_MAX && !(flags[i] & ~NB_FLAGS));
		FUZZ_REQUIRE(ticks_again && flags_again);
		FUZZ_REQUIRE(!nb_unpack(again, strlen(again), n, ticks_again, flags_again));
		FUZZ_REQUIRE(memcmp(ticks, ticks_again, n * sizeof(*ticks)) == 0);
		FUZZ_REQUIRE(memcmp(flags, flags_again, n) == 0);
		free(flags_again);
		free(ticks_again);
		free(again);
	}
	free(flags);
	free(ticks);
	return !why;
}

static bool check_base64_of(const uint8_t *bytes, size_t size, size_t n)
{
	size_t length = BASE64_ENCODE_RAW_LENGTH(size);
	char *text = malloc(length + 1);
	bool taken;

	FUZZ_REQUIRE(text);
	base64_encode_raw(text, size, bytes);
	taken = check(text, length, n);
	free(text);
	return taken;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uLongf packed_size;
	uint8_t *packed;
	size_t n;

	if (size < 2)
		return 0;
	n = data[1] % SAMPLES_MAX;
	switch (data[0] % 3) {
	case 0:
		check((const char *)data + 2, size - 2, n);
		return 0;
	case 1:
		check_base64_of(data + 2, size - 2, n);
		return 0;
	default:
		packed_size = compressBound(size);
		packed = malloc(packed_size);
		FUZZ_REQUIRE(packed && compress(packed, &packed_size, data + 2, size - 2) == Z_OK);
		FUZZ_REQUIRE(!check_base64_of(packed, packed_size, n) || size - 2 == 9 * n);
		free(packed);
		return 0;
	}
}

void fuzz__seeds(void (*take)(const void *bytes, size_t size))
{
	static const char text[] = "\0\3eJyT4xJhwAoYmQAGQQBA", none[] = "\0\0eJwDAAAAAAE=";
	uint8_t bytes[2 + 9 * 40] = {2, 40}, packed[600] = {1, 40};
	uLongf size = sizeof(packed) - 2;

	take(text, sizeof(text) - 1);
	take(none, sizeof(none) - 1);
	for (size_t i = 0; i < 80; i++)
		bytes[2 + i] = (uint8_t)(i * 7);
	bytes[2 + 8 * 40 + 5] = NB_FLAGS;
	take(bytes, sizeof(bytes));
	FUZZ_REQUIRE(compress(packed + 2, &size, bytes + 2, sizeof(bytes) - 2) == Z_OK);
	take(packed, 2 + size);
}
