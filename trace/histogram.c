// SPDX-License-Identifier: GPL-2.0-only
/* Computes quantiles of log-linear histograms, and differences between histograms. */
#include "trace/histogram.h"

#include <math.h>

/* The last bucket has no upper limit, so its middle has no meaning. */
static double value_of(__u32 bucket, __u64 max)
{
	double middle = trace_bucket_middle(bucket);

	return bucket == TRACE_BUCKETS - 1 || middle > (double)max ? (double)max : middle;
}

double trace_histogram__quantile(const struct trace_histogram *h, double q)
{
	__u64 all = 0, below = 0, rank;

	/*
	 * The sum of the buckets replaces count: a reading may come between the updates of count
	 * and bucket.
	 */
	for (__u32 i = 0; i < TRACE_BUCKETS; i++)
		all += h->bucket[i];
	if (all == 0)
		return 0;
	rank = (__u64)ceil(q * (double)all);
	rank = rank < 1 ? 1 : rank > all ? all : rank;
	for (__u32 i = 0; i < TRACE_BUCKETS; i++) {
		below += h->bucket[i];
		if (below >= rank)
			return value_of(i, h->max);
	}
	return (double)h->max;
}

void trace_histogram__since(const struct trace_histogram *now, const struct trace_histogram *before,
			    struct trace_histogram *since)
{
	__u32 highest = 0;

	since->count = now->count - before->count;
	since->total = now->total - before->total;
	for (__u32 i = 0; i < TRACE_BUCKETS; i++) {
		since->bucket[i] = now->bucket[i] - before->bucket[i];
		if (since->bucket[i])
			highest = i;
	}
	since->max = now->max > before->max ? now->max : (__u64)value_of(highest, now->max);
}
