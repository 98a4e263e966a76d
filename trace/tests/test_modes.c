// SPDX-License-Identifier: GPL-2.0-only
/* Tests of the lists of modes that --trace takes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "trace/modes.h"

static void lists_become_bits(void **state)
{
	(void)state;
	assert_int_equal(trace_modes__parse("off"), 1u << TRACE_MODE_OFF);
	assert_int_equal(trace_modes__parse("stream"), 1u << TRACE_MODE_STREAM);
	assert_int_equal(trace_modes__parse("time,off,time"), 1u << TRACE_MODE_OFF | 1u << TRACE_MODE_TIME);
}

static void other_words_are_refused(void **state)
{
	static const char *const bad[] = {"",     ",",    "nonsense",  "counts",  "coun",
					  "off,", ",off", "off,,time", "off time"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (trace_modes__parse(bad[i]) != 0)
			fail_msg("\"%s\" is no list of modes", bad[i]);
}

static void every_set_comes_back(void **state)
{
	char text[TRACE_MODES_TEXT];

	(void)state;
	for (unsigned modes = 1; modes < 1u << TRACE_MODE_COUNT_OF; modes++)
		assert_int_equal(trace_modes__parse(trace_modes__write(modes, text)), modes);
	assert_string_equal(trace_modes__write(0, text), "");
	assert_string_equal(trace_modes__write(~0u, text), "off,count,time,stream");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lists_become_bits),
		cmocka_unit_test(other_words_are_refused),
		cmocka_unit_test(every_set_comes_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
