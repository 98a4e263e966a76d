// SPDX-License-Identifier: GPL-2.0-only
/* Tests of an address's path through an EPT: entries of every kind at every level, and broken
 * paths. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "trace/ept_path.h"

/* Index 1 in the PML4 table, 2, 3 and 4 below, and 5 inside the page. */
#define ADDRESS (1ull << 39 | 2ull << 30 | 3ull << 21 | 4ull << 12 | 5)

static uint64_t memory[8][512]; /* of tables at 0x1000, 0x2000 ... */

static bool read_memory(uint64_t at, uint64_t *word, void *context)
{
	(void)context;
	if (at < 0x1000 || at >= 0x9000 || at & 7)
		return false;
	*word = memory[at / 4096 - 1][at % 4096 / 8];
	return true;
}

static void make_tables(void)
{
	memset(memory, 0, sizeof(memory));
	memory[0][1] = 0x2007;
	memory[1][2] = 0x3107; /* accessed */
	memory[2][3] = 0x4007;
	memory[3][4] = 0x8000000123456037;
	memory[4][0] = 0x1007; /* of five levels: the table at 0x5000 */
}

static enum ept_end follow(uint64_t root, unsigned levels, struct ept_path *path, uint64_t *to, uint64_t *size)
{
	*to = *size = 0;
	assert_true(ept_path__read(path, root, levels, ADDRESS, read_memory, NULL));
	return ept_path__end(path, ADDRESS, to, size);
}

static void pages_of_every_size(void **state)
{
	struct ept_path path;
	uint64_t to, size;

	(void)state;
	make_tables();
	assert_int_equal(follow(0x1000, 4, &path, &to, &size), EPT_PAGE);
	assert_int_equal(path.entries, 4);
	assert_int_equal(to, 0x123456005);
	assert_int_equal(size, 4096);
	for (unsigned i = 0; i < 4; i++) {
		assert_int_equal(ept_path__level(&path, i), 4 - i);
		assert_int_equal(ept_path__at(&path, ADDRESS, i), 0x1000 * (i + 1) + 8 * (i + 1));
	}

	assert_int_equal(follow(0x5000, 5, &path, &to, &size), EPT_PAGE);
	assert_int_equal(path.entries, 5);
	assert_int_equal(to, 0x123456005);
	assert_int_equal(ept_path__at(&path, ADDRESS, 0), 0x5000);

	memory[2][3] = 0x12fe000b7; /* what lies below the page's size is not of its address */
	assert_int_equal(follow(0x1000, 4, &path, &to, &size), EPT_PAGE);
	assert_int_equal(path.entries, 3);
	assert_int_equal(to, 0x12fe04005);
	assert_int_equal(size, 2 << 20);

	memory[1][2] = 0x1800000b7;
	assert_int_equal(follow(0x1000, 4, &path, &to, &size), EPT_PAGE);
	assert_int_equal(path.entries, 2);
	assert_int_equal(to, 0x180000000 + (ADDRESS & ((1 << 30) - 1)));
	assert_int_equal(size, 1 << 30);
}

static void a_way_that_ends_early(void **state)
{
	struct ept_path path;
	uint64_t to, size;

	(void)state;
	make_tables();
	memory[3][4] = 0x8000000000000000; /* as newer kernels have what is absent: #VE suppressed */
	assert_int_equal(follow(0x1000, 4, &path, &to, &size), EPT_ABSENT);
	assert_int_equal(path.entries, 4);
	memory[2][3] = 0;
	assert_int_equal(follow(0x1000, 4, &path, &to, &size), EPT_ABSENT);
	assert_int_equal(path.entries, 3);
	memory[2][3] = 0x4006; /* written, not read: how KVM marks memory of devices */
	assert_int_equal(follow(0x1000, 4, &path, &to, &size), EPT_INVALID);
	memory[0][1] = 0x2087; /* a page of 512 GiB */
	assert_int_equal(follow(0x1000, 4, &path, &to, &size), EPT_INVALID);
	assert_int_equal(path.entries, 1);
	memory[0][1] = 0x9007; /* not to be read */
	assert_false(ept_path__read(&path, 0x1000, 4, ADDRESS, read_memory, NULL));
	assert_false(ept_path__read(&path, 0x1000, 3, ADDRESS, read_memory, NULL));
	assert_false(ept_path__read(&path, UINT64_MAX, 4, ADDRESS, read_memory, NULL)); /* no root */
}

static void text_and_back(void **state)
{
	struct ept_path path, again;
	char text[EPT_PATH_TEXT];
	uint64_t to, size;

	(void)state;
	make_tables();
	follow(0x5000, 5, &path, &to, &size);
	ept_path__write(&path, text);
	assert_string_equal(text, "5000 5 1007 2007 3107 4007 8000000123456037");
	assert_true(ept_path__parse(text, &again));
	assert_memory_equal(&path, &again, sizeof(path));
	/* The longest there is. */
	path.root = 0x000ffffffffff000;
	memset(path.entry, 0xff, sizeof(path.entry));
	ept_path__write(&path, text);
	assert_true(ept_path__parse(text, &again));
	assert_memory_equal(&path, &again, sizeof(path));
}

static void what_is_no_path(void **state)
{
	static const char *const bad[] = {
		"",
		"1000",
		"1000 4",
		"1000 3 7 7 7",
		"1000 6 7 7",
		"1000 4 2007 3007 4007 5037 6037",
		"1000 4 x",
		"1000 4 -7",
		"1000 4 0x7",
		" 1000 4 7",
		"1000  4 7",
		"1000 4 7,",
		"1000 4 11111111111111111",
		"1001 4 7",
		"fff0000000001000 4 7",
		"1000 four 7",
	};
	static const char *const broken[] = {
		"1000 4 2007",                /* goes on */
		"1000 4 2007 3007 4007",      /* likewise */
		"1000 4 0 2007",              /* goes on where nothing is */
		"1000 4 2007 1800000b7 4007", /* or behind a page */
		"1000 4 2007 3006 4007 5037", /* or an entry that cannot be */
	};
	struct ept_path path;
	uint64_t to, size;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (ept_path__parse(bad[i], &path))
			fail_msg("taken for a path: \"%s\"", bad[i]);
	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
		assert_true(ept_path__parse(broken[i], &path));
		if (ept_path__end(&path, ADDRESS, &to, &size) != EPT_BROKEN)
			fail_msg("not broken: \"%s\"", broken[i]);
	}
	path = (struct ept_path){0};
	assert_int_equal(ept_path__end(&path, ADDRESS, &to, &size), EPT_BROKEN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pages_of_every_size),
		cmocka_unit_test(a_way_that_ends_early),
		cmocka_unit_test(text_and_back),
		cmocka_unit_test(what_is_no_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
