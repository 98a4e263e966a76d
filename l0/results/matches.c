// SPDX-License-Identifier: GPL-2.0-only
/* Matches rows of the sides, and computes their ratios and means. */
#include "l0/results/matches.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "l0/base/allocate.h"

/* Rounding errors of numbers with two decimals are far smaller. */
#define ROUNDING 1e-6

bool nb_exceeds(double more, double less, double off)
{
	return more - less > off + ROUNDING;
}

const char *nb_family_of(const struct nb_loaded_row *row)
{
	return *row->family ? row->family : "other";
}

static void *allocate(size_t count, size_t size)
{
	void *memory = calloc(count, size);

	if (!memory) {
		fprintf(stderr, "nestbed: no memory for the comparison\n");
		exit(1);
	}
	return memory;
}

/*
 * Adds the row of a side and the same row of all later sides, unless an earlier side has this row.
 */
static void add_match(struct nb_matches *matches, size_t side, size_t place)
{
	const struct nb_sides *sides = matches->sides;
	const struct nb_loaded_row *row = sides->side[side].rows[place];
	struct nb_match *match;

	for (size_t i = 0; i < side; i++)
		if (nb_side_find(sides, i, row, place))
			return;
	/*
	 * If sides are levels, two routes of one operation have the same name. The first row is
	 * used.
	 */
	if (nb_side_find(sides, side, row, 0) != row)
		return;
	matches->match = nb_grow(matches->match, matches->count, sizeof(*matches->match));
	match = &matches->match[matches->count++];
	match->any = row;
	match->order = matches->count;
	match->row = allocate(sides->count, sizeof(struct nb_loaded_row *));
	match->ratio = allocate(sides->count, sizeof(*match->ratio));
	for (size_t i = side; i < sides->count; i++) {
		match->row[i] = i == side ? row : nb_side_find(sides, i, row, place);
		if (match->row[i] && match->row[i]->sample_count)
			match->measured |= UINT64_C(1) << i;
	}
	match->compared = match->measured & 1 && match->measured != 1;
}

static int compare_ticks(const void *left, const void *right)
{
	const uint64_t l = *(const uint64_t *)left, r = *(const uint64_t *)right;

	return (l > r) - (l < r);
}

static double median_of(const struct nb_loaded_row *row)
{
	const size_t n = row->sample_count, middle = n / 2;
	uint64_t *sorted = allocate(n, sizeof(*sorted));
	double median;

	memcpy(sorted, row->samples, n * sizeof(*sorted));
	qsort(sorted, n, sizeof(*sorted), compare_ticks);
	median = n % 2 ? (double)sorted[middle] : ((double)sorted[middle - 1] + (double)sorted[middle]) / 2;
	free(sorted);
	return median;
}

/*
 * Follows the bootstrap: from 0 to 0 the ratio is 1, and from 0 to a larger number it is infinite.
 */
static struct nb_ratio plain_ratio(const struct nb_loaded_row *a, const struct nb_loaded_row *b)
{
	struct nb_ratio ratio = {.median_a = median_of(a), .median_b = median_of(b)};

	ratio.ratio = ratio.median_a > 0 ? ratio.median_b / ratio.median_a : ratio.median_b > 0 ? INFINITY : 1;
	ratio.low = ratio.high = ratio.ratio;
	return ratio;
}

static void fill_ratio(struct nb_match *match, size_t side, double exits_off, bool intervals, unsigned seed)
{
	const struct nb_loaded_row *a = match->row[0], *b = match->row[side];
	struct nb_ratio *ratio = &match->ratio[side];

	*ratio = intervals ? nb_bootstrap_ratio(a->samples, a->sample_count, b->samples, b->sample_count, seed)
			   : plain_ratio(a, b);
	if (ratio->ratio > match->worst)
		match->worst = ratio->ratio;
	match->differs |= ratio->low > 1 || ratio->high < 1 || nb_exceeds(b->exits, a->exits, exits_off) ||
			  nb_exceeds(a->exits, b->exits, exits_off);
	match->exits |= a->exits >= NB_EXITS_LEAST || b->exits >= NB_EXITS_LEAST;
}

