/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How much a result may grow before a comparison fails: --threshold exits=0.05,ticks=5%.
 */
#ifndef NB_L0_COMPARE_THRESHOLD_H
#define NB_L0_COMPARE_THRESHOLD_H

#include <stdbool.h>
#include <stddef.h>

#include "l0/results/matches.h"

/* A mean of exits moves by some hundredths, as L0 maps pages for itself; medians move by 3.5% where L0's entry has more to do. */
#define COMPARE_EXITS 0.05
#define COMPARE_TICKS 5.0

struct compare_threshold {
	double exits; /* more exits of one execution */
	double ticks; /* percent of the median */
};

#define COMPARE_THRESHOLD_DEFAULT ((struct compare_threshold){COMPARE_EXITS, COMPARE_TICKS})

#define COMPARE_WHY 200

/* Reads "exits=N,ticks=P%", or one of both. A part that is not there keeps its default. False with the reason in why. */
bool compare_threshold__parse(struct compare_threshold *threshold, const char *text, char why[COMPARE_WHY]);

/* The ratio of medians that is the limit: 1.05 for 5%. */
double compare_threshold__ratio(const struct compare_threshold *threshold);

/* True if that side surely takes longer than the first one: the low end of its interval lies above the limit. */
bool compare_threshold__slower(const struct compare_threshold *threshold, const struct nb_match *match, size_t side);

/* True if an execution causes more exits on that side than the threshold allows. */
bool compare_threshold__more_exits(const struct compare_threshold *threshold, const struct nb_match *match,
				   size_t side);

#endif
