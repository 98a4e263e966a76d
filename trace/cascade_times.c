// SPDX-License-Identifier: GPL-2.0-only
/*
 * Computes the times of cascades as sums of medians of the steps. In a sum over whole cascades, one
 * cascade with an interrupt of the machine below could weigh as much as a hundred others.
 */
#include "trace/cascade_times.h"

#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>

double cascade__quantile(const struct cascade_group *group, size_t step, double quantile, double per_ns)
{
	double *values = calloc(group->count, sizeof(*values));
	double result;

	if (!values)
		return 0;
	for (size_t i = 0; i < group->count; i++)
		values[i] = (double)group->times[i * group->step_count + step] * per_ns;
	gsl_sort(values, 1, group->count);
	result = gsl_stats_quantile_from_sorted_data(values, 1, group->count, quantile);
	free(values);
	return result;
}

double cascade__parts(const struct cascade_group *group, double per_ns, double part[CASCADE_PART_COUNT])
{
	double total = 0;

	memset(part, 0, CASCADE_PART_COUNT * sizeof(*part));
	for (size_t i = 1; i < group->step_count; i++) {
		double median = cascade__quantile(group, i, 0.5, per_ns);

		part[cascade__part(&group->steps[i - 1], &group->steps[i])] += median;
		total += median;
	}
	return total;
}

double cascades__parts(const struct cascades *cascades, size_t executions, double per_ns,
		       double part[CASCADE_PART_COUNT])
{
	const struct cascade_group *group = NULL;
	double total = 0;

	memset(part, 0, CASCADE_PART_COUNT * sizeof(*part));
	while ((group = cascades__next(cascades, executions, group)) != NULL) {
		double times = (double)cascade__times(group, executions), each[CASCADE_PART_COUNT];

		total += times * cascade__parts(group, per_ns, each);
		for (int p = 0; p < CASCADE_PART_COUNT; p++)
			part[p] += times * each[p];
	}
	return total;
}
