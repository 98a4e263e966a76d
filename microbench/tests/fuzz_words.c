// SPDX-License-Identifier: GPL-2.0-only
/* Command lines of images, from any bytes. Every word that is found lies in the line, for guests of
 * every depth. */
#include <string.h>

#include "l0/tests/fuzz.h"
#include "microbench/abi/words.h"
#include "microbench/image_plan.h"

/* A second reader of numbers: digits alone, up to a blank, and below 2^32. */
static bool is_number(const char *word, uint32_t number)
{
	size_t digits = strspn(word, "0123456789");

	return digits > 0 && (word[digits] == ' ' || word[digits] == '\0') && strtoull(word, NULL, 10) == number;
}

static void check(const char *line)
{
	static const char *const keys[] = {"", "ops", "n", "warmup", "level", "sink", "a"};
	const char *end = line + strlen(line);
	struct nb_plan plan;

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		const char *found = nb_word(line, keys[i]);
		uint32_t number = 4711;
		bool good = nb_word_u32(line, keys[i], &number);

		FUZZ_REQUIRE(!found || (found > line && found <= end && found[-1] == '='));
		FUZZ_REQUIRE(found || (good && number == 4711));
		FUZZ_REQUIRE(good || number == 4711);
		FUZZ_REQUIRE(!found || !good || is_number(found, number));
		if (nb_word_is(line, keys[i], "4711"))
			FUZZ_REQUIRE(found && good && number == 4711);
	}
	if (nb_plan_parse(line, &plan)) {
		FUZZ_REQUIRE(plan.n > 0 && (!plan.ops || (plan.ops > line && plan.ops < end && *plan.ops != ' ')));
		FUZZ_REQUIRE(plan.ops == nb_word(line, "ops"));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *line = malloc(size + 1);
	const char *rest = line;

	FUZZ_REQUIRE(line);
	if (size)
		memcpy(line, data, size);
	line[size] = '\0';
	check(rest);
	while (*rest) {
		const char *guest = nb_words_of_guest(rest);

		/* A guest's line is the end of its host's, and shorter. */
		FUZZ_REQUIRE(*guest == '\0' || (guest > rest && guest <= line + strlen(line)));
		check(guest);
		rest = guest;
	}
	free(line);
	return 0;
}

void fuzz__seeds(void (*take)(const void *bytes, size_t size))
{
	static const char *const lines[] = {
		"sink=doorbell level=L2 ops=empty,cpuid n=1000 warmup=64 -- level=L2 ops=cpuid n=4711",
		"ops=a n=4294967295 -- ops=b n=4294967296 -- n= -- ops=",
		" a=4711  --  a=-1 --a=1 --",
	};

	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		take(lines[i], strlen(lines[i]));
}
