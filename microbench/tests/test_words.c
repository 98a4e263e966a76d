// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of command lines: words, the part of the guest at any depth,
 * and the plan of a measurement made from them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "microbench/abi/words.h"
#include "microbench/image_plan.h"

/* The line in memory of exactly its size, so that the sanitizer sees a read behind its end. */
static char *exact(const char *line)
{
	char *copy = malloc(strlen(line) + 1);

	assert_non_null(copy);
	return strcpy(copy, line);
}

static void expect_word(const char *line, const char *key, const char *rest)
{
	char *cmdline = exact(line);
	const char *found = nb_word(cmdline, key);

	if (rest && (!found || strcmp(found, rest) != 0))
		fail_msg("%s in \"%s\": %s where %s was due", key, line, found ? found : "nothing", rest);
	if (!rest && found)
		fail_msg("%s in \"%s\": found %s", key, line, found);
	free(cmdline);
}

static void a_value_ends_at_a_space(void **state)
{
	(void)state;
	expect_word("a=1 b=22 c=333", "a", "1 b=22 c=333");
	expect_word("a=1 b=22 c=333", "b", "22 c=333");
	expect_word("a=1 b=22 c=333", "c", "333");
	expect_word("  a=1   b=22  ", "a", "1   b=22  ");
	expect_word("  a=1   b=22  ", "b", "22  ");
	expect_word("a= b=1", "a", " b=1");
	expect_word("a=", "a", "");
	expect_word("a=x=y", "a", "x=y");
}

static void only_whole_keys_match(void **state)
{
	(void)state;
	expect_word("", "a", NULL);
	expect_word("   ", "a", NULL);
	expect_word("ab=1", "a", NULL);
	expect_word("ab=1", "b", NULL);
	expect_word("a=1", "ab", NULL);
	expect_word("a", "a", NULL);
	expect_word("a b=1", "a", NULL);
	expect_word("x=a=1", "a", NULL);
	expect_word("A=1", "a", NULL);
	expect_word("ops", "ops", NULL);
	expect_word("op", "ops", NULL);
}

static void the_first_of_two_counts(void **state)
{
	(void)state;
	expect_word("n=1 n=2", "n", "1 n=2");
}

static void is_compares_whole_values(void **state)
{
	(void)state;
	assert_true(nb_word_is("ept=on n=1", "ept", "on"));
	assert_true(nb_word_is("n=1 ept=on", "ept", "on"));
	assert_true(nb_word_is("ept=", "ept", ""));
	assert_true(nb_word_is("ept= n=1", "ept", ""));
	assert_false(nb_word_is("ept=one", "ept", "on"));
	assert_false(nb_word_is("ept=o", "ept", "on"));
	assert_false(nb_word_is("ept=", "ept", "on"));
	assert_false(nb_word_is("ept=on", "ept", ""));
	assert_false(nb_word_is("n=1", "ept", "on"));
	assert_false(nb_word_is("n=1 -- ept=on", "ept", "on"));
}

static void expect_number(const char *line, bool good, uint32_t expected)
{
	char *cmdline = exact(line);
	uint32_t number = 77;

	if (nb_word_u32(cmdline, "n", &number) != good || number != expected)
		fail_msg("\"%s\": %u where %u was due", line, number, expected);
	free(cmdline);
}

static void numbers(void **state)
{
	(void)state;
	expect_number("n=0", true, 0);
	expect_number("n=1000 x=2", true, 1000);
	expect_number("n=4294967295", true, UINT32_MAX);
	expect_number("n=00000000000000000000000012", true, 12);
	expect_number("x=1", true, 77); /* not there: what was there stays */
	expect_number("", true, 77);
	expect_number("x=1 -- n=5", true, 77);
}

