/* SPDX-License-Identifier: GPL-2.0-only */
/* Writes the data of the figure of `nestbed chase`, for results/plots/chase-latency.gp. */
#ifndef NB_CHASE_FIGURE_H
#define NB_CHASE_FIGURE_H

#include <stdio.h>

#include "l0/experiments/chase_miss.h"
#include "l0/plots/single_plot.h"

/*
 * Writes the latency over the working set. Each order has a panel, and each level and layout has a
 * curve. A third panel shows the translation cost of the random order.
 */
void nb_chase_figure_write(FILE *out, const struct chase_source *source, const struct chase_level *levels,
			   size_t count);

/* Draws chase-latency.svg and .png. Returns false after a message. */
bool nb_chase_figure_draw(const struct nb_single *single, const struct chase_source *source,
			  const struct chase_level *levels, size_t count);

#endif
