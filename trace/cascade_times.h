/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the cascades of a group took: quantiles of each step, and the parts that the literature breaks a nested exit into.
 */
#ifndef NB_CASCADE_TIMES_H
#define NB_CASCADE_TIMES_H

#include "trace/cascade.h"

/* The quantile of the time from the step before to this one, ns x per_ns. */
double cascade__quantile(const struct cascade_group *group, size_t step, double quantile, double per_ns);

/* Sums the medians of the steps by part; returns the sum of all. */
double cascade__parts(const struct cascade_group *group, double per_ns, double part[CASCADE_PART_COUNT]);

/* The same of all that an execution sets off, each group as often as it comes in one. */
double cascades__parts(const struct cascades *cascades, size_t executions, double per_ns,
		       double part[CASCADE_PART_COUNT]);

#endif
