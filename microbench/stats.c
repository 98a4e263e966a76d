// SPDX-License-Identifier: GPL-2.0-only
/* Summarises samples with the GNU Scientific Library. Outliers are flagged and never dropped. */
#include "microbench/stats.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>

struct nb_summary nb_stats_summarize(const uint64_t *ticks, size_t n)
{
	struct nb_summary summary = {.n = n};
	double *sorted, *work;

	if (n == 0)
		return summary;
	sorted = calloc(2 * n, sizeof(*sorted));
	if (!sorted) {
		fprintf(stderr, "nestbed: no memory for the statistics of %zu samples\n", n);
		exit(1);
	}
	work = sorted + n;
	/* The extremes stay integers, because a double holds at most 53 bits. */
	summary.min = summary.max = ticks[0];
	for (size_t i = 0; i < n; i++) {
		summary.min = ticks[i] < summary.min ? ticks[i] : summary.min;
		summary.max = ticks[i] > summary.max ? ticks[i] : summary.max;
		sorted[i] = (double)ticks[i];
	}
	summary.mean = gsl_stats_mean(sorted, 1, n);
	summary.sd = n < 2 ? 0 : gsl_stats_sd_m(sorted, 1, n, summary.mean);
	gsl_sort(sorted, 1, n);
	summary.p50 = gsl_stats_quantile_from_sorted_data(sorted, 1, n, 0.50);
	summary.p90 = gsl_stats_quantile_from_sorted_data(sorted, 1, n, 0.90);
	summary.p99 = gsl_stats_quantile_from_sorted_data(sorted, 1, n, 0.99);
	summary.mad = gsl_stats_mad0(sorted, 1, n, work);
	for (size_t i = 0; i < n; i++)
		summary.outliers += nb_stats_is_outlier(&summary, ticks[i]);
	free(sorted);
	return summary;
}

bool nb_stats_is_outlier(const struct nb_summary *summary, uint64_t ticks)
{
	/*
	 * On a quiet machine the samples are often equal, and the MAD is 0. The minimum of 1% and
	 * one tick keeps jitter from being flagged.
	 */
	double spread = fmax(fmax(NB_MAD_TO_SIGMA * summary->mad, 0.01 * summary->p50), 1.0);

	return (double)ticks > summary->p50 + 10.0 * spread;
}
