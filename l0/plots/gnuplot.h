/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Running gnuplot on the data of one figure: it is started, and waited for later, so that several may run at once.
 */
#ifndef NB_GNUPLOT_H
#define NB_GNUPLOT_H

#include <stdbool.h>
#include <sys/types.h>

struct nb_gnuplot {
	const char *folder;  /* of the results: for messages */
	const char *scripts; /* the folder results/plots */
	const char *script;  /* in it, without its ending */
	const char *base;    /* BASE.tsv is read, BASE.svg and BASE.png are made */
	pid_t pid;
};

/* Both: false after a message. */
bool nb_gnuplot_start(struct nb_gnuplot *gnuplot);
bool nb_gnuplot_wait(const struct nb_gnuplot *gnuplot);

#endif
