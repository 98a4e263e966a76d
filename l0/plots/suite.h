/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The rows of a results.csv as what plots show: a table of operation x configuration x level.
 * All of it is of one machine and one clock: emulated ticks and hardware ticks never stand in one plot. Of a file that compares
 * kernels or CPUs the table has the first one.
 */
#ifndef NB_SUITE_H
#define NB_SUITE_H

#include <stdbool.h>
#include <stddef.h>

#include "l0/results/csv.h"

/* L0 to L4. */
#define NB_SUITE_LEVELS 5

/* One row of the file. NAN: was not measured, as everything is in a cell that is not there. */
struct nb_suite_cell {
	bool there; /* it has samples */
	double n, min, p50, p99, net, exits;
};

struct nb_suite_op {
	const char *name;
	size_t family;
	bool doubted; /* a row of it is incomplete, or its witnesses disagree */
};

struct nb_suite_config {
	const char *words, *l0; /* as in the file */
	char title[80];         /* what a human reads */
};

struct nb_suite {
	struct nb_csv csv; /* whose texts the names below are */
	const char *machine, *clock;
	const char *kernel, *kernel_args,
		*cpu;                    /* of the machine that the table is of; "" where the file does not say */
	bool several;                    /* the file has rows of other machines, too, which are not in the table */
	const char **families;           /* in the order of drawing; "" if the file names none */
	struct nb_suite_op *ops;         /* family after family, in each as in the file */
	struct nb_suite_config *configs; /* as in the file */
	size_t family_count, op_count, config_count;
	struct nb_suite_cell *cells;
	double n_min, n_max;
};

/*
 * Makes the table of the rows that have samples. Takes over the CSV. False with the reason in why if there are none, or
 * if they must not be drawn together; then there is nothing to free.
 */
bool nb_suite_build(struct nb_suite *suite, struct nb_csv *csv, char why[NB_CSV_REASON]);
void nb_suite_free(struct nb_suite *suite);

/* The cell, measured or not. */
const struct nb_suite_cell *nb_suite_cell(const struct nb_suite *suite, size_t op, size_t config, size_t level);

/*
 * L0 and L1 do not depend on every knob (VMCS shadowing is none of theirs), so not every configuration measured them:
 * the cell, or in its place the first of a configuration that is the same to the level. NULL if none was measured.
 */
const struct nb_suite_cell *nb_suite_base(const struct nb_suite *suite, size_t op, size_t config, size_t level);

/* Is a machine with these names the one that the table is of? A file without such columns is of one machine. */
bool nb_suite_is_of(const struct nb_suite *suite, const char *kernel, const char *kernel_args, const char *cpu);

/* True if any operation was measured there. */
bool nb_suite_has(const struct nb_suite *suite, size_t config, size_t level);

#endif
