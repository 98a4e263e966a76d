/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The rows of a results.csv as a table for plots: operation x configuration x level. The table has
 * one machine and one clock, because emulated ticks and hardware ticks never stand in one plot. If
 * a file compares kernels or CPUs, the table has the first one.
 */
#ifndef NB_SUITE_H
#define NB_SUITE_H

#include <stdbool.h>
#include <stddef.h>

#include "l0/request/config.h"
#include "l0/results/csv.h"

/* Number of levels: L0 to L4. */
#define NB_SUITE_LEVELS 5

/*
 * One row of the file. NAN means that a value was not measured. All values are NAN if `there` is
 * false.
 */
struct nb_suite_cell {
	bool there; /* has samples */
	double n, min, p50, p99, net, exits;
};

struct nb_suite_op {
	const char *name;
	size_t family;
	bool doubted; /* a row of the operation is incomplete, or its witnesses disagree */
};

struct nb_suite_config {
	const char *words, *l0; /* as in the file */
	struct config config;   /* the words, parsed */
	char title[80];         /* text for the reader */
};

struct nb_suite {
	struct nb_csv csv; /* holds the strings of the names below */
	const char *machine, *clock;
	const char *kernel, *kernel_args, *cpu; /* of the machine in the table; "" if the file does not say */
	/* the file also has rows of other machines, which are not in the table */
	bool several;
	const char **families;           /* in drawing order; "" if the file names no family */
	struct nb_suite_op *ops;         /* family by family; within a family in the order of the file */
	struct nb_suite_config *configs; /* in the order of the file */
	size_t family_count, op_count, config_count;
	struct nb_suite_cell *cells;
	double n_min, n_max;
};

/*
 * Builds the table from the rows that have samples. Takes ownership of the CSV. Returns false, with
 * the reason in `why`, if there are no such rows or if they must not be drawn together. Then there
 * is nothing to free.
 */
bool nb_suite_build(struct nb_suite *suite, struct nb_csv *csv, char why[NB_CSV_REASON]);
void nb_suite_free(struct nb_suite *suite);

/* Returns the cell, measured or not. */
const struct nb_suite_cell *nb_suite_cell(const struct nb_suite *suite, size_t op, size_t config, size_t level);

/*
 * L0 and L1 do not depend on every knob, such as VMCS shadowing, so not every configuration
 * measures them. Returns the cell, or else the first measured cell of a configuration that is equal
 * for this level. Returns NULL if no such cell was measured.
 */
const struct nb_suite_cell *nb_suite_base(const struct nb_suite *suite, size_t op, size_t config, size_t level);

/*
 * Returns true if the table shows the machine with these names. A file without these columns has
 * one machine.
 */
bool nb_suite_is_of(const struct nb_suite *suite, const char *kernel, const char *kernel_args, const char *cpu);

/* Returns true if any operation was measured in this configuration at this level. */
bool nb_suite_has(const struct nb_suite *suite, size_t config, size_t level);

#endif
