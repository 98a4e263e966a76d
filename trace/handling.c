// SPDX-License-Identifier: GPL-2.0-only
/* Computes how long L0 handles exits and page faults. Pure: no eBPF, no files. */
#include "trace/handling.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>

bool handling__ns(const struct trace_event *events, size_t count, size_t i, uint64_t *ns)
{
	const struct trace_event *from = &events[i];

	if (from->kind != TRACE_EXIT && from->kind != TRACE_PAGE_FAULT)
		return false;
	for (size_t next = i + 1; next < count && events[next].seq == events[next - 1].seq + 1; next++) {
		const struct trace_event *to = &events[next];

		if (to->vcpu != from->vcpu || (to->kind != TRACE_ENTRY && to->kind != TRACE_EXIT))
			continue;
		*ns = to->time > from->time ? to->time - from->time : 0;
		return to->kind == TRACE_ENTRY;
	}
	return false;
}

static bool is(const struct trace_event *event, const struct cascade_step *what)
{
	return event->kind == what->kind && event->level == what->level &&
	       (what->kind != TRACE_EXIT || event->reason == what->reason);
}

bool handling__of(const struct trace_event *events, size_t count, const struct cascade_step *what, double per_ns,
		  struct handling *h)
{
	double *values = malloc((count + 1) * sizeof(*values));
	uint64_t ns;

	memset(h, 0, sizeof(*h));
	if (!values) {
		fprintf(stderr, "nestbed: no memory to sort the durations of faults\n");
		return false;
	}
	for (size_t i = 0; i < count; i++)
		if (is(&events[i], what) && handling__ns(events, count, i, &ns))
			values[h->count++] = (double)ns * per_ns;
	if (h->count) {
		gsl_sort(values, 1, h->count);
		h->median = gsl_stats_quantile_from_sorted_data(values, 1, h->count, 0.5);
		h->p10 = gsl_stats_quantile_from_sorted_data(values, 1, h->count, 0.1);
		h->p90 = gsl_stats_quantile_from_sorted_data(values, 1, h->count, 0.9);
		h->max = values[h->count - 1];
	}
	free(values);
	return h->count != 0;
}
