/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The data file of a plot: tab-separated blocks. A comment names each block, and two empty lines
 * separate blocks. Positions are in pixels and computed here, because a figure grows with its
 * operations. results/plots/frame.gp draws the frame.
 */
#ifndef NB_FIGURE_H
#define NB_FIGURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "l0/plots/suite.h"

/*
 * Pixels. Above the panels: title, machine and clock, how to read the figure, heads of the panels.
 * Below the panels: axis, legend.
 */
#define NB_FIGURE_TOP    126.0
#define NB_FIGURE_BOTTOM 110.0
#define NB_FIGURE_SIDE   36.0
#define NB_FIGURE_GAP    26.0

struct nb_figure {
	const char *title, *reading; /* reading: the meaning of the marks */
	const char *axis;            /* NULL: ticks of the clock */
	double wide, high;
	bool of_all; /* shows all machines of the file */
};

/* Ends the previous block and begins a block with this name. */
void nb_block(FILE *out, const char *name);

/* Writes the block "figure", with a note that stands below the legend. */
void nb_figure_write(FILE *out, const struct nb_suite *suite, const struct nb_figure *figure);

/* One panel. The block "panels" must have begun. x runs from low to high. */
struct nb_panel {
	double left, top, width, height, low, high;
	const char *head;
};

/* Writes the panel as one line: left, top, width, height, low, high, head. */
void nb_panel_write(FILE *out, const struct nb_panel *panel);

/* Minimum width of a figure in pixels, which its headings need. */
#define NB_FIGURE_WIDE 1100.0

/* Pixels of one letter of a panel's head. */
#define NB_HEAD_LETTER 8.6

/* Pixels between two operations. */
#define NB_ROW_GAP 5.0

/* The positions of operations, one below the other. */
struct nb_rows {
	double *top;    /* of each operation, from the top of the panel; NAN: not shown */
	double *height; /* of each operation */
	double lane;    /* height of one lane */
	size_t shown;
	double total;  /* height of the panel */
	double above;  /* space for the headings, and for a top axis if the panel is high */
	double labels; /* space for the names, left of the panel */
};

/* Returns zeroed memory. Ends the process if there is none. */
void *nb_zeroed(size_t count, size_t size);

/*
 * Places the operations. Operation op gets lanes[op] lanes; 0 means that it is not shown. Lanes get
 * thinner with their number, from `widest` to `thinnest`. Free with nb_rows_free().
 */
void nb_rows_place(struct nb_rows *rows, const struct nb_suite *suite, const unsigned *lanes, double widest,
		   double thinnest);
void nb_rows_free(struct nb_rows *rows);

/*
 * Writes the block "ops": top, bottom, name, middle of the family's heading, and the family that
 * begins here, or "-".
 */
void nb_rows_write(FILE *out, const struct nb_suite *suite, const struct nb_rows *rows);

/* Writes the block "levels": the numbers of the measured levels, for the legend. */
void nb_levels_write(FILE *out, const bool there[NB_SUITE_LEVELS]);

/* Writes the block "configs": number, title. */
void nb_configs_write(FILE *out, const struct nb_suite *suite);

/*
 * Writes the last blocks of a figure whose panels are as high as the rows: "figure", "levels"
 * unless there is NULL, and "ops". Sets figure->high, and frees the rows.
 */
void nb_figure_end(FILE *out, const struct nb_suite *suite, struct nb_figure *figure, struct nb_rows *rows,
		   const bool there[NB_SUITE_LEVELS]);

/* Returns the y of the middle of an operation's row, from the top of the panel. */
double nb_rows_middle(const struct nb_rows *rows, size_t op);

/*
 * Formats a number with three digits, such as 1234567 as 1.23M. A plot cannot show more; the data
 * file has all digits.
 */
#define NB_SHORT 24
const char *nb_short(char text[NB_SHORT], double value);

/* Returns the largest power of ten that is not above the value. */
double nb_decade_below(double value);

/*
 * Returns the end of a logarithmic axis from low to at least high. The axis leaves `room` of its
 * `width` pixels for text after high.
 */
double nb_room_behind(double low, double high, double width, double room);

/* Returns the deepest level measured in the first configuration. */
size_t nb_deepest_level(const struct nb_suite *suite);

#endif
