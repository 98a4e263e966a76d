/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The data file of a plot: tab-separated blocks, each named by a comment, two empty lines between them.
 * Places are in pixels, computed here, as a figure grows with its operations; results/plots/frame.gp draws the frame.
 */
#ifndef NB_FIGURE_H
#define NB_FIGURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "l0/plots/suite.h"

/* Above the panels: title, what was measured where, how to read it, the heads of the panels. Below: axis, legend. */
#define NB_FIGURE_TOP    126.0
#define NB_FIGURE_BOTTOM 110.0
#define NB_FIGURE_SIDE   36.0
#define NB_FIGURE_GAP    26.0

struct nb_figure {
	const char *title, *reading; /* reading: what a mark means */
	const char *axis;            /* NULL: ticks of the clock */
	double wide, high;
	bool of_all; /* it shows all machines of the file */
};

/* Ends the block before it and begins one of that name. */
void nb_block(FILE *out, const char *name);

/* The blocks "figure", and "note" for what is to be said below the legend. */
void nb_figure_write(FILE *out, const struct nb_suite *suite, const struct nb_figure *figure);

/* One panel: the block "panels" must have been begun. x runs from low to high. */
struct nb_panel {
	double left, top, width, height, low, high;
	const char *head;
};

void nb_panel_write(FILE *out, const struct nb_panel *panel);

/* A figure is at least so wide: its headings need that. */
#define NB_FIGURE_WIDE 1100.0

/* Of a letter of a panel's head. */
#define NB_HEAD_LETTER 8.6

/* Between two operations. */
#define NB_ROW_GAP 5.0

/* Operations one below the other. */
struct nb_rows {
	double *top;    /* of each operation, from the panel's top; NAN: it is not shown */
	double *height; /* likewise */
	double lane;    /* its height */
	size_t shown;
	double total;  /* height of the panel */
	double above;  /* room for the headings, and for an axis at the top if the panel is high */
	double labels; /* room for the names, left of the panel */
};

/* Zeroed memory; ends the process if there is none. */
void *nb_zeroed(size_t count, size_t size);

/*
 * Places the operations: one lane each times lanes[op], which is 0 for those that are not shown. Lanes get thinner the
 * more there are, from `widest` to `thinnest`. Free with nb_rows_free().
 */
void nb_rows_place(struct nb_rows *rows, const struct nb_suite *suite, const unsigned *lanes, double widest,
		   double thinnest);
void nb_rows_free(struct nb_rows *rows);

/* The block "ops"; columns: top, bottom, name, middle of its family's heading, and the family that begins, or "-". */
void nb_rows_write(FILE *out, const struct nb_suite *suite, const struct nb_rows *rows);

/* The block "levels": the numbers of those that are there, for the legend. */
void nb_levels_write(FILE *out, const bool there[NB_SUITE_LEVELS]);

/* The block "configs": number, title. */
void nb_configs_write(FILE *out, const struct nb_suite *suite);

double nb_rows_middle(const struct nb_rows *rows, size_t op);

/* 1234567 -> 1.23M: three digits are what a plot can show; the file has them all. */
#define NB_SHORT 24
const char *nb_short(char text[NB_SHORT], double value);

/* The power of ten at or below. */
double nb_decade_below(double value);

/* The end of a logarithmic axis from low to at least high that leaves `room` of `width` pixels for text behind high. */
double nb_room_behind(double low, double high, double width, double room);

/* The deepest level measured in the first configuration. */
size_t nb_deepest_level(const struct nb_suite *suite);

#endif
