/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Writes the data of the figures of `nestbed trace`, for results/plots/trace-cascade.gp and
 * trace-breakdown.gp.
 */
#ifndef NB_TRACE_FIGURES_H
#define NB_TRACE_FIGURES_H

#include <stdbool.h>
#include <stdio.h>

#include "trace/cascade.h"

/* The origin of the data in a figure. */
struct nb_trace_source {
	const char *machine, *clock; /* as in results.csv */
	const char *level, *config;
	size_t samples; /* samples of each operation */
	double per_ns;  /* clock units per nanosecond */
};

/* One operation in the breakdown. */
struct nb_trace_bar {
	const char *op, *family;
	double part[CASCADE_PART_COUNT]; /* in the unit of the clock */
};

/* Writes one cascade as lanes; time runs downwards. `whole` is the number of complete cascades. */
void nb_trace_cascade_write(FILE *out, const struct nb_trace_source *source, const char *op,
			    const struct cascade_group *group, size_t whole);

/*
 * Writes one bar for each operation, in absolute values and as shares. Operations of one family
 * must be adjacent.
 */
void nb_trace_breakdown_write(FILE *out, const struct nb_trace_source *source, const struct nb_trace_bar *bars,
			      size_t count);

/* Formats a step, such as "exit CPUID", "entry" or "port I/O write 0x4e44". Returns text. */
#define NB_STEP_TEXT 128
const char *nb_trace_step(const struct cascade_step *step, uint64_t info, char text[NB_STEP_TEXT]);

/*
 * Formats the other values of an event, each after a space: " rip 0x109414 qualification 0x181".
 * The text is "" if there are none. Returns text.
 */
const char *nb_trace_detail(const struct trace_event *event, char text[NB_STEP_TEXT]);

#endif
