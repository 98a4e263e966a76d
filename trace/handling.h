/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How long L0 keeps its guest waiting: from an exit, or from a page fault that it has found in one, to the vCPU's next entry, of
 * whichever level.
 */
#ifndef NB_HANDLING_H
#define NB_HANDLING_H

#include "trace/cascade.h"

/* From events[i] on. False if it is neither, or its entry is not there: lost, or in no window. */
bool handling__ns(const struct trace_event *events, size_t count, size_t i, uint64_t *ns);

struct handling {
	size_t count; /* of those that have a duration */
	double median, p10, p90, max;
};

/* Of every such event: of this kind and level, and, of exits, this reason. False if there is none. */
bool handling__of(const struct trace_event *events, size_t count, const struct cascade_step *what, double per_ns,
		  struct handling *handling);

#endif
