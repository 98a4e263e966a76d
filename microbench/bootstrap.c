// SPDX-License-Identifier: GPL-2.0-only
/*
 * Computes the bootstrap of medians and of their ratios. A resample costs a few random numbers, for
 * any number of samples.
 */
#include "microbench/bootstrap.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <gsl/gsl_sort.h>

/*
 * The number of the smallest, and of the largest, resamples outside the interval. The 2.5% quantile
 * lies between two resamples, and the interval ends at the outer one.
 */
#define OUTSIDE (NB_RESAMPLES / 40 - 1)

static void *allocate(size_t count, size_t size)
{
	void *memory = calloc(count, size);

	if (!memory) {
		fprintf(stderr, "nestbed: no memory for the bootstrap of %zu samples\n", count);
		exit(1);
	}
	return memory;
}

static double *sorted_copy(const uint64_t *ticks, size_t n)
{
	double *sorted = allocate(n, sizeof(*sorted));

	for (size_t i = 0; i < n; i++)
		sorted[i] = (double)ticks[i];
	gsl_sort(sorted, 1, n);
	return sorted;
}

static double median(const double *sorted, size_t n)
{
	return n % 2 ? sorted[n / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
}

/* Returns the sample that a number in [0, 1) draws. Rounding may make the number 1. */
static double draw(const double *sorted, size_t n, double u)
{
	size_t i = (size_t)(u * (double)n);

	return sorted[i < n ? i : n - 1];
}

/*
 * Returns the median of n draws with replacement, without making the draws. A draw is
 * sorted[floor(u * n)] with u uniform. This function keeps the order, so the k-th smallest draw
 * comes from the k-th smallest of n uniform numbers. That number follows Beta(k, n + 1 - k). An
 * even n also needs the next number: the smallest of the n - k numbers that are uniform above it.
 */
static double resampled_median(const gsl_rng *rng, const double *sorted, size_t n)
{
	size_t k = (n + 1) / 2;
	double u = gsl_ran_beta(rng, (double)k, (double)(n + 1 - k));
	double next;

	if (n % 2)
		return draw(sorted, n, u);
	next = u + (1 - u) * gsl_ran_beta(rng, 1, (double)(n - k));
	return (draw(sorted, n, u) + draw(sorted, n, next)) / 2;
}

static gsl_rng *random_numbers(unsigned seed)
{
	gsl_rng *rng = gsl_rng_alloc(gsl_rng_mt19937);

	gsl_rng_set(rng, seed);
	return rng;
}

/* Sorts the resampled values and returns the two ends of the interval. */
static struct nb_interval interval_of(double resamples[NB_RESAMPLES])
{
	gsl_sort(resamples, 1, NB_RESAMPLES);
	return (struct nb_interval){resamples[OUTSIDE], resamples[NB_RESAMPLES - 1 - OUTSIDE]};
}

struct nb_interval nb_bootstrap_median(const uint64_t *ticks, size_t n, unsigned seed)
{
	struct nb_interval result = {NAN, NAN};
	double medians[NB_RESAMPLES];
	double *sorted;
	gsl_rng *rng;

	if (n == 0)
		return result;
	sorted = sorted_copy(ticks, n);
	rng = random_numbers(seed);
	for (size_t i = 0; i < NB_RESAMPLES; i++)
		medians[i] = resampled_median(rng, sorted, n);
	result = interval_of(medians);
	gsl_rng_free(rng);
	free(sorted);
	return result;
}

static double ratio_of(double a, double b)
{
	if (a > 0)
		return b / a;
	return b > 0 ? INFINITY : 1;
}

struct nb_ratio nb_bootstrap_ratio(const uint64_t *a, size_t a_count, const uint64_t *b, size_t b_count, unsigned seed)
{
	struct nb_ratio result = {NAN, NAN, NAN, NAN, NAN};
	double ratios[NB_RESAMPLES];
	struct nb_interval interval;
	double *sorted_a, *sorted_b;
	gsl_rng *rng;

	if (a_count == 0 || b_count == 0)
		return result;
	sorted_a = sorted_copy(a, a_count);
	sorted_b = sorted_copy(b, b_count);
	result.median_a = median(sorted_a, a_count);
	result.median_b = median(sorted_b, b_count);
	result.ratio = ratio_of(result.median_a, result.median_b);

	rng = random_numbers(seed);
	for (size_t i = 0; i < NB_RESAMPLES; i++) {
		double resampled_a = resampled_median(rng, sorted_a, a_count);

		ratios[i] = ratio_of(resampled_a, resampled_median(rng, sorted_b, b_count));
	}
	interval = interval_of(ratios);
	result.low = interval.low;
	result.high = interval.high;
	gsl_rng_free(rng);
	free(sorted_b);
	free(sorted_a);
	return result;
}
