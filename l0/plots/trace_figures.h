/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The data of the figures of `nestbed trace`, for results/plots/trace-cascade.gp and trace-breakdown.gp.
 */
#ifndef NB_TRACE_FIGURES_H
#define NB_TRACE_FIGURES_H

#include <stdbool.h>
#include <stdio.h>

#include "trace/cascade.h"

/* Of what a figure is. */
struct nb_trace_source {
	const char *machine, *clock; /* as in results.csv */
	const char *level, *config;
	size_t samples; /* of each operation */
	double per_ns;  /* of the clock's unit */
};

/* An operation in the breakdown. */
struct nb_trace_bar {
	const char *op, *family;
	double part[CASCADE_PART_COUNT]; /* in the clock's unit */
};

/* One cascade as lanes with time going down. */
void nb_trace_cascade_write(FILE *out, const struct nb_trace_source *source, const char *op,
			    const struct cascade_group *group, size_t whole);

/* A bar an operation: absolute, and as shares. Operations of one family must stand together. */
void nb_trace_breakdown_write(FILE *out, const struct nb_trace_source *source, const struct nb_trace_bar *bars,
			      size_t count);

/* "exit CPUID", "entry", "port I/O write 0x4e44". */
#define NB_STEP_TEXT 128
const char *nb_trace_step(const struct cascade_step *step, uint64_t info, char text[NB_STEP_TEXT]);

/* What else an event says, each with a blank in front: " rip 0x109414 qualification 0x181"; "" if nothing. */
const char *nb_trace_detail(const struct trace_event *event, char text[NB_STEP_TEXT]);

#endif
