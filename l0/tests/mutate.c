// SPDX-License-Identifier: GPL-2.0-only
/*
 * Drives a fuzz target without libFuzzer: its seeds, then mutations of them, the same ones each
 * time.
 * TARGET: as a test, which speaks TAP. TARGET --seeds FOLDER: writes the seeds there. TARGET
 * FILE...: feeds these.
 */
#include <signal.h>
#include <stdbool.h>
#include <string.h>

#include <sanitizer/common_interface_defs.h>

#include "l0/base/util.h"
#include "l0/tests/fuzz.h"
#include "l0/tests/test_random.h"

#define CASES     4000
#define SEEDS_MAX 64
#define LARGEST   (1u << 20)

static struct file_data seeds[SEEDS_MAX];
static size_t seed_count;

static char crash_path[512];
static const uint8_t *current;
static size_t current_size;

/* The sanitizers end the process: what they ended it for must not be lost. */
static void keep_input(void)
{
	FILE *out = current ? fopen(crash_path, "w") : NULL;

	if (!out)
		return;
	fwrite(current, 1, current_size, out);
	fclose(out);
	dprintf(2, "the input is in %s: give it to this program to see it again\n", crash_path);
	current = NULL;
}

static void on_abort(int number)
{
	keep_input();
	signal(number, SIG_DFL);
	raise(number);
}

/* Copies the input to memory of exactly its size, so that ASan sees any read beyond its end. */
static void feed(const uint8_t *bytes, size_t size)
{
	uint8_t *exact = malloc(size ? size : 1);

	if (!exact)
		abort();
	memcpy(exact, bytes, size);
	current = exact;
	current_size = size;
	LLVMFuzzerTestOneInput(exact, size);
	current = NULL;
	free(exact);
}

static void take(const void *bytes, size_t size)
{
	struct file_data *seed = &seeds[seed_count++];

	if (seed_count > SEEDS_MAX || size == 0 || size > LARGEST)
		abort();
	seed->data = malloc(size);
	if (!seed->data)
		abort();
	memcpy(seed->data, bytes, size);
	seed->size = size;
}

static size_t put_number(uint8_t *bytes, size_t size, size_t at, struct random *random)
{
	static const uint64_t edges[] = {0,      1,         0x7f,       0xff,      0x7fff,
					 0xffff, INT32_MAX, UINT32_MAX, INT64_MAX, UINT64_MAX};
	uint64_t value = edges[random__below(random, sizeof(edges) / sizeof(edges[0]))] + random__below(random, 3) - 1;
	size_t length = 1u << random__below(random, 4);

	length = length < size - at ? length : size - at;
	memcpy(bytes + at, &value, length);
	return size;
}

static size_t cut_out(uint8_t *bytes, size_t size, size_t at, size_t length)
{
	length = length < size - at ? length : size - at;
	memmove(bytes + at, bytes + at + length, size - at - length);
	return size - length;
}

/* Copies some bytes of one seed into another. */
static size_t insert(uint8_t *bytes, size_t size, size_t at, struct random *random)
{
	const struct file_data *other = &seeds[random__below(random, seed_count)];
	size_t from = random__below(random, other->size), length = 1 + random__below(random, other->size - from);

	if (size + length > LARGEST)
		return size;
	memmove(bytes + at + length, bytes + at, size - at);
	memcpy(bytes + at, other->data + from, length);
	return size + length;
}

static size_t mutate(uint8_t *bytes, size_t size, struct random *random)
{
	static const char text[] = "{}[]\",:-0123456789.eE\\u= \n";
	size_t at = random__below(random, size);

	switch (random__below(random, 7)) {
	case 0:
		bytes[at] ^= 1u << random__below(random, 8);
		return size;
	case 1:
		bytes[at] = (uint8_t)random__next(random);
		return size;
	case 2:
		bytes[at] = (uint8_t)text[random__below(random, sizeof(text) - 1)];
		return size;
	case 3:
		return put_number(bytes, size, at, random);
	case 4:
		return cut_out(bytes, size, at, random__below(random, 40));
	case 5:
		return insert(bytes, size, at, random);
	default:
		return random__below(random, 4) ? size : at; /* the end is missing */
	}
}

static void feed_mutations(void)
{
	uint8_t *bytes = malloc(LARGEST);
	struct random random = {20240607};

	if (!bytes)
		abort();
	for (unsigned i = 0; i < CASES; i++) {
		const struct file_data *seed = &seeds[i % seed_count];
		size_t size = seed->size;

		memcpy(bytes, seed->data, size);
		for (uint64_t n = 1 + random__below(&random, 5); n > 0 && size > 0; n--)
			size = mutate(bytes, size, &random);
		feed(bytes, size);
	}
	free(bytes);
}

static bool write_seeds(const char *folder)
{
	bool good = true;

	for (size_t i = 0; good && i < seed_count; i++) {
		char path[512];
		FILE *out;

		snprintf(path, sizeof(path), "%s/seed-%zu", folder, i);
		out = fopen(path, "w");
		good = out && fwrite(seeds[i].data, 1, seeds[i].size, out) == seeds[i].size;
		if (out && fclose(out) != 0)
			good = false;
	}
	return good;
}

int main(int argc, char **argv)
{
	bool good = true;

	snprintf(crash_path, sizeof(crash_path), "%s.crash", argv[0]);
	__sanitizer_set_death_callback(keep_input);
	signal(SIGABRT, on_abort);
	fuzz__seeds(take);
	if (argc == 3 && strcmp(argv[1], "--seeds") == 0) {
		good = write_seeds(argv[2]);
	} else if (argc > 1) {
		for (int i = 1; i < argc; i++) {
			struct file_data file;

			if (!file__read(argv[i], &file))
				return 1;
			feed(file.data, file.size);
			free(file.data);
		}
	} else {
		feed(seeds[0].data, 0);
		for (size_t i = 0; i < seed_count; i++)
			feed(seeds[i].data, seeds[i].size);
		feed_mutations();
		printf("ok 1 - nothing, %zu seeds and %d mutations of them\n1..1\n", seed_count, CASES);
	}
	while (seed_count > 0)
		free(seeds[--seed_count].data);
	return !good;
}
