/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The data of the figure of `nestbed chase`, for results/plots/chase-latency.gp.
 */
#ifndef NB_CHASE_FIGURE_H
#define NB_CHASE_FIGURE_H

#include <stdio.h>

#include "l0/experiments/chase_miss.h"

/* Latency over the working set, a panel an order, a curve a level and layout; and of the random one the translation's part. */
void nb_chase_figure_write(FILE *out, const struct chase_source *source, const struct chase_level *levels,
			   size_t count);

#endif
