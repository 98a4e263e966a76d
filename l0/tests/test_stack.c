// SPDX-License-Identifier: GPL-2.0-only
/* Tests of stacks of our hypervisor: their number at each level, memory, the words for each, and
 * the spelling of settings. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "l0/request/nested_config.h"
#include "l0/request/stack.h"
#include "microbench/abi/pvh.h"
#include "microbench/abi/words.h"

static void a_level_takes_so_many(void **state)
{
	static const unsigned none[] = {0, 1, 2, 3, 4}, kvm[] = {0, 0, 1, 2, 3};

	(void)state;
	for (unsigned level = 0; level <= STACK_DEEPEST; level++) {
		assert_int_equal(stack__hypervisors(level, L0_OWN), none[level]);
		assert_int_equal(stack__hypervisors(level, L0_KVM), kvm[level]);
	}
	/* All but the lowest are modules, and so is the benchmark. */
	assert_true(stack__hypervisors(STACK_DEEPEST, L0_OWN) <= NB_PVH_MODULES_MAX);
}

/*
 * Each hypervisor has STACK_HYPERVISOR_MIB more than its guest. The innermost guest has the default
 * memory.
 */
static void memory_grows_downwards(void **state)
{
	(void)state;
	for (unsigned count = 1; count <= STACK_DEEPEST; count++) {
		const struct stack s = {.hypervisors = count};

		assert_int_equal(stack__guest_mib(&s, count - 1), STACK_BENCH_MIB);
		for (unsigned i = 0; i + 1 < count; i++)
			assert_int_equal(stack__guest_mib(&s, i), stack__guest_mib(&s, i + 1) + STACK_HYPERVISOR_MIB);
	}
}

static void expect_words(const char *words, unsigned level, bool innermost, const char *expected)
{
	char text[128];

	stack__words(text, sizeof(text), words, level, innermost);
	assert_string_equal(text, expected);
}

static void words_find_their_level(void **state)
{
	(void)state;
	expect_words("", 0, true, "");
	expect_words("  ", 0, true, "");
	expect_words(" a=1", 0, true, " a=1");
	expect_words("a=1", 0, false, "");
	expect_words(" l0:a=1 b=2 l1:c=3 l0:d=4", 0, false, " a=1 d=4");
	expect_words(" l0:a=1 b=2 l1:c=3 l0:d=4", 1, true, " b=2 c=3");
	expect_words("l10:a=1 l:b=2 lx:c=3", 1, true, " l10:a=1 l:b=2 lx:c=3");
}

/* The images' own parser gives each image its part of the command line. */
static void each_reads_its_own_words(void **state)
{
	const struct stack s = {.first = 1, .hypervisors = 3, .switches = " nested_vpid=off", .words = " l2:x=y"};
	char line[1024];
	const char *l1 = line, *l2, *l3, *bench;
	uint32_t mib = 0;

	(void)state;
	stack__cmdline(line, sizeof(line), &s, "sink=lpt level=L4", "ept=4K", "level=L4 seed=3");
	l2 = nb_words_of_guest(l1);
	l3 = nb_words_of_guest(l2);
	bench = nb_words_of_guest(l3);
	assert_true(nb_word_is(l1, "sink", "lpt") && nb_word_is(l1, "me", "l1") && nb_word_is(l1, "nested", "on"));
	assert_true(nb_word_is(l1, "nested_vpid", "off") && nb_word_u32(l1, "memory", &mib));
	assert_int_equal(mib, 48);
	assert_null(nb_word(l1, "x"));
	assert_true(nb_word_is(l2, "sink", "doorbell") && nb_word_is(l2, "me", "l2") && nb_word_is(l2, "x", "y"));
	assert_true(nb_word_is(l2, "nested_vpid", "off") && nb_word_u32(l2, "memory", &mib));
	assert_int_equal(mib, 32);
	assert_null(nb_word(l2, "ept"));
	assert_true(nb_word_is(l3, "sink", "doorbell") && nb_word_is(l3, "ept", "4K"));
	assert_null(nb_word(l3, "nested"));
	assert_null(nb_word(l3, "memory"));
	assert_null(nb_word(l3, "me"));
	assert_true(nb_word_is(bench, "sink", "doorbell") && nb_word_is(bench, "level", "L4"));
	assert_string_equal(nb_words_of_guest(bench), "");
}

static void settings_are_spelt_twice(void **state)
{
	static const struct {
		struct nested_config config;
		const char *words, *text;
	} cases[] = {
		{{CONFIG_POLICY_USUAL, 0}, "", "shadow_vmcs=on"},
		{{CONFIG_POLICY_NONE, 0}, " shadow_policy=none", "shadow_vmcs=off"},
		{{CONFIG_POLICY_LINUX, 0}, " shadow_policy=linux", "shadow_vmcs=on,shadow_policy=linux"},
		{{CONFIG_POLICY_USUAL, NESTED_NO_DIRTY_TRACKING},
		 " nested_dirty=off",
		 "shadow_vmcs=on,dirty_tracking=off"},
		{{CONFIG_POLICY_NONE, NESTED_NO_EPT_CACHE},
		 " shadow_policy=none nested_ept_cache=off",
		 "shadow_vmcs=off,ept_cache=off"},
		{{CONFIG_POLICY_USUAL, NESTED_SWITCHES - 1},
		 " nested_dirty=off nested_ept_cache=off nested_vpid=off lazy_host=off",
		 "shadow_vmcs=on,dirty_tracking=off,ept_cache=off,vpid=off,lazy_host=off"},
	};
	char words[NESTED_TEXT], text[CONFIG_TEXT];

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct config config = {0};

		nested__words(words, &cases[i].config);
		assert_string_equal(words, cases[i].words);
		nested__add_to(&config, &cases[i].config);
		config__write(text, sizeof(text), &config, ',');
		assert_string_equal(text, cases[i].text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_level_takes_so_many),    cmocka_unit_test(memory_grows_downwards),
		cmocka_unit_test(words_find_their_level),   cmocka_unit_test(each_reads_its_own_words),
		cmocka_unit_test(settings_are_spelt_twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
