// SPDX-License-Identifier: GPL-2.0-only
/* Packs samples with zlib and nettle's base64. The unpacking code does not trust its input. */
#include "l0/results/pack.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <nettle/base64.h>
#include <zlib.h>

#include "l0/results/flags.h"

/*
 * Samples differ only in their lower bytes. Compared with sample after sample, planes need a third
 * less space, and less time.
 */
#define TICKS_PLANES sizeof(uint64_t)
#define SAMPLE_SIZE  (TICKS_PLANES + 1)

/* zlib's best level, 9, takes up to nine times as long and saves only 2%. */
#define LEVEL 6

static void *allocate(size_t size)
{
	void *memory = malloc(size);

	if (!memory) {
		fprintf(stderr, "nestbed: no memory to pack %zu bytes of samples\n", size);
		exit(1);
	}
	return memory;
}

char *nb_pack(const uint64_t *ticks, const uint8_t *flags, size_t n)
{
	size_t size = n * SAMPLE_SIZE;
	uLongf packed_size = compressBound(size);
	uint8_t *raw = allocate(size + 1), *packed = allocate(packed_size);
	char *text;

	for (size_t plane = 0; plane < TICKS_PLANES; plane++)
		for (size_t i = 0; i < n; i++)
			raw[plane * n + i] = (uint8_t)(ticks[i] >> 8 * plane);
	for (size_t i = 0; i < n; i++)
		raw[TICKS_PLANES * n + i] = flags[i];
	/* The buffer has space for the worst case, so only a lack of memory fails. */
	if (compress2(packed, &packed_size, raw, size, LEVEL) != Z_OK) {
		fprintf(stderr, "nestbed: no memory to pack %zu bytes of samples\n", size);
		exit(1);
	}
	free(raw);
	text = allocate(BASE64_ENCODE_RAW_LENGTH(packed_size) + 1);
	base64_encode_raw(text, packed_size, packed);
	text[BASE64_ENCODE_RAW_LENGTH(packed_size)] = '\0';
	free(packed);
	return text;
}

/* nettle skips spaces and line ends. A packed text has none, so its length must match exactly. */
static bool decode(const char *text, size_t length, uint8_t *packed, size_t *size)
{
	struct base64_decode_ctx context;
	size_t padding = 0;

	if (length == 0 || length % 4 != 0)
		return false;
	while (padding < 2 && text[length - 1 - padding] == '=')
		padding++;
	base64_decode_init(&context);
	return base64_decode_update(&context, size, packed, length, text) && base64_decode_final(&context) &&
	       *size == length / 4 * 3 - padding;
}

/* raw has space for one byte more than expected, so a stream that is too long is detected. */
static const char *inflate_all(const uint8_t *packed, size_t packed_size, uint8_t *raw, size_t size)
{
	uLongf inflated = size + 1;
	uLong used = packed_size;

	switch (uncompress2(raw, &inflated, packed, &used)) {
	case Z_OK:
		if (used != packed_size)
			return "something follows the zlib stream";
		return inflated == size ? NULL : "they are not as many as n says";
	case Z_BUF_ERROR: /* more bytes than fit */
		return "they are not as many as n says";
	case Z_MEM_ERROR:
		return "no memory to unpack them";
	default:
		return "they are no whole zlib stream";
	}
}

static const char *take_samples(const uint8_t *raw, size_t n, uint64_t *ticks, uint8_t *flags)
{
	for (size_t i = 0; i < n; i++) {
		ticks[i] = 0;
		for (size_t plane = 0; plane < TICKS_PLANES; plane++)
			ticks[i] |= (uint64_t)raw[plane * n + i] << 8 * plane;
		flags[i] = raw[TICKS_PLANES * n + i];
		if (ticks[i] > NB_PACK_TICKS_MAX)
			return "one took a negative number of ticks";
		if (flags[i] & ~NB_FLAGS)
			return "one has a flag that is unknown";
	}
	return NULL;
}

const char *nb_unpack(const char *text, size_t length, size_t n, uint64_t *ticks, uint8_t *flags)
{
	uint8_t *packed = malloc(BASE64_DECODE_LENGTH(length) + 1), *raw = malloc(n * SAMPLE_SIZE + 1);
	size_t packed_size = BASE64_DECODE_LENGTH(length);
	const char *why = NULL;

	if (!packed || !raw)
		why = "no memory to unpack them";
	else if (!decode(text, length, packed, &packed_size))
		why = "they are not base64";
	if (!why)
		why = inflate_all(packed, packed_size, raw, n * SAMPLE_SIZE);
	if (!why)
		why = take_samples(raw, n, ticks, flags);
	free(raw);
	free(packed);
	return why;
}
