// SPDX-License-Identifier: GPL-2.0-only
/* Every knob and value of a configuration survives the writer and the parser; so do words that they
 * do not know. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "l0/request/config.h"
#include "trace/modes.h"

/* Parses the text, and expects that the writer makes the same text again. */
static struct config same_text(const char *text)
{
	struct config config = {0};
	char again[CONFIG_TEXT];

	assert_true(config__parse(&config, text));
	config__write(again, sizeof(again), &config, ' ');
	assert_string_equal(again, text);
	return config;
}

static void every_value_of_every_knob(void **state)
{
	(void)state;
	for (unsigned knob = 0; knob < CONFIG_KNOB_COUNT; knob++) {
		unsigned values = 0;

		assert_true(*config__meaning(knob));
		for (unsigned value = 0; value < 16; value++) {
			const char *name = config__value_text(knob, value);
			struct config config = {0}, parsed = {0};
			char text[CONFIG_TEXT], expected[CONFIG_TEXT];
			unsigned found;

			if (!name)
				continue;
			values++;
			assert_true(config__find_value(knob, name, strlen(name), &found));
			assert_int_equal(found, value);
			config__set(&config, knob, value);
			config__write(text, sizeof(text), &config, ',');
			snprintf(expected, sizeof(expected), "%s=%s", config__name(knob), name);
			assert_string_equal(text, value ? expected : ""); /* 0 is the default, which has no word */
			assert_true(config__parse(&parsed, text));
			assert_true(config__same(&config, &parsed));
			same_text(expected); /* a text that names the default keeps it */
			assert_true(config__set_text(&parsed, (knob + 1) % CONFIG_KNOB_COUNT, "?"));
			assert_false(config__same(&config, &parsed));
		}
		assert_true(values >= 2);
	}
}

static void modes_are_those_of_the_tracer(void **state)
{
	(void)state;
	for (unsigned mode = 0; mode < TRACE_MODE_COUNT_OF; mode++)
		assert_string_equal(config__value_text(CONFIG_KNOB_trace, CONFIG_TRACE_OFF + mode),
				    trace_mode_text[mode]);
}

static void fields_of_a_text(void **state)
{
	struct config config;

	(void)state;
	config = same_text("");
	assert_int_equal(config.shadow_vmcs, CONFIG_SHADOWING_UNKNOWN);
	assert_int_equal(config.ept, CONFIG_ON);
	assert_int_equal(config.ept12, CONFIG_2M);
	assert_int_equal(config.mmu, CONFIG_MMU_USUAL);
	config = same_text("shadow_vmcs=on ept=off vpid=off ept12=4K mmu=shadow-wp guest_pages=1G trace=count");
	assert_int_equal(config.shadow_vmcs, CONFIG_SHADOWING_ON);
	assert_int_equal(config.ept, CONFIG_OFF);
	assert_int_equal(config.vpid, CONFIG_OFF);
	assert_int_equal(config.ept12, CONFIG_4K);
	assert_int_equal(config.mmu, CONFIG_MMU_SHADOW_WP);
	assert_int_equal(config.guest_pages, CONFIG_1G);
	assert_int_equal(config.trace, CONFIG_TRACE_COUNT);
	config = config__of("shadow_vmcs=off,shadow_policy=hot,lazy_host=off");
	assert_int_equal(config.shadow_vmcs, CONFIG_SHADOWING_OFF);
	assert_int_equal(config.shadow_policy, CONFIG_POLICY_HOT);
	assert_int_equal(config.lazy_host, CONFIG_OFF);
	assert_int_equal(config.dirty_tracking, CONFIG_ON);
}

static void words_keep_their_order(void **state)
{
	(void)state;
	same_text("shadow_vmcs=on ept12=4K mmu=shadow shadow_policy=hot guest_pages=4K");
	same_text("shadow_vmcs=on shadow_policy=hot dirty_tracking=off ept_cache=off vpid=off lazy_host=off ept12=4K");
	same_text("trace=off vpid=off shadow_vmcs=on");
}

static void unknown_words_stay(void **state)
{
	struct config config;

	(void)state;
	config = same_text("mine shadow_vmcs=on ple_gap=0 ept12=4K x=y=z =");
	assert_string_equal(config.extra, "mine ple_gap=0 x=y=z =");
	/* A value that the knob does not have, a knob with more letters, and a knob's second
	 * word. */
	config = same_text("ept=0 xshadow_vmcs=on shadow_vmcs=o mmu mmu=ept mmu=shadow");
	assert_string_equal(config.extra, "ept=0 xshadow_vmcs=on shadow_vmcs=o mmu mmu=shadow");
	assert_int_equal(config.ept, CONFIG_ON);
	assert_int_equal(config.shadow_vmcs, CONFIG_SHADOWING_UNKNOWN);
	assert_int_equal(config.mmu, CONFIG_MMU_EPT);
}

