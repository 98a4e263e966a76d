/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a histogram of durations says: its quantiles, and what came in since it was read before.
 * A duration is known by its bucket's middle, so every figure but an exact max is off by at most TRACE_ERROR_PERCENT.
 */
#ifndef NB_TRACE_HISTOGRAM_H
#define NB_TRACE_HISTOGRAM_H

#include "trace/trace_event.h"

/* Half a bucket's width, 1/64 of where its octave begins; a test holds it against values of every octave. */
#define TRACE_ERROR_PERCENT 1.6

/* The smallest duration that a part q (0 to 1) of all are not above, ns; 0 if there is none. Never more than max. */
double trace_histogram__quantile(const struct trace_histogram *histogram, double q);

/*
 * What was added between two readings. max is exact if it is a new one, else of the highest bucket that grew: programs keep no
 * max of an interval, which would make them ask at each exit where it ends.
 */
void trace_histogram__since(const struct trace_histogram *now, const struct trace_histogram *before,
			    struct trace_histogram *since);

#endif
