/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The cost of an operation from level to level. Each row has the exits that every hypervisor below
 * it handled, and its time relative to one level below. The output is a table, depth.csv, and the
 * rows for a plot.
 */
#ifndef NB_DEPTH_H
#define NB_DEPTH_H

#include <stdbool.h>
#include <stdio.h>

#include "l0/request/stack.h"
#include "l0/results/report.h"

struct nb_depth_row {
	const struct nb_row *row;
	char *config; /* configuration of the row, with the words that tell its machine from others */
	unsigned level;
	/*
	 * Exits of one execution that the hypervisor of each level handled, from L0 on. NAN: not
	 * counted, or no such hypervisor.
	 */
	double handled[STACK_DEEPEST];
	/* net median / net median one level below; NAN if one is missing or not above 0 */
	double factor;
};

struct nb_depth {
	struct nb_depth_row *rows; /* by operation, then by configuration, then by level */
	size_t count;
	unsigned deepest; /* deepest level of any row; 0: no rows */
};

/* Published cost of a hypercall on hardware: cycles at L1, L2 and L3 (DVH, ASPLOS 2020). */
#define NB_DEPTH_PUBLISHED 3
extern const double nb_depth_published[NB_DEPTH_PUBLISHED];

/*
 * Builds the table for all levels from L1 on, without the operation `empty`. The report must
 * outlive the table. Free with nb_depth_free().
 */
void nb_depth_build(struct nb_depth *depth, const struct nb_report *report);
void nb_depth_free(struct nb_depth *depth);

/* Prints the table. Prints nothing if it has no rows. */
void nb_depth_print(const struct nb_depth *depth, FILE *out);

/* Writes the text of depth.csv; results/README.md describes its columns. */
void nb_depth_put_csv(const struct nb_depth *depth, FILE *out);

/* Writes depth.csv to the path. Returns false after a message. */
bool nb_depth_write(const struct nb_depth *depth, const char *path);

#endif
