// SPDX-License-Identifier: GPL-2.0-only
/*
 * Combines values into hashes and reports the values. The hash is FNV-1a over 64-bit words, plus a
 * shift that moves high bits down.
 */
#include "l2-guests/vmxdiff/case_hash.h"

#include "l2-guests/vmxdiff/print_case.h"
#include "microbench/bare/bare.h"

static uint64_t hash[NOTE_KINDS];
static uint32_t of_case, line;
static bool words;

void note_begin(uint32_t number, bool in_words)
{
	of_case = number;
	words = in_words;
	line = 0;
	for (unsigned i = 0; i < NOTE_KINDS; i++)
		hash[i] = 0xcbf29ce484222325u;
}

void note(enum note_kind kind, const char *name, uint64_t value)
{
	uint64_t h = (hash[kind] ^ value) * 0x100000001b3u;

	hash[kind] = h ^ h >> 29;
	if (words)
		say("%u:%u %s=%lx", of_case, line++, name, value);
}

void note_text(const char *format, ...)
{
	char text[900];
	va_list args;

	if (!words)
		return;
	va_start(args, format);
	bare_vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	say("%u:%u # %s", of_case, line++, text);
}

bool note_in_words(void)
{
	return words;
}

uint32_t note_hash(enum note_kind kind)
{
	return (uint32_t)(hash[kind] ^ hash[kind] >> 32);
}
