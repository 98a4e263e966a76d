// SPDX-License-Identifier: GPL-2.0-only
/* Tests of the bootstrap, against plain resampling, and against the share of intervals that must be
 * right. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <gsl/gsl_sort.h>
#include <math.h>

#include "microbench/bootstrap.h"

#define CLOSE_TO(a, b, epsilon) assert_float_equal((float)(a), (float)(b), (float)(epsilon))

static void equal_samples_give_one(void **state)
{
	uint64_t ticks[] = {7, 7, 7, 7};
	struct nb_ratio r = nb_bootstrap_ratio(ticks, 4, ticks, 4, 1);

	(void)state;
	assert_true(r.ratio == 1 && r.low == 1 && r.high == 1);
	assert_true(r.median_a == 7 && r.median_b == 7);
}

static void the_medians_are_those_of_the_samples(void **state)
{
	uint64_t a[] = {40, 10, 20, 30}, b[] = {90, 10, 50};
	struct nb_ratio r = nb_bootstrap_ratio(a, 4, b, 3, 1);

	(void)state;
	CLOSE_TO(r.median_a, 25, 0);
	CLOSE_TO(r.median_b, 50, 0);
	CLOSE_TO(r.ratio, 2, 0);
	assert_true(r.low <= 2 && r.high >= 2);
	assert_int_equal(a[0], 40); /* the input is left alone */
}

static void few_samples_zeros_and_none(void **state)
{
	uint64_t zeros[] = {0, 0, 0}, one[] = {5}, huge[] = {UINT64_MAX, UINT64_MAX};
	struct nb_ratio r;

	(void)state;
	r = nb_bootstrap_ratio(one, 1, one, 1, 1);
	assert_true(r.ratio == 1 && r.low == 1 && r.high == 1);
	r = nb_bootstrap_ratio(zeros, 3, zeros, 3, 1);
	assert_true(r.ratio == 1 && r.low == 1 && r.high == 1);
	r = nb_bootstrap_ratio(zeros, 3, one, 1, 1);
	assert_true(isinf(r.ratio) && isinf(r.low) && isinf(r.high));
	r = nb_bootstrap_ratio(one, 1, zeros, 3, 1);
	assert_true(r.ratio == 0 && r.high == 0);
	r = nb_bootstrap_ratio(huge, 2, huge, 2, 1);
	assert_true(r.ratio == 1 && r.high == 1);
	r = nb_bootstrap_ratio(NULL, 0, one, 1, 1);
	assert_true(isnan(r.ratio) && isnan(r.low) && isnan(r.high));
	r = nb_bootstrap_ratio(one, 1, NULL, 0, 1);
	assert_true(isnan(r.ratio));
}

static void the_interval_of_a_median(void **state)
{
	uint64_t few[] = {30, 10, 20}, same[] = {7, 7, 7, 7}, huge[] = {UINT64_MAX, UINT64_MAX};
	uint64_t ticks[1000], reversed[1000];
	struct nb_interval interval, again;

	(void)state;
	interval = nb_bootstrap_median(NULL, 0, 1);
	assert_true(isnan(interval.low) && isnan(interval.high));
	interval = nb_bootstrap_median(few, 1, 1);
	assert_true(interval.low == 30 && interval.high == 30);
	interval = nb_bootstrap_median(few, 3, 1);
	assert_true(interval.low == 10 && interval.high == 30); /* 7 of 27 resamples have either median */
	assert_int_equal(few[0], 30);                           /* the input is left alone */
	interval = nb_bootstrap_median(same, 4, 1);
	assert_true(interval.low == 7 && interval.high == 7);
	interval = nb_bootstrap_median(huge, 2, 1);
	assert_true(interval.low == (double)UINT64_MAX && interval.high == (double)UINT64_MAX);

	for (size_t i = 0; i < 1000; i++)
		ticks[i] = reversed[999 - i] = i * 7919 % 1000;
	interval = nb_bootstrap_median(ticks, 1000, 1);
	again = nb_bootstrap_median(reversed, 1000, 1);
	assert_true(interval.low == again.low && interval.high == again.high);
	/* Ranks 500 -+ 1.96 * sqrt(1000) / 2, by the binomial distribution; the ends scatter by
	 * about 3. */
	CLOSE_TO(interval.low, 469, 10);
	CLOSE_TO(interval.high, 531, 10);
}

static void fill(gsl_rng *rng, uint64_t *ticks, size_t n, double mean, double sd)
{
	for (size_t i = 0; i < n; i++)
		ticks[i] = (uint64_t)fmax(0, mean + gsl_ran_gaussian(rng, sd));
}

static void the_seed_decides(void **state)
{
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
	struct nb_ratio first, again, other;
	uint64_t a[101], b[101], reversed[101];

	(void)state;
	fill(rng, a, 101, 1e6, 1e5);
	fill(rng, b, 101, 1e6, 1e5);
	gsl_rng_free(rng);
	for (size_t i = 0; i < 101; i++)
		reversed[i] = a[100 - i];
	first = nb_bootstrap_ratio(a, 101, b, 101, 1);
	again = nb_bootstrap_ratio(reversed, 101, b, 101, 1);
	other = nb_bootstrap_ratio(a, 101, b, 101, 2);
	assert_true(first.low == again.low && first.high == again.high);
	assert_true(first.low != other.low || first.high != other.high);
	assert_true(first.ratio == other.ratio);
}

