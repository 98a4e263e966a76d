/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Quantiles of a histogram of durations, and the durations added since an earlier reading. The
 * middle of a bucket stands for its durations. Every figure except an exact max is therefore off by
 * at most TRACE_ERROR_PERCENT.
 */
#ifndef NB_TRACE_HISTOGRAM_H
#define NB_TRACE_HISTOGRAM_H

#include "trace/trace_event.h"

/*
 * Half the width of a bucket is 1/64 of the begin of its octave. A test checks this with values of
 * every octave.
 */
#define TRACE_ERROR_PERCENT 1.6

/*
 * Returns the smallest duration that is not exceeded by a part q (0 to 1) of all durations, in ns.
 * The result is at most max. Returns 0 if the histogram is empty.
 */
double trace_histogram__quantile(const struct trace_histogram *histogram, double q);

/*
 * Computes the durations added between two readings. max is exact if it is new; otherwise it comes
 * from the highest bucket that grew. The programs keep no max of an interval, because they would
 * have to check the interval's end at each exit.
 */
void trace_histogram__since(const struct trace_histogram *now, const struct trace_histogram *before,
			    struct trace_histogram *since);

#endif