static void old_words_get_new_names(void **state)
{
	char text[CONFIG_TEXT];

	(void)state;
	assert_true(config__renew(text, "shadow_vmcs=on,ept=off,mmu=synced,mine"));
	assert_string_equal(text, "shadow_vmcs=on ept=off mmu=shadow-wp mine");
	assert_int_equal(config__of("mmu=synced").mmu, CONFIG_MMU_SHADOW_WP);
}

static void without_a_knob(void **state)
{
	struct config config = same_text("a shadow_vmcs=on b trace=time c");
	char text[CONFIG_TEXT];

	(void)state;
	config__drop(&config, CONFIG_KNOB_trace);
	config__drop(&config, CONFIG_KNOB_ept);
	config__write(text, sizeof(text), &config, ' ');
	assert_string_equal(text, "a shadow_vmcs=on b c");
	assert_int_equal(config.trace, CONFIG_TRACE_ONE_MODE);
}

static void a_way_that_needs_no_word(void **state)
{
	struct config config = {0};

	(void)state;
	config__set_mmu(&config, CONFIG_MMU_USUAL);
	config__set_mmu(&config, CONFIG_MMU_EPT);
	assert_int_equal(config.words, 0);
	config__set(&config, CONFIG_KNOB_ept, CONFIG_OFF);
	config__set_mmu(&config, CONFIG_MMU_SHADOW);
	assert_int_equal(config.words, 1);
	config__set_mmu(&config, CONFIG_MMU_SHADOW_WP);
	assert_int_equal(config.mmu, CONFIG_MMU_SHADOW_WP);
}

static void too_many_words(void **state)
{
	char text[4096] = "", again[CONFIG_TEXT], one[CONFIG_EXTRA];
	struct config config = {0};

	(void)state;
	for (unsigned i = 0; i < CONFIG_WORDS; i++)
		strcat(text, "x ");
	assert_true(config__parse(&config, text));
	assert_false(config__parse(&config, "ept=off"));
	assert_int_equal(config.ept, CONFIG_ON);
	assert_false(config__renew(again, strcat(text, "y")));
	memset(text, 'z', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	assert_false(config__renew(again, text));
	config = (struct config){0};
	assert_false(config__set_text(&config, CONFIG_KNOB_trace, text));
	assert_int_equal(config.words, 0);
	/* The longest word, and then all knobs, fit into the text. */
	memset(one, 'z', sizeof(one));
	one[sizeof(one) - 2] = '\0';
	assert_true(config__parse(&config, one));
	for (unsigned knob = 0; knob < CONFIG_KNOB_COUNT; knob++)
		config__set(&config, knob, 1);
	assert_int_equal(config.words, 1 + CONFIG_KNOB_COUNT);
	config__write(again, sizeof(again), &config, ' ');
}

static bool same_at(const char *a, const char *b, const char *l0, unsigned level)
{
	const struct config one = config__of(a), other = config__of(b);

	return config__same_at(&one, &other, l0, level);
}

static void words_that_matter_to_a_level(void **state)
{
	(void)state;
	assert_true(same_at("shadow_vmcs=on ept=off", "", "kvm", 0));
	assert_true(same_at("shadow_vmcs=on ept=off", "shadow_vmcs=off ept=off ept12=4K", "kvm", 1));
	assert_false(same_at("shadow_vmcs=on ept=off", "shadow_vmcs=on", "kvm", 1));
	assert_false(same_at("shadow_vmcs=on vpid=off", "shadow_vmcs=on", "kvm", 1)); /* KVM's, of every guest */
	assert_true(same_at("shadow_vmcs=on vpid=off", "shadow_vmcs=on", "own", 1));  /* ours, of a hypervisor */
	assert_true(same_at("shadow_vmcs=on shadow_policy=hot dirty_tracking=off ept_cache=off lazy_host=off",
			    "shadow_vmcs=off", "own", 1));
	assert_false(same_at("shadow_vmcs=on", "shadow_vmcs=off", "own", 2));
	assert_true(same_at("shadow_vmcs=on", "shadow_vmcs=on", "own", 3));
	assert_false(same_at("guest_pages=4K", "guest_pages=4K x", "own", 1));
	assert_true(same_at("vpid=off ept=off", "ept=off vpid=off", "kvm", 2));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_value_of_every_knob),
		cmocka_unit_test(modes_are_those_of_the_tracer),
		cmocka_unit_test(fields_of_a_text),
		cmocka_unit_test(words_keep_their_order),
		cmocka_unit_test(unknown_words_stay),
		cmocka_unit_test(old_words_get_new_names),
		cmocka_unit_test(without_a_knob),
		cmocka_unit_test(a_way_that_needs_no_word),
		cmocka_unit_test(too_many_words),
		cmocka_unit_test(words_that_matter_to_a_level),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
