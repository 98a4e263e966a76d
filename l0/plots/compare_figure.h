/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The figure `compare`: how many times as long each operation that exits takes on each side as on the first one.
 */
#ifndef NB_COMPARE_FIGURE_H
#define NB_COMPARE_FIGURE_H

#include <stdio.h>

#include "l0/results/matches.h"

/* Writes the data for results/plots/compare.gp. NULL; or what the sides lack, and then what was written is of no use. */
const char *nb_compare_figure_write(FILE *out, const struct nb_matches *matches);

#endif
