// SPDX-License-Identifier: GPL-2.0-only
/* Tests of the search for two prices of an operation. The windows have made-up samples in one or
 * two groups. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "l0/results/bimodal_windows.h"

#define SAMPLES 250
#define WINDOWS 8

/* An operation with windows of SAMPLES samples each. Its memory is the fixture's. */
struct fixture {
	struct nb_sample samples[WINDOWS * SAMPLES];
	struct nb_window windows[WINDOWS];
	struct nb_op_result op;
	struct nb_prices prices;
};

/* A window with samples of `ticks` plus 0 to `noise`, in turn. */
static void add_window(struct fixture *f, uint64_t ticks, uint64_t noise)
{
	f->op.samples = f->samples;
	f->op.window = f->windows;
	f->windows[f->op.windows++].first = f->op.sample_count;
	for (uint64_t i = 0; i < SAMPLES; i++)
		f->samples[f->op.sample_count++].ticks = ticks + (noise ? i % (noise + 1) : 0);
}

static bool find(struct fixture *f)
{
	return nb_prices_find(&f->op, &f->prices);
}

/* The windows of `dr_read` from a real run: see paper-notes/event-requests.md. */
static void event_requests_are_a_second_price(void **state)
{
	struct fixture f = {0};

	(void)state;
	add_window(&f, 10257, 0);
	add_window(&f, 9902, 0);
	add_window(&f, 10231, 0);
	add_window(&f, 10231, 0);
	assert_true(find(&f));
	assert_float_equal(f.prices.low, 9902, 0);
	assert_float_equal(f.prices.high, 10231, 0);
	assert_int_equal(f.prices.windows, 4);
	assert_int_equal(f.prices.dear, 3);
}

static void one_price_is_the_median(void **state)
{
	struct fixture f = {0};

	(void)state;
	add_window(&f, 10237, 0);
	add_window(&f, 10237, 0);
	add_window(&f, 10263, 0);
	assert_false(find(&f));
	assert_int_equal(f.prices.windows, 3);
	assert_int_equal(f.prices.dear, 0);
	assert_float_equal(f.prices.low, 10237, 0);
	assert_float_equal(f.prices.high, 10237, 0);
}

static void windows_that_grow_are_no_groups(void **state)
{
	struct fixture f = {0};

	(void)state;
	for (uint64_t i = 0; i < WINDOWS; i++)
		add_window(&f, 10000 + 400 * i, 0);
	assert_false(find(&f));
}

static void noise_is_no_group(void **state)
{
	struct fixture f = {0};

	(void)state;
	add_window(&f, 1000, 400);
	add_window(&f, 1050, 400);
	add_window(&f, 1200, 400);
	assert_false(find(&f));
}

static void a_few_ticks_are_no_price(void **state)
{
	struct fixture f = {0};

	(void)state;
	add_window(&f, 7, 0);
	add_window(&f, 30, 0);
	assert_false(find(&f));
}

/* One of eight windows is dear, and one sample of each is hit by an interrupt. */
static void outliers_and_rare_windows_count(void **state)
{
	struct fixture f = {0};

	(void)state;
	for (uint64_t i = 0; i < WINDOWS; i++) {
		add_window(&f, i == 5 ? 10455 : 10100, 0);
		f.samples[i * SAMPLES].ticks = 12670;
	}
	assert_true(find(&f));
	assert_int_equal(f.prices.dear, 1);
	assert_float_equal(f.prices.high, 10455, 0);
}

static void without_samples_there_is_no_price(void **state)
{
	struct fixture f = {0};

	(void)state;
	assert_false(find(&f));
	assert_true(isnan(f.prices.low));
	add_window(&f, 100, 0);
	f.op.sample_count = 3; /* fewer than a median wants */
	assert_false(find(&f));
	assert_float_equal(f.prices.low, 100, 0);
	assert_int_equal(f.prices.windows, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(event_requests_are_a_second_price), cmocka_unit_test(one_price_is_the_median),
		cmocka_unit_test(windows_that_grow_are_no_groups),   cmocka_unit_test(noise_is_no_group),
		cmocka_unit_test(a_few_ticks_are_no_price),          cmocka_unit_test(outliers_and_rare_windows_count),
		cmocka_unit_test(without_samples_there_is_no_price),
	};

	return cmocka_run_group_tests_name("prices", tests, NULL, NULL);
}