static void what_is_no_number(void **state)
{
	static const char *const lines[] = {
		"n=",
		"n= 5",
		"n=-1",
		"n=+1",
		"n=0x10",
		"n=1k",
		"n=1,2",
		"n=four",
		"n=4294967296",
		"n=18446744073709551616",
		"n=18446744073709551621",
		"n=99999999999999999999999999999999",
		"n=1\t",
		"n=bad n=5",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		expect_number(lines[i], false, 77);
}

static void each_level_sees_its_own_words(void **state)
{
	const char *l1 = "who=l1 a=1 -- who=l2 b=2 -- who=l3 c=3 -- who=l4";
	const char *l2 = nb_words_of_guest(l1);
	const char *l3 = nb_words_of_guest(l2);
	const char *l4 = nb_words_of_guest(l3);

	(void)state;
	assert_true(nb_word_is(l1, "who", "l1"));
	assert_string_equal(l2, "who=l2 b=2 -- who=l3 c=3 -- who=l4");
	assert_true(nb_word_is(l2, "who", "l2"));
	assert_string_equal(l3, "who=l3 c=3 -- who=l4");
	assert_true(nb_word_is(l3, "c", "3"));
	assert_string_equal(l4, "who=l4");
	assert_string_equal(nb_words_of_guest(l4), "");

	assert_null(nb_word(l1, "b"));
	assert_null(nb_word(l1, "c"));
	assert_null(nb_word(l2, "a"));
	assert_null(nb_word(l2, "c"));
	assert_null(nb_word(l3, "b"));
}

static void expect_guest(const char *line, const char *expected)
{
	char *cmdline = exact(line);

	assert_string_equal(nb_words_of_guest(cmdline), expected);
	free(cmdline);
}

static void where_the_guest_begins(void **state)
{
	(void)state;
	expect_guest("", "");
	expect_guest("a=1", "");
	expect_guest("a=1 --", "");
	expect_guest("a=1 -- ", "");
	expect_guest("--", "");
	expect_guest("-- b=2", "b=2");
	expect_guest("  --   b=2", "b=2");
	expect_guest("a=1   --   b=2", "b=2");
	expect_guest("a=1 -- -- b=2", "-- b=2"); /* a guest without words, which has a guest */
	expect_guest("a=1 --b=2", "");
	expect_guest("a=1 --- b=2", "");
	expect_guest("a=-- b=2", "");
	expect_guest("a=1-- b=2", "");
	expect_guest("a=1 - - b=2", "");
	expect_word("-- b=2", "b", NULL);
	expect_word("  -- b=2", "b", NULL);
	expect_word("--x b=2", "b", "2");
	expect_word("a=-- b=2", "b", "2");
}

static void good_plans(void **state)
{
	struct nb_plan plan;

	(void)state;
	assert_true(nb_plan_parse("ops=empty,cpuid n=20 warmup=3 seed=9 sink=doorbell", &plan));
	assert_true(strncmp(plan.ops, "empty,cpuid ", 12) == 0);
	assert_int_equal(plan.n, 20);
	assert_int_equal(plan.warmup, 3);
	assert_int_equal(plan.seed, 9);

	assert_true(nb_plan_parse("ops=cpuid", &plan));
	assert_string_equal(plan.ops, "cpuid");
	assert_int_equal(plan.n, 1000);
	assert_int_equal(plan.warmup, 64);
	assert_int_equal(plan.seed, 1);

	assert_true(nb_plan_parse("warmup=0 n=4294967295 seed=4294967295 ops=cpuid -- n=0", &plan));
	assert_int_equal(plan.n, UINT32_MAX);
	assert_int_equal(plan.warmup, 0);
	assert_int_equal(plan.seed, UINT32_MAX);
	assert_true(nb_plan_parse("seed=0 ops=cpuid", &plan));
	assert_int_equal(plan.seed, 0);
}

/* The level below tells what to measure. The command line tells only how. `ops` behind the dashes
 * belongs to another image. */
static void plans_without_operations(void **state)
{
	static const char *const lines[] = {
		"",
		"   ",
		"warmup=7",
		"sink=doorbell level=L1 warmup=7",
		"warmup=7 -- ops=cpuid",
		"-- ops=cpuid n=0",
		"ops",
	};
	struct nb_plan plan;

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		char *cmdline = exact(lines[i]);

		memset(&plan, 0xff, sizeof(plan));
		assert_true(nb_plan_parse(cmdline, &plan));
		assert_null(plan.ops);
		assert_int_equal(plan.n, 1000);
		assert_int_equal(plan.warmup, strstr(lines[i], "warmup=7") ? 7 : 64);
		assert_int_equal(plan.seed, 1);
		free(cmdline);
	}
}

static void bad_plans(void **state)
{
	static const char *const lines[] = {
		"ops=",
		"ops= n=5",
		"ops= -- ops=cpuid",
		"n=0",
		"ops=cpuid n=0",
		"ops=cpuid n=",
		"ops=cpuid n=ten",
		"ops=cpuid n=-1",
		"ops=cpuid n=4294967296",
		"n=ten",
		"ops=cpuid warmup=x",
		"ops=cpuid warmup=",
		"ops=cpuid warmup=99999999999",
		"warmup=x",
		"ops=cpuid seed=x",
		"ops=cpuid seed=",
		"ops=cpuid seed=-1",
		"ops=cpuid seed=4294967296",
		"seed=1,2",
	};
	struct nb_plan plan;

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		char *cmdline = exact(lines[i]);

		if (nb_plan_parse(cmdline, &plan))
			fail_msg("\"%s\" was taken for a plan", lines[i]);
		free(cmdline);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_value_ends_at_a_space),
		cmocka_unit_test(only_whole_keys_match),
		cmocka_unit_test(the_first_of_two_counts),
		cmocka_unit_test(is_compares_whole_values),
		cmocka_unit_test(numbers),
		cmocka_unit_test(what_is_no_number),
		cmocka_unit_test(each_level_sees_its_own_words),
		cmocka_unit_test(where_the_guest_begins),
		cmocka_unit_test(good_plans),
		cmocka_unit_test(plans_without_operations),
		cmocka_unit_test(bad_plans),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
