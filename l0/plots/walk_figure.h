/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The data of the figure of `nestbed walk`, for results/plots/walk-references.gp.
 */
#ifndef NB_WALK_FIGURE_H
#define NB_WALK_FIGURE_H

#include <stdio.h>

#include "l0/experiments/walk_table.h"

/* Three maps of the levels of both dimensions: all entries read, those of the EPT, and how many different ones these are. */
void nb_walk_figure_write(FILE *out, const char *machine, const struct nb_run *run,
			  const struct walk_shape shapes[WALK_SHAPES]);

#endif
