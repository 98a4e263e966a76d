/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The amount by which a result may grow before a comparison fails: --threshold exits=0.05,ticks=5%.
 */
#ifndef NB_L0_COMPARE_THRESHOLD_H
#define NB_L0_COMPARE_THRESHOLD_H

#include <stdbool.h>
#include <stddef.h>

#include "l0/results/matches.h"

/*
 * The mean number of exits varies by some hundredths, because L0 also maps pages for itself.
 * Medians vary by 3.5% if L0's VM entry has more work.
 */
#define COMPARE_EXITS 0.05
#define COMPARE_TICKS 5.0

struct compare_threshold {
	double exits; /* allowed additional exits of one execution */
	double ticks; /* allowed growth of the median in percent */
};

#define COMPARE_THRESHOLD_DEFAULT ((struct compare_threshold){COMPARE_EXITS, COMPARE_TICKS})

#define COMPARE_WHY 200

/*
 * Parses "exits=N,ticks=P%", or one of both. A missing part keeps its default. Returns false with
 * the reason in `why`.
 */
bool compare_threshold__parse(struct compare_threshold *threshold, const char *text, char why[COMPARE_WHY]);

/* Returns the limit as a ratio of medians: 1.05 for 5%. */
double compare_threshold__ratio(const struct compare_threshold *threshold);

/*
 * Returns true if the side takes longer than the first side with confidence: the low end of its 95%
 * interval is above the limit.
 */
bool compare_threshold__slower(const struct compare_threshold *threshold, const struct nb_match *match, size_t side);

/* Returns true if an execution on the side causes more exits than the threshold allows. */
bool compare_threshold__more_exits(const struct compare_threshold *threshold, const struct nb_match *match,
				   size_t side);

#endif
