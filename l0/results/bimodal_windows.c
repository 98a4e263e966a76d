// SPDX-License-Identifier: GPL-2.0-only
/*
 * Sorts the windows of an operation by their medians, and looks for one gap that splits them into
 * two groups.
 */
#include "l0/results/bimodal_windows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "l0/base/allocate.h"
#include "microbench/stats.h"

/* The median of fewer samples is random. */
#define LEAST_SAMPLES 5

/*
 * Minimum difference of two prices, as a share of the low price and in ticks. Closer prices count
 * as one.
 */
#define LEAST_SHARE 0.015
#define LEAST_TICKS 30.0

/*
 * Minimum ratio of the gap to the spread of windows within a group, and to the MAD of the samples
 * of a group.
 */
#define LEAST_CLEARANCE 4.0

struct window {
	double median;
	size_t first, end; /* range of samples */
};

static int cheapest_first(const void *left, const void *right)
{
	const struct window *l = left, *r = right;

	if (l->median != r->median)
		return l->median < r->median ? -1 : 1;
	return (l->first > r->first) - (l->first < r->first);
}

/* Appends the ticks of a window's samples. Returns the new count. */
static size_t add_ticks(uint64_t *ticks, size_t count, const struct nb_op_result *op, const struct window *window)
{
	for (size_t i = window->first; i < window->end; i++)
		ticks[count++] = op->samples[i].ticks;
	return count;
}

static struct nb_summary summarize(uint64_t *ticks, const struct nb_op_result *op, const struct window *windows,
				   size_t count)
{
	size_t samples = 0;

	for (size_t i = 0; i < count; i++)
		samples = add_ticks(ticks, samples, op, &windows[i]);
	return nb_stats_summarize(ticks, samples);
}

/* Lists the windows with enough samples for a median, cheapest first. Returns their number. */
static size_t sort_windows(struct window *windows, uint64_t *ticks, const struct nb_op_result *op)
{
	size_t count = 0;

	for (uint64_t i = 0; i < op->windows; i++) {
		struct window *window = &windows[count];

		window->first = op->window[i].first;
		window->end = i + 1 < op->windows ? op->window[i + 1].first : op->sample_count;
		if (window->end - window->first < LEAST_SAMPLES)
			continue;
		window->median = summarize(ticks, op, window, 1).p50;
		count++;
	}
	if (count)
		qsort(windows, count, sizeof(*windows), cheapest_first);
	return count;
}

/* Returns the number of windows before the largest gap, or count if there is no gap. */
static size_t before_gap(const struct window *windows, size_t count)
{
	size_t cheap = count;
	double gap = 0;

	for (size_t i = 1; i < count; i++) {
		if (windows[i].median - windows[i - 1].median > gap) {
			gap = windows[i].median - windows[i - 1].median;
			cheap = i;
		}
	}
	return cheap;
}

/*
 * Returns true if the gap before windows[cheap] separates two groups. low and high summarize the
 * samples of the groups.
 */
static bool is_gap(const struct window *windows, size_t count, size_t cheap, const struct nb_summary *low,
		   const struct nb_summary *high)
{
	double gap = windows[cheap].median - windows[cheap - 1].median;
	double spread = fmax(windows[cheap - 1].median - windows[0].median,
			     windows[count - 1].median - windows[cheap].median);

	return gap >= LEAST_TICKS && gap >= LEAST_SHARE * low->p50 && gap >= LEAST_CLEARANCE * spread &&
	       gap >= LEAST_CLEARANCE * fmax(low->mad, high->mad);
}

static bool find(const struct nb_op_result *op, struct window *windows, uint64_t *ticks, struct nb_prices *prices)
{
	const struct window all = {.first = 0, .end = op->sample_count};
	size_t count = sort_windows(windows, ticks, op), cheap = before_gap(windows, count);

	prices->windows = (unsigned)count;
	if (cheap < count) {
		struct nb_summary low = summarize(ticks, op, windows, cheap);
		struct nb_summary high = summarize(ticks, op, windows + cheap, count - cheap);

		if (is_gap(windows, count, cheap, &low, &high)) {
			prices->dear = (unsigned)(count - cheap);
			prices->low = low.p50;
			prices->high = high.p50;
			return true;
		}
	}
	prices->low = prices->high = summarize(ticks, op, &all, 1).p50;
	return false;
}

bool nb_prices_find(const struct nb_op_result *op, struct nb_prices *prices)
{
	struct window *windows;
	uint64_t *ticks;
	bool two;

	*prices = (struct nb_prices){.low = NAN, .high = NAN};
	if (op->sample_count == 0 || op->windows == 0)
		return false;
	windows = nb_grow(NULL, 0, op->windows * sizeof(*windows));
	ticks = nb_grow(NULL, 0, op->sample_count * sizeof(*ticks));
	two = find(op, windows, ticks, prices);
	free(windows);
	free(ticks);
	return two;
}
