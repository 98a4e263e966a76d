/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Draws the plot of one command. Its data goes to a temporary file, and gnuplot makes SVG and PNG
 * under temporary names. Both files move to their final place when they are complete.
 */
#ifndef NB_SINGLE_H
#define NB_SINGLE_H

#include <stdbool.h>
#include <stdio.h>

struct nb_single {
	const char *folder; /* folder of the results */
	char scripts[600];  /* the folder results/plots */
};

/*
 * Prepares a plot. Returns false, after a message, if gnuplot is missing; the results are complete
 * without it. programs: the folder of nestbed's programs.
 */
bool nb_single_begin(struct nb_single *single, const char *folder, const char *programs);

/* Opens the file for the data. Returns NULL after a message. */
FILE *nb_single_data(const struct nb_single *single);

/*
 * Closes the data, draws it with SCRIPT.gp as NAME.svg and NAME.png, and deletes it. Returns false
 * after a message.
 */
bool nb_single_draw(const struct nb_single *single, FILE *data, const char *script, const char *name);

/* Closes the data and deletes it, because there is nothing to draw. */
void nb_single_drop(const struct nb_single *single, FILE *data);

#endif
