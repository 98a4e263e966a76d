/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How sure a median is, and how much larger one set of samples is than another: 95% confidence intervals by bootstrap.
 * Hosted only: it uses the GNU Scientific Library and floating point, so it never runs inside a guest.
 */
#ifndef NB_BOOTSTRAP_H
#define NB_BOOTSTRAP_H

#include <stddef.h>
#include <stdint.h>

#define NB_RESAMPLES 1000

/* The percentile interval of 95%, from NB_RESAMPLES resamples. Without samples, both are NAN. */
struct nb_interval {
	double low, high; /* ticks */
};

/*
 * The interval of the median of ticks[0..n). The same samples, in any order, and the same seed give the same interval.
 * Ends the process if memory runs out.
 */
struct nb_interval nb_bootstrap_median(const uint64_t *ticks, size_t n, unsigned seed);

/* A ratio to a median of 0 is INFINITY, but 1 if both are 0: nothing changed. Without samples on a side, all is NAN. */
struct nb_ratio {
	double median_a, median_b; /* ticks */
	double ratio;              /* median_b / median_a */
	double low, high;          /* percentile interval of 95%, from NB_RESAMPLES resamples */
};

/*
 * The same samples, in any order, and the same seed give the same result; other rows do not matter to it.
 * Ends the process if memory runs out.
 */
struct nb_ratio nb_bootstrap_ratio(const uint64_t *a, size_t a_count, const uint64_t *b, size_t b_count, unsigned seed);

#endif
