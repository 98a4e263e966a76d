/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The time for which L0 keeps its guest waiting: from an exit, or from a page fault found in it, to
 * the vCPU's next entry. The entry may be to either level.
 */
#ifndef NB_HANDLING_H
#define NB_HANDLING_H

#include "trace/cascade.h"

/*
 * Stores the duration that events[i] begins, in ns. Returns false if it is neither an exit nor a
 * page fault, or if its entry is lost or in no window.
 */
bool handling__ns(const struct trace_event *events, size_t count, size_t i, uint64_t *ns);

struct handling {
	size_t count; /* events that have a duration */
	double median, p10, p90, max;
};

/*
 * Computes the durations of all events of this kind and level, in ns x per_ns. For exits, the
 * reason must match too. Returns false if no event has a duration, or, after a message, if it has
 * no memory.
 */
bool handling__of(const struct trace_event *events, size_t count, const struct cascade_step *what, double per_ns,
		  struct handling *handling);

#endif
