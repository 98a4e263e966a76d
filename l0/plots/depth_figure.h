/* SPDX-License-Identifier: GPL-2.0-only */
/* Writes the data of the figure of `nestbed run --depth`, for results/plots/depth.gp. */
#ifndef NB_DEPTH_FIGURE_H
#define NB_DEPTH_FIGURE_H

#include <stdio.h>

#include "l0/results/depth.h"

/*
 * Writes three panels over the level: the cost of an operation, its exits to L0, and its cost
 * relative to one level below. Published numbers appear only in the last panel. Factors have no
 * unit, but published cycles are not the ticks of an emulated machine.
 */
void nb_depth_figure_write(FILE *out, const struct nb_depth *depth);

#endif
