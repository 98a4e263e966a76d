// SPDX-License-Identifier: GPL-2.0-only
/* Tests of suggestions. A misspelt word finds the right one, and nonsense finds none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "l0/base/suggest.h"

static const char *const names[] = {"cpuid", "vmcall", "rdtsc", "rdtscp", "run", "compare",
				    "bochs", "L0",     "L1",    "L2",     NULL};

static void expect(const char *word, const char *expected)
{
	char text[SUGGEST_SIZE];

	suggest__names(text, ": ", word, strlen(word), names);
	assert_string_equal(text, expected);
}

static void slips_of_the_pen(void **state)
{
	(void)state;
	expect("cpuidd", ": did you mean cpuid?");
	expect("cpid", ": did you mean cpuid?");
	expect("cupid", ": did you mean cpuid?");
	expect("CPUID", ": did you mean cpuid?");
	expect("nur", "");
	expect("rnu", ": did you mean run?");
	expect("rum", ": did you mean run?");
	expect("bosch", ": did you mean bochs?");
	expect("kompair", ": did you mean compare?");
	expect("l1", ": did you mean L1?");
	expect("L11", ": did you mean L1?");
}

static void equally_near_names_stand_together(void **state)
{
	static const char *const alike[] = {"abcd1", "abcd2", "abcd3", "abcd4", NULL};
	char text[SUGGEST_SIZE];

	(void)state;
	expect("rdtscx", ": did you mean rdtsc or rdtscp?");
	suggest__names(text, "", "abcd5", 5, alike);
	assert_string_equal(text, "did you mean abcd1, abcd2 or abcd3?");
}

static void what_is_far_is_not_named(void **state)
{
	(void)state;
	expect("", "");
	expect("nonsense", "");
	expect("L7", "");
	expect("xx", "");
	expect("vm", "");
	expect("cpuidcpuid", "");
}

static void only_the_word_counts(void **state)
{
	char text[SUGGEST_SIZE];

	(void)state;
	suggest__names(text, ": ", "cpuix,vmcall", 5, names);
	assert_string_equal(text, ": did you mean cpuid?");
	suggest__names(text, ": ", "cpuix", 0, names);
	assert_string_equal(text, "");
}

static void lengths_are_bounded(void **state)
{
	char longest[42], longer[200], text[SUGGEST_SIZE];
	const char *list[] = {longest, longest, longest, longer, NULL};

	(void)state;
	memset(longest, 'a', sizeof(longest));
	memset(longer, 'a', sizeof(longer));
	longest[40] = longer[199] = '\0';
	suggest__names(text, "0123456789", longest, 40, list);
	assert_int_equal(strlen(text), 10 + strlen("did you mean ") + 3 * 40 + strlen(",  or ?"));
	suggest__names(text, ": ", longer, 199, list);
	assert_string_equal(text, "");
	suggest__names(text, ": ", longer, 41, list);
	assert_string_equal(text, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(slips_of_the_pen),         cmocka_unit_test(equally_near_names_stand_together),
		cmocka_unit_test(what_is_far_is_not_named), cmocka_unit_test(only_the_word_counts),
		cmocka_unit_test(lengths_are_bounded),
	};

	return cmocka_run_group_tests_name("suggest", tests, NULL, NULL);
}
