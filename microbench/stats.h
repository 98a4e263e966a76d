/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The summary of a set of samples: order statistics, spread, and outliers. Hosted only: the code
 * uses the GNU Scientific Library and floating point, so it never runs inside a guest.
 */
#ifndef NB_STATS_H
#define NB_STATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Scales the MAD of normally distributed samples to an estimate of their standard deviation. */
#define NB_MAD_TO_SIGMA 1.4826

/* All members except the counts are in ticks. If n is 0, all members are 0. */
struct nb_summary {
	size_t n;
	uint64_t min, max;
	double p50, mean, p90, p99; /* quantiles interpolate linearly between neighbours */
	double sd;                  /* sample standard deviation (n - 1); 0 for n < 2 */
	double mad;                 /* median of |sample - p50|, not scaled */
	size_t outliers;            /* samples that nb_stats_is_outlier() flags; the members above include them */
};

/*
 * Returns the summary of ticks[0..n), in any order. If n is 0, ticks may be NULL. Ends the process
 * if memory runs out.
 */
struct nb_summary nb_stats_summarize(const uint64_t *ticks, size_t n);

/*
 * Returns true if a sample is so far above the median that another event (an interrupt, an SMI)
 * happened in it. The limit is p50 + 10 * max(NB_MAD_TO_SIGMA * mad, 1% of p50, 1 tick).
 */
bool nb_stats_is_outlier(const struct nb_summary *summary, uint64_t ticks);

#endif
