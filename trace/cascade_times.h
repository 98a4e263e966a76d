/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The times of the cascades of a group: quantiles of each step, and sums for the parts that the
 * literature distinguishes.
 */
#ifndef NB_CASCADE_TIMES_H
#define NB_CASCADE_TIMES_H

#include "trace/cascade.h"

/*
 * Returns a quantile (0 to 1) of the time from the previous step to this one, in ns x per_ns.
 * per_ns converts ns to the wanted unit. Returns 0 if it has no memory.
 */
double cascade__quantile(const struct cascade_group *group, size_t step, double quantile, double per_ns);

/* Adds the medians of the steps to their parts, in ns x per_ns. Returns the sum of all parts. */
double cascade__parts(const struct cascade_group *group, double per_ns, double part[CASCADE_PART_COUNT]);

/*
 * Does the same for all groups that one execution causes. Each group counts as often as an
 * execution causes it.
 */
double cascades__parts(const struct cascades *cascades, size_t executions, double per_ns,
		       double part[CASCADE_PART_COUNT]);

#endif