static int worst_first(const void *left, const void *right)
{
	const struct nb_match *l = left, *r = right;

	if (l->compared != r->compared)
		return l->compared ? -1 : 1;
	if (l->compared && l->worst != r->worst)
		return l->worst < r->worst ? 1 : -1;
	return (l->order > r->order) - (l->order < r->order);
}

void nb_matches_build(struct nb_matches *matches, const struct nb_sides *sides, double exits_off, bool intervals,
		      unsigned seed)
{
	*matches = (struct nb_matches){.sides = sides};
	for (size_t side = 0; side < sides->count; side++)
		for (size_t i = 0; i < sides->side[side].row_count; i++)
			add_match(matches, side, i);
	for (size_t i = 0; i < matches->count; i++) {
		struct nb_match *match = &matches->match[i];

		for (size_t side = 0; side < sides->count; side++) {
			match->ratio[side] = (struct nb_ratio){NAN, NAN, NAN, NAN, NAN};
			if (side > 0 && match->measured & 1 && match->measured >> side & 1)
				fill_ratio(match, side, exits_off, intervals, seed);
		}
		matches->compared += match->compared;
	}
	if (matches->count)
		qsort(matches->match, matches->count, sizeof(*matches->match), worst_first);
}

void nb_matches_free(struct nb_matches *matches)
{
	for (size_t i = 0; i < matches->count; i++) {
		free(matches->match[i].row);
		free(matches->match[i].ratio);
	}
	free(matches->match);
	*matches = (struct nb_matches){0};
}

/* --- Geometric means --- */

static struct nb_family_means *family_entry(struct nb_means *means, const char *family)
{
	for (size_t i = 0; i < means->count; i++)
		if (strcmp(means->family[i].family, family) == 0)
			return &means->family[i];
	means->family = nb_grow(means->family, means->count, sizeof(*means->family));
	means->family[means->count].family = family;
	return &means->family[means->count++];
}

/* Adds logarithms, which nb_means_build() divides later. */
static void add_ratio(struct nb_family_means *family, const struct nb_match *match, size_t side)
{
	const double ratio = side ? match->ratio[side].ratio : 1;
	struct nb_mean *mean = &family->side[side];

	if (!(ratio > 0) || isinf(ratio))
		return;
	mean->all += log(ratio);
	mean->all_rows++;
	if (match->exits) {
		mean->exiting += log(ratio);
		mean->exiting_rows++;
	}
}

static int order_of_file(const void *left, const void *right)
{
	const struct nb_match *l = *(const struct nb_match *const *)left, *r = *(const struct nb_match *const *)right;

	return (l->order > r->order) - (l->order < r->order);
}

const struct nb_match **nb_matches_in_order(const struct nb_matches *matches)
{
	const struct nb_match **ordered = allocate(matches->compared + 1, sizeof(struct nb_match *));

	for (size_t i = 0; i < matches->compared; i++)
		ordered[i] = &matches->match[i];
	qsort(ordered, matches->compared, sizeof(struct nb_match *), order_of_file);
	return ordered;
}

void nb_means_build(struct nb_means *means, const struct nb_matches *matches)
{
	const struct nb_match **ordered = nb_matches_in_order(matches);
	struct nb_family_means all = {.family = "all"};

	*means = (struct nb_means){0};
	for (size_t i = 0; i < matches->compared; i++) {
		struct nb_family_means *family = family_entry(means, nb_family_of(ordered[i]->any));

		for (size_t side = 0; side < matches->sides->count; side++) {
			add_ratio(family, ordered[i], side);
			add_ratio(&all, ordered[i], side);
		}
	}
	free(ordered);
	means->family = nb_grow(means->family, means->count, sizeof(*means->family));
	means->family[means->count++] = all;
	for (size_t i = 0; i < means->count; i++)
		for (size_t side = 0; side < matches->sides->count; side++) {
			struct nb_mean *mean = &means->family[i].side[side];

			mean->exiting = mean->exiting_rows ? exp(mean->exiting / (double)mean->exiting_rows) : NAN;
			mean->all = mean->all_rows ? exp(mean->all / (double)mean->all_rows) : NAN;
		}
}

void nb_means_free(struct nb_means *means)
{
	free(means->family);
	*means = (struct nb_means){0};
}
