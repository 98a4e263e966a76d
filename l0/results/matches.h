/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Rows of several sides, matched: each operation at one level in one configuration, with its row on each side and the ratio of
 * each side to the first. Also the geometric means of these ratios, by family.
 */
#ifndef NB_MATCHES_H
#define NB_MATCHES_H

#include "l0/results/sides.h"
#include "microbench/bootstrap.h"

/* A row "exits" if one execution causes at least so many exits to L0. A few in a thousand happen by chance. */
#define NB_EXITS_LEAST 0.5

struct nb_match {
	const struct nb_loaded_row *any;  /* of the first side that has it: for its names */
	const struct nb_loaded_row **row; /* on each side, measured or not; NULL: the side has no such row */
	struct nb_ratio *ratio;           /* of each side to the first; NAN where one of them has no samples */
	size_t order;                     /* its place in the files */
	uint64_t measured;                /* bit i: side i has samples */
	double worst;                     /* the largest ratio */
	bool compared;                    /* the first side has samples, and another one */
	bool differs;                     /* some ratio is surely not 1, or exits differ */
	bool exits;                       /* on some side an execution exits to L0 */
};

struct nb_matches {
	const struct nb_sides *sides;
	struct nb_match *match; /* those that are compared first, the largest ratio first; the others as in the files */
	size_t count, compared;
};

/*
 * Matches the rows of the sides, which must outlive the matches. Exits that differ by exits_off or less count as equal. intervals: each
 * ratio gets its 95% interval, from random numbers of that seed; without, low and high are the ratio itself.
 */
void nb_matches_build(struct nb_matches *matches, const struct nb_sides *sides, double exits_off, bool intervals,
		      unsigned seed);
void nb_matches_free(struct nb_matches *matches);

/* Those that are compared, in the order of the files. Free the array. */
const struct nb_match **nb_matches_in_order(const struct nb_matches *matches);

/* True if `more` is above `less` by more than `off`. Files have two decimals of exits, so a rounding error is no growth. */
bool nb_exceeds(double more, double less, double off);

/* Of one family and one side: the mean of ratios of rows that exit, and of all rows. NAN: there are none. */
struct nb_mean {
	double exiting, all;
	size_t exiting_rows, all_rows;
};

struct nb_family_means {
	const char *family;                /* "all" in the last entry */
	struct nb_mean side[NB_SIDES_MAX]; /* [0] holds the number of rows of the first side, and 1 */
};

struct nb_means {
	struct nb_family_means *family; /* in the order of the files; the last entry is of all rows */
	size_t count;
};

/* The family of a row; "other" if the file does not say. */
const char *nb_family_of(const struct nb_loaded_row *row);

void nb_means_build(struct nb_means *means, const struct nb_matches *matches);
void nb_means_free(struct nb_means *means);

#endif
