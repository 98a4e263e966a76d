/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The data of the figure of `nestbed run --depth`, for results/plots/depth.gp.
 */
#ifndef NB_DEPTH_FIGURE_H
#define NB_DEPTH_FIGURE_H

#include <stdio.h>

#include "l0/results/depth.h"

/*
 * Three panels over the level: what an operation costs, how many exits to L0 it causes, and how many times as long it takes as one
 * level below. What is published is in the last one alone: factors have no unit, but its cycles are not the emulated machine's ticks.
 */
void nb_depth_figure_write(FILE *out, const struct nb_depth *depth);

#endif
