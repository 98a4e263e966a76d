/* SPDX-License-Identifier: GPL-2.0-only */
/* Writes the data of the figure of `nestbed walk`, for results/plots/walk-references.gp. */
#ifndef NB_WALK_FIGURE_H
#define NB_WALK_FIGURE_H

#include <stdio.h>

#include "l0/experiments/walk_table.h"
#include "l0/plots/single_plot.h"

/*
 * Writes three maps over the levels of both dimensions: all entries read, EPT entries read, and
 * distinct EPT entries.
 */
void nb_walk_figure_write(FILE *out, const char *machine, const struct nb_run *run,
			  const struct walk_shape shapes[WALK_SHAPES]);

/* Draws walk-references.svg and .png. Returns false after a message. */
bool nb_walk_figure_draw(const struct nb_single *single, const char *machine, const struct nb_run *run,
			 const struct walk_shape shapes[WALK_SHAPES]);

#endif
