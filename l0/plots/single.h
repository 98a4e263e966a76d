/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A plot of a command's own, drawn by itself: its data is written to a file, gnuplot makes SVG and PNG under another name, and both get their
 * place when they are there.
 */
#ifndef NB_SINGLE_H
#define NB_SINGLE_H

#include <stdbool.h>
#include <stdio.h>

struct nb_single {
	const char *folder; /* of the results */
	char scripts[600];  /* the folder results/plots */
};

/* False where there is no gnuplot, after a message: the rest is whole without plots. programs: the folder of our programs. */
bool nb_single_begin(struct nb_single *single, const char *folder, const char *programs);

/* The file for the data; NULL after a message. */
FILE *nb_single_data(const struct nb_single *single);

/* Closes it, lets SCRIPT.gp draw it as NAME.svg and NAME.png, and forgets it. False after a message. */
bool nb_single_draw(const struct nb_single *single, FILE *data, const char *script, const char *name);

/* Closes the data and forgets it: there is nothing to draw. */
void nb_single_drop(const struct nb_single *single, FILE *data);

#endif
