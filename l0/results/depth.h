/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What an operation costs from level to level: of each row the exits that every hypervisor below it handled, and how many times as
 * long it takes as one level below. A table, depth.csv, and the rows for a plot.
 */
#ifndef NB_DEPTH_H
#define NB_DEPTH_H

#include <stdbool.h>
#include <stdio.h>

#include "l0/request/stack.h"
#include "l0/results/report.h"

struct nb_depth_row {
	const struct nb_row *row;
	char *config; /* of the row, and behind it what tells its machine from those of the other rows */
	unsigned level;
	/* Exits of one execution that the hypervisor of each level handled, from L0 on. NAN: was not counted, or none is there. */
	double handled[STACK_DEEPEST];
	double factor; /* its net median to that of the level below; NAN without one of these, or if one is not above 0 */
};

struct nb_depth {
	struct nb_depth_row *rows; /* by operation, in each by configuration, in each by level */
	size_t count;
	unsigned deepest; /* level of any row; 0: there is none */
};

/* What is published of a hypercall on hardware: cycles at L1, L2 and L3 (DVH, ASPLOS 2020). */
#define NB_DEPTH_PUBLISHED 3
extern const double nb_depth_published[NB_DEPTH_PUBLISHED];

/* Of all levels from L1 on; of `empty` there is nothing to say. The report must outlive it. */
void nb_depth_build(struct nb_depth *depth, const struct nb_report *report);
void nb_depth_free(struct nb_depth *depth);

void nb_depth_print(const struct nb_depth *depth, FILE *out);

/* The text of depth.csv; results/README.md says what its columns mean. */
void nb_depth_put_csv(const struct nb_depth *depth, FILE *out);

/* Writes the file. False after a message. */
bool nb_depth_write(const struct nb_depth *depth, const char *path);

#endif
