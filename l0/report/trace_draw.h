/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The plots of `nestbed trace`: a cascade an operation, and all their breakdowns.
 */
#ifndef NB_L0_TRACE_DRAW_H
#define NB_L0_TRACE_DRAW_H

#include "l0/plots/single.h"
#include "l0/plots/trace_figures.h"

struct trace_drawing {
	struct nb_single single;
	char config[256];
	struct nb_trace_source source; /* whose config is that */
	struct nb_trace_bar *bars;     /* of the operations seen since the last breakdown */
	size_t bar_count;
};

/* False where there is no gnuplot, after a message: the rest is whole without plots. */
bool trace_draw__begin(struct trace_drawing *drawing, const char *folder, const char *programs);
void trace_draw__end(struct trace_drawing *drawing);

/* Draws trace-cascade-NAME.svg and .png. False after a message. */
bool trace_draw__cascade(struct trace_drawing *drawing, const char *name, const char *op,
			 const struct cascade_group *group, size_t whole);

/* Keeps what an execution sets off for the breakdown, if it is anything. */
void trace_draw__remember(struct trace_drawing *drawing, const char *op, const struct cascades *cascades,
			  size_t executions);

/* Draws NAME.svg and .png of the operations remembered, if there are any, and forgets them. */
bool trace_draw__breakdown(struct trace_drawing *drawing, const char *name);

#endif
