/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Matches the rows of several sides. A match is an operation at one level in one configuration,
 * with its row on each side and the ratio of each side to the first. Also computes the geometric
 * means of these ratios, by family.
 */
#ifndef NB_MATCHES_H
#define NB_MATCHES_H

#include "l0/results/sides.h"
#include "microbench/bootstrap.h"

/*
 * A row "exits" if one execution causes at least this many exits to L0. A few exits in a thousand
 * executions happen by chance.
 */
#define NB_EXITS_LEAST 0.5

struct nb_match {
	const struct nb_loaded_row *any; /* row of the first side that has it, for its names */
	/* row on each side, measured or not; NULL: the side has no such row */
	const struct nb_loaded_row **row;
	/* ratio of each side to the first; NAN if one of them has no samples */
	struct nb_ratio *ratio;
	size_t order;      /* position in the files */
	uint64_t measured; /* bit i: side i has samples */
	double worst;      /* largest ratio */
	bool compared;     /* the first side and another side have samples */
	bool differs;      /* some interval does not contain 1, or exits differ */
	bool exits;        /* on some side an execution exits to L0 */
};

struct nb_matches {
	const struct nb_sides *sides;
	/* compared matches first, by falling ratio; then the others in the order of the files */
	struct nb_match *match;
	size_t count, compared;
};

/*
 * Matches the rows of the sides, which must outlive the matches. Exits that differ by exits_off or
 * less count as equal. With `intervals`, each ratio gets its 95% interval from random numbers of
 * this seed. Without, low and high equal the ratio.
 */
void nb_matches_build(struct nb_matches *matches, const struct nb_sides *sides, double exits_off, bool intervals,
		      unsigned seed);
void nb_matches_free(struct nb_matches *matches);

/* Returns the compared matches in the order of the files. The caller frees the array. */
const struct nb_match **nb_matches_in_order(const struct nb_matches *matches);

/*
 * Returns true if `more` is above `less` by more than `off`. Files have two decimals of exits, so a
 * rounding error does not count as growth.
 */
bool nb_exceeds(double more, double less, double off);

/*
 * The means of ratios of one family and one side: of rows that exit, and of all rows. NAN: no rows.
 */
struct nb_mean {
	double exiting, all;
	size_t exiting_rows, all_rows;
};

struct nb_family_means {
	const char *family;                /* "all" in the last entry */
	struct nb_mean side[NB_SIDES_MAX]; /* [0] has the ratio 1, and the number of rows of the first side */
};

struct nb_means {
	struct nb_family_means *family; /* in the order of the files; the last entry covers all rows */
	size_t count;
};

/* Returns the family of a row, or "other" if the file does not say. */
const char *nb_family_of(const struct nb_loaded_row *row);

/* Computes the means of all families. Free with nb_means_free(). */
void nb_means_build(struct nb_means *means, const struct nb_matches *matches);
void nb_means_free(struct nb_means *means);

#endif
