// SPDX-License-Identifier: GPL-2.0-only
/* Tests of the histograms: the error of quantiles keeps its stated limit, for durations of every
 * size and distribution. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "trace/histogram.h"

#define VALUES 5000

static struct trace_histogram histogram, before, since;
static uint64_t values[VALUES];
static uint64_t seed = 1;

static uint64_t random64(void)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return seed;
}

/* Adds a duration like the eBPF program. */
static void add(struct trace_histogram *h, uint64_t ns)
{
	h->count++;
	h->total += ns;
	h->max = ns > h->max ? ns : h->max;
	h->bucket[trace_bucket(ns)]++;
}

static int compare(const void *left, const void *right)
{
	const uint64_t *a = left, *b = right;

	return *a < *b ? -1 : *a > *b;
}

static void assert_near(double figure, uint64_t exact)
{
	double bound = (double)exact * TRACE_ERROR_PERCENT / 100;

	if (figure < (double)exact - bound || figure > (double)exact + bound)
		fail_msg("%f for %llu", figure, (unsigned long long)exact);
}

static void a_bucket_is_as_narrow_as_promised(void **state)
{
	(void)state;
	for (unsigned shift = 0; shift <= 40; shift++)
		for (uint64_t step = 0; step < 1000; step++) {
			uint64_t low = 1ull << shift, ns = low + (uint64_t)((double)low * (double)step / 1000);

			assert_near(trace_bucket_middle(trace_bucket(ns)), ns);
		}
	for (uint64_t ns = 0; ns < 100000; ns++)
		assert_near(trace_bucket_middle(trace_bucket(ns)), ns);
}

static void buckets_never_fall(void **state)
{
	uint32_t last = 0;

	(void)state;
	for (uint64_t ns = 0; ns < 1 << 20; ns++) {
		uint32_t bucket = trace_bucket(ns);

		assert_true(bucket == last || bucket == last + 1);
		last = bucket;
	}
	assert_int_equal(trace_bucket(UINT64_MAX), TRACE_BUCKETS - 1);
}

/* The programs look short durations up in a table that holds one of each group. */
static void a_group_of_the_table_is_of_one_bucket(void **state)
{
	(void)state;
	for (uint64_t ns = TRACE_SHORT_BEGIN; ns < TRACE_SHORT_END; ns++)
		assert_int_equal(trace_bucket(ns), trace_bucket(ns >> TRACE_SHORT_SHIFT << TRACE_SHORT_SHIFT));
	assert_int_equal(TRACE_SHORT_BEGIN % (1u << TRACE_SHORT_SHIFT), 0);
}

/* Compares quantiles with the sorted values. The values begin at the octave `shift`, and spread
 * over `spread` octaves. */
static void check_set(unsigned shift, unsigned spread)
{
	static const double parts[] = {0.001, 0.1, 0.5, 0.9, 0.99, 0.999, 1};

	memset(&histogram, 0, sizeof(histogram));
	for (unsigned i = 0; i < VALUES; i++) {
		unsigned bits = shift + (spread ? (unsigned)(random64() % spread) : 0);

		values[i] = 1ull << bits | (random64() & ((1ull << bits) - 1));
		add(&histogram, values[i]);
	}
	qsort(values, VALUES, sizeof(values[0]), compare);
	for (unsigned i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		assert_near(trace_histogram__quantile(&histogram, parts[i]),
			    values[(unsigned)(parts[i] * VALUES + 0.999999) - 1]);
	assert_int_equal(histogram.max, values[VALUES - 1]);
	assert_true(trace_histogram__quantile(&histogram, 1) <= (double)histogram.max);
}

static void quantiles_are_within_the_bound(void **state)
{
	(void)state;
	for (unsigned shift = 0; shift < 36; shift++)
		for (unsigned spread = 0; spread < 5; spread++)
			check_set(shift, spread);
}

static void few_values(void **state)
{
	(void)state;
	memset(&histogram, 0, sizeof(histogram));
	assert_true(trace_histogram__quantile(&histogram, 0.5) == 0);
	add(&histogram, 1000);
	/* A bucket's middle may be above all that was in it. */
	assert_true(trace_histogram__quantile(&histogram, 0) <= 1000);
	assert_near(trace_histogram__quantile(&histogram, 0.5), 1000);
	assert_near(trace_histogram__quantile(&histogram, 1), 1000);
	add(&histogram, 1ull << 50); /* more than buckets tell apart */
	assert_true(trace_histogram__quantile(&histogram, 1) == (double)(1ull << 50));
	assert_near(trace_histogram__quantile(&histogram, 0.5), 1000);
}

static void what_came_in_between(void **state)
{
	(void)state;
	memset(&before, 0, sizeof(before));
	add(&before, 500000);
	histogram = before;
	for (unsigned i = 0; i < 9; i++)
		add(&histogram, 2000);
	add(&histogram, 40000);
	trace_histogram__since(&histogram, &before, &since);
	assert_int_equal(since.count, 10);
	assert_int_equal(since.total, 58000);
	assert_near((double)since.max, 40000);
	assert_near(trace_histogram__quantile(&since, 0.9), 2000);
	assert_near(trace_histogram__quantile(&since, 0.91), 40000);
	add(&histogram, 700000);
	trace_histogram__since(&histogram, &before, &since);
	assert_int_equal(since.max, 700000); /* a new one: exact */
	trace_histogram__since(&before, &before, &since);
	assert_int_equal(since.count, 0);
	assert_int_equal(since.max, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_bucket_is_as_narrow_as_promised),
		cmocka_unit_test(buckets_never_fall),
		cmocka_unit_test(a_group_of_the_table_is_of_one_bucket),
		cmocka_unit_test(quantiles_are_within_the_bound),
		cmocka_unit_test(few_values),
		cmocka_unit_test(what_came_in_between),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