static double median_of_draws(const gsl_rng *rng, const uint64_t *ticks, size_t n, double *work)
{
	for (size_t i = 0; i < n; i++)
		work[i] = (double)ticks[gsl_rng_uniform_int(rng, n)];
	gsl_sort(work, 1, n);
	return n % 2 ? work[n / 2] : (work[n / 2 - 1] + work[n / 2]) / 2;
}

/* Returns the interval by drawing every resample, of which it makes many more than the code under
 * test. */
static void the_long_way(const gsl_rng *rng, const uint64_t *a, size_t a_count, const uint64_t *b, size_t b_count,
			 double *low, double *high)
{
	enum { MANY = 20000 };
	double *ratios = calloc(MANY, sizeof(*ratios)), *work = calloc(a_count + b_count, sizeof(*work));

	assert_non_null(ratios);
	assert_non_null(work);
	for (int i = 0; i < MANY; i++) {
		double below = median_of_draws(rng, a, a_count, work);

		ratios[i] = median_of_draws(rng, b, b_count, work) / below;
	}
	gsl_sort(ratios, 1, MANY);
	*low = ratios[MANY / 40];
	*high = ratios[MANY - MANY / 40];
	free(work);
	free(ratios);
}

static void it_is_the_resampling_it_stands_for(void **state)
{
	static const size_t counts[][2] = {{51, 50}, {30, 31}, {2, 3}, {10, 40}};
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
	uint64_t a[64], b[64];

	(void)state;
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		double low, high, mean_low = 0, mean_high = 0;

		fill(rng, a, counts[i][0], 1e6, 1e5);
		fill(rng, b, counts[i][1], 1e6, 1e5);
		the_long_way(rng, a, counts[i][0], b, counts[i][1], &low, &high);
		/* Ends of 1000 resamples scatter; their mean over seeds does much less. */
		for (unsigned seed = 1; seed <= 50; seed++) {
			struct nb_ratio r = nb_bootstrap_ratio(a, counts[i][0], b, counts[i][1], seed);

			mean_low += r.low / 50;
			mean_high += r.high / 50;
		}
		CLOSE_TO(mean_low, low, 0.006);
		CLOSE_TO(mean_high, high, 0.006);
	}
	gsl_rng_free(rng);
}

static void the_interval_holds_the_truth_about_as_often_as_it_says(void **state)
{
	enum { TRIALS = 400 };
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);
	uint64_t a[101], b[101];
	int held = 0, median_held = 0;

	(void)state;
	for (int i = 0; i < TRIALS; i++) {
		struct nb_interval interval;
		struct nb_ratio r;

		fill(rng, a, 101, 1e6, 1e5);
		fill(rng, b, 101, 1.2e6, 1e5);
		r = nb_bootstrap_ratio(a, 101, b, 101, 1);
		held += r.low <= 1.2 && r.high >= 1.2;
		interval = nb_bootstrap_median(a, 101, 1);
		median_held += interval.low <= 1e6 && interval.high >= 1e6;
	}
	gsl_rng_free(rng);
	assert_in_range(held, TRIALS * 91 / 100, TRIALS * 99 / 100);
	assert_in_range(median_held, TRIALS * 91 / 100, TRIALS * 99 / 100);
}

/* A large run: 250 rows of 1000 samples. */
static void many_rows_take_no_long_time(void **state)
{
	uint64_t ticks[1000];
	clock_t start = clock();

	(void)state;
	for (size_t row = 0; row < 250; row++) {
		for (size_t i = 0; i < 1000; i++)
			ticks[i] = 1000 + row + i * 7919 % 1009;
		nb_bootstrap_median(ticks, 1000, 1);
	}
	assert_true((double)(clock() - start) / CLOCKS_PER_SEC < 5); /* 0.02 s without the sanitizers */
}

static void many_samples_take_no_long_time(void **state)
{
	enum { MANY = 1000000 };
	uint64_t *ticks = calloc(MANY, sizeof(*ticks));
	clock_t start;
	struct nb_ratio r;

	(void)state;
	assert_non_null(ticks);
	for (size_t i = 0; i < MANY; i++)
		ticks[i] = 1000 + i * 7919 % 1009;
	start = clock();
	r = nb_bootstrap_ratio(ticks, MANY, ticks, MANY, 1);
	assert_true((double)(clock() - start) / CLOCKS_PER_SEC < 10); /* 0.5 s; the rest is for busy computers */
	free(ticks);
	CLOSE_TO(r.ratio, 1, 0);
	assert_true(r.high - r.low < 0.01);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_samples_give_one),
		cmocka_unit_test(the_medians_are_those_of_the_samples),
		cmocka_unit_test(few_samples_zeros_and_none),
		cmocka_unit_test(the_interval_of_a_median),
		cmocka_unit_test(the_seed_decides),
		cmocka_unit_test(it_is_the_resampling_it_stands_for),
		cmocka_unit_test(the_interval_holds_the_truth_about_as_often_as_it_says),
		cmocka_unit_test(many_rows_take_no_long_time),
		cmocka_unit_test(many_samples_take_no_long_time),
	};

	return cmocka_run_group_tests_name("bootstrap", tests, NULL, NULL);
}
