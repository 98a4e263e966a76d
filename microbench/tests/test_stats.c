// SPDX-License-Identifier: GPL-2.0-only
/* Tests of the statistics, against values worked out by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "microbench/stats.h"

#define CLOSE_TO(a, b) assert_float_equal((float)(a), (float)(b), 1e-4f)

static void no_samples_are_all_zero(void **state)
{
	struct nb_summary s = nb_stats_summarize(NULL, 0);

	(void)state;
	assert_int_equal(s.n, 0);
	assert_int_equal(s.min, 0);
	assert_int_equal(s.max, 0);
	assert_int_equal(s.outliers, 0);
	CLOSE_TO(s.p50 + s.mean + s.p90 + s.p99 + s.sd + s.mad, 0);
}

static void one_sample_is_every_quantile(void **state)
{
	uint64_t ticks[] = {77};
	struct nb_summary s = nb_stats_summarize(ticks, 1);

	(void)state;
	assert_int_equal(s.min, 77);
	assert_int_equal(s.max, 77);
	CLOSE_TO(s.p50, 77);
	CLOSE_TO(s.p99, 77);
	CLOSE_TO(s.mean, 77);
	CLOSE_TO(s.sd, 0);
	CLOSE_TO(s.mad, 0);
	assert_int_equal(s.outliers, 0);
}

static void order_does_not_matter(void **state)
{
	uint64_t ticks[] = {5, 1, 4, 2, 3};
	struct nb_summary s = nb_stats_summarize(ticks, 5);

	(void)state;
	assert_int_equal(s.min, 1);
	assert_int_equal(s.max, 5);
	CLOSE_TO(s.p50, 3);
	CLOSE_TO(s.mean, 3);
	CLOSE_TO(s.p90, 4.6);
	CLOSE_TO(s.p99, 4.96);
	CLOSE_TO(s.sd, 1.58114);
	CLOSE_TO(s.mad, 1);
	assert_int_equal(ticks[0], 5); /* the input is left alone */
}

static void an_even_count_interpolates(void **state)
{
	uint64_t ticks[] = {10, 20, 30, 100};
	struct nb_summary s = nb_stats_summarize(ticks, 4);

	(void)state;
	CLOSE_TO(s.p50, 25);
	CLOSE_TO(s.mad, 10); /* deviations 15 5 5 75 */
}

static void outliers_need_ten_spreads(void **state)
{
	uint64_t ticks[100];
	struct nb_summary s;

	(void)state;
	for (size_t i = 0; i < 100; i++)
		ticks[i] = 1000;
	ticks[98] = 1100; /* MAD 0: the spread is 1% of 1000, so this is exactly ten of them */
	ticks[99] = 1101;
	s = nb_stats_summarize(ticks, 100);
	assert_false(nb_stats_is_outlier(&s, 1100));
	assert_true(nb_stats_is_outlier(&s, 1101));
	assert_false(nb_stats_is_outlier(&s, 0)); /* fast is not an outlier */
	assert_int_equal(s.outliers, 1);
	assert_int_equal(s.max, 1101); /* flagged, not dropped */
	assert_int_equal(s.n, 100);
}

static void a_tick_is_the_least_spread(void **state)
{
	uint64_t ticks[] = {20, 20, 20, 20, 30, 31};
	struct nb_summary s = nb_stats_summarize(ticks, 6);

	(void)state;
	assert_int_equal(s.outliers, 1);
}

static void extremes_are_exact(void **state)
{
	uint64_t ticks[] = {UINT64_MAX, UINT64_MAX - 1};
	struct nb_summary s = nb_stats_summarize(ticks, 2);

	(void)state;
	assert_true(s.min == UINT64_MAX - 1);
	assert_true(s.max == UINT64_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_samples_are_all_zero),   cmocka_unit_test(one_sample_is_every_quantile),
		cmocka_unit_test(order_does_not_matter),     cmocka_unit_test(an_even_count_interpolates),
		cmocka_unit_test(outliers_need_ten_spreads), cmocka_unit_test(a_tick_is_the_least_spread),
		cmocka_unit_test(extremes_are_exact),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
