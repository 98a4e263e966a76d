/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Draws results by gnuplot, a program that a user may lack:
 * then the results are complete all the same, and one line says what to install.
 */
#ifndef NB_PLOT_H
#define NB_PLOT_H

#include <stdbool.h>

/*
 * Runs the gnuplot script on the CSV file; makes base.svg and base.png. Waits for it.
 * False, after one line on stderr, if gnuplot is missing or fails.
 */
bool nb_plot(const char *script, const char *csv, const char *base);

#endif
