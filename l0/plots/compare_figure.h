/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Writes the figure `compare`. For each operation that exits, it shows the time on each side
 * relative to the first side.
 */
#ifndef NB_COMPARE_FIGURE_H
#define NB_COMPARE_FIGURE_H

#include <stdio.h>

#include "l0/results/matches.h"

/*
 * Writes the data for results/plots/compare.gp. Returns NULL, or a text that says what the sides
 * lack. Then the written data is useless.
 */
const char *nb_compare_figure_write(FILE *out, const struct nb_matches *matches);

#endif
