/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Runs gnuplot on the data of one figure. Start and wait are separate, so that several processes
 * can run in parallel.
 */
#ifndef NB_GNUPLOT_H
#define NB_GNUPLOT_H

#include <stdbool.h>
#include <sys/types.h>

struct nb_gnuplot {
	const char *folder;  /* folder of the results, for messages */
	const char *scripts; /* the folder results/plots */
	const char *script;  /* name of a script in that folder, without its suffix */
	const char *base;    /* reads BASE.tsv, writes BASE.svg and BASE.png */
	pid_t pid;
};

/* Both functions return false after a message. */
bool nb_gnuplot_start(struct nb_gnuplot *gnuplot);
bool nb_gnuplot_wait(const struct nb_gnuplot *gnuplot);

#endif
