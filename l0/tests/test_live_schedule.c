// SPDX-License-Identifier: GPL-2.0-only
/* Tests of the schedule of the live trace's tables. It does not depend on the time when the trace
 * begins. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "l0/experiments/live_schedule.h"

#define MS 1000000ull

/* Returns the number of tables in a duration. No table may cover less than half a millisecond. */
static unsigned tables(uint64_t start, double interval, double duration)
{
	struct live_schedule s;
	uint64_t before = start;
	unsigned count = 1;

	live_schedule__begin(&s, start, interval, duration);
	for (; !live_schedule__is_last(&s); count++) {
		assert_true(s.next - before >= MS / 2);
		before = s.next;
		live_schedule__advance(&s, s.next + 1); /* read a little late, as always */
	}
	assert_true(s.next - before >= MS / 2);
	assert_true(s.next == start + (uint64_t)(duration * 1e9 + 0.5));
	return count;
}

/* Uptimes from a nanosecond to two centuries, with values around each power of two seconds. */
static void whenever_it_begins(void **state)
{
	(void)state;
	for (unsigned bit = 0; bit < 63; bit++) {
		const uint64_t at = 1ull << bit;

		for (uint64_t odd = 0; odd < 1000; odd += 37) {
			assert_int_equal(tables(at + odd, 0.2, 0.4), 2);
			assert_int_equal(tables(at - 1 + odd * 999983, 0.1, 0.3), 3);
		}
	}
	for (uint64_t second = 1; second < 1u << 17; second *= 2)
		for (uint64_t ms = 0; ms < 2000; ms += 7) {
			assert_int_equal(tables(second * 1000 * MS + ms * MS, 0.2, 0.4), 2);
			assert_int_equal(tables(second * 1000 * MS + ms * MS, 0.05, 1), 20);
			assert_int_equal(tables(second * 1000 * MS + ms * MS, 0.3, 0.9), 4);
		}
}

static void the_first_one_comes_soon(void **state)
{
	struct live_schedule s;

	(void)state;
	live_schedule__begin(&s, 7, 60, 0);
	assert_true(s.next == 7 + 200 * MS);
	assert_false(live_schedule__is_last(&s));
	live_schedule__advance(&s, s.next);
	assert_true(s.next == 7 + 60200 * MS);
	assert_int_equal(tables(7, 1, 2), 3); /* at 0.2, 1.2 and 2 */
	assert_int_equal(tables(7, 60, 60), 2);
	assert_int_equal(tables(7, 60, 0.1), 1);
	assert_int_equal(tables(7, 1, 0.2), 1);
	assert_int_equal(tables(7, 0.1, 0.25), 3);
}

/* A rest of less than half a millisecond joins the interval before it. A longer rest has its own
 * table. */
static void what_is_left_at_the_end(void **state)
{
	(void)state;
	assert_int_equal(tables(7, 0.2, 0.4004), 2);
	assert_int_equal(tables(7, 0.2, 0.4006), 3);
	assert_int_equal(tables(7, 0.2, 0.3999), 2);
	assert_int_equal(tables(7, 1.0 / 3, 1), 4);
}

/* After a pause, as by Ctrl-Z, one table covers all that time. The next table covers the next
 * interval. */
static void stopped_for_longer(void **state)
{
	struct live_schedule s;

	(void)state;
	live_schedule__begin(&s, 0, 0.2, 0);
	live_schedule__advance(&s, 999 * MS);
	assert_true(s.next == 800 * MS);
	live_schedule__advance(&s, 999 * MS + 1);
	assert_true(s.next == 1000 * MS);
	live_schedule__begin(&s, 0, 0.2, 0.7);
	live_schedule__advance(&s, 5000 * MS);
	assert_true(live_schedule__is_last(&s));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(whenever_it_begins),
		cmocka_unit_test(the_first_one_comes_soon),
		cmocka_unit_test(what_is_left_at_the_end),
		cmocka_unit_test(stopped_for_longer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
