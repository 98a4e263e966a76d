/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a set of samples says: order statistics, spread, and which samples are outliers.
 * Hosted only: it uses the GNU Scientific Library and floating point, so it never runs inside a guest.
 */
#ifndef NB_STATS_H
#define NB_STATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Makes the MAD of normally distributed samples an estimate of their standard deviation. */
#define NB_MAD_TO_SIGMA 1.4826

/* All in ticks but the counts. With n == 0 everything is 0. */
struct nb_summary {
	size_t n;
	uint64_t min, max;
	double p50, mean, p90, p99; /* quantiles interpolate linearly between neighbours */
	double sd;                  /* of a sample (n - 1); 0 for n < 2 */
	double mad;                 /* median of |sample - p50|, not scaled */
	size_t outliers;            /* samples that nb_stats_is_outlier() flags; they are part of all the above */
};

/* The summary of ticks[0..n), in any order. n may be 0, then ticks may be NULL. Ends the process if memory runs out. */
struct nb_summary nb_stats_summarize(const uint64_t *ticks, size_t n);

/* True if a sample lies so far above the median that something else happened in it (an interrupt, an SMI). */
bool nb_stats_is_outlier(const struct nb_summary *summary, uint64_t ticks);

#endif
