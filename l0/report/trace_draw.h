/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The plots of `nestbed trace`: one cascade for each operation, and a breakdown of all operations.
 */
#ifndef NB_L0_TRACE_DRAW_H
#define NB_L0_TRACE_DRAW_H

#include "l0/plots/single_plot.h"
#include "l0/plots/trace_figures.h"
#include "l0/request/config.h"

struct trace_drawing {
	struct nb_single single;
	char config[CONFIG_TEXT];
	struct nb_trace_source source; /* its `config` points to the array above */
	struct nb_trace_bar *bars;     /* operations seen since the last breakdown */
	size_t bar_count;
};

/*
 * Begins the plots. Returns false, after a message, if gnuplot is missing; the results are complete
 * without plots.
 */
bool trace_draw__begin(struct trace_drawing *drawing, const char *folder, const char *programs);
/* Frees the operations kept for the breakdown. */
void trace_draw__end(struct trace_drawing *drawing);

/*
 * Draws trace-cascade-NAME.svg and .png. `whole` is the number of complete cascades. Returns false
 * after a message.
 */
bool trace_draw__cascade(struct trace_drawing *drawing, const char *name, const char *op,
			 const struct cascade_group *group, size_t whole);

/* Keeps the parts of an operation's cascades for the breakdown, if there are any. */
void trace_draw__remember(struct trace_drawing *drawing, const char *op, const struct cascades *cascades,
			  size_t executions);

/*
 * Draws NAME.svg and .png of the kept operations, if there are any, and drops them. Returns false
 * after a message.
 */
bool trace_draw__breakdown(struct trace_drawing *drawing, const char *name);

#endif
