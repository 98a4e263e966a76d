/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Confidence intervals (95%, by bootstrap) of a median and of the ratio of two medians. Hosted
 * only: the code uses the GNU Scientific Library and floating point, so it never runs inside a
 * guest.
 */
#ifndef NB_BOOTSTRAP_H
#define NB_BOOTSTRAP_H

#include <stddef.h>
#include <stdint.h>

#define NB_RESAMPLES 1000

/* A percentile interval of 95%, from NB_RESAMPLES resamples. Without samples, both ends are NAN. */
struct nb_interval {
	double low, high; /* ticks */
};

/*
 * Returns the interval of the median of ticks[0..n). The same samples, in any order, and the same
 * seed give the same interval. Ends the process if memory runs out.
 */
struct nb_interval nb_bootstrap_median(const uint64_t *ticks, size_t n, unsigned seed);

/*
 * A ratio of two medians. It is 1 if both medians are 0, and INFINITY if only median_a is 0. If a
 * side has no samples, all members are NAN.
 */
struct nb_ratio {
	double median_a, median_b; /* ticks */
	double ratio;              /* median_b / median_a */
	double low, high;          /* percentile interval of 95%, from NB_RESAMPLES resamples */
};

/*
 * Compares the medians of a[0..a_count) and b[0..b_count). The same samples, in any order, and the
 * same seed give the same result. Other rows do not change it. Ends the process if memory runs out.
 */
struct nb_ratio nb_bootstrap_ratio(const uint64_t *a, size_t a_count, const uint64_t *b, size_t b_count, unsigned seed);

#endif
