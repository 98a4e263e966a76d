/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Builds rows from the tree of results: one row for each operation, level and configuration. The
 * list of columns is only here; CSV, JSON and the terminal table use it.
 */
#ifndef NB_REPORT_H
#define NB_REPORT_H

#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "l0/results/collect.h"
#include "microbench/ops.h"

/* Kinds of columns. */
enum nb_column_kind {
	NB_TEXT,  /* const char * */
	NB_COUNT, /* uint64_t; NB_ABSENT is an empty cell */
	NB_REAL,  /* double, written with two decimals; NAN is an empty cell */
};

#define NB_ABSENT UINT64_MAX

/*
 * X(member and name, kind, heading in the terminal table or NULL). results/README.md describes each
 * column.
 */
#define NB_COLUMNS(X)                                                                                                  \
	X(machine, NB_TEXT, NULL)                                                                                      \
	X(clock, NB_TEXT, NULL)                                                                                        \
	X(kernel, NB_TEXT, "kernel")                                                                                   \
	X(kernel_args, NB_TEXT, "kernel_args")                                                                         \
	X(cpu, NB_TEXT, "cpu")                                                                                         \
	X(l0, NB_TEXT, "l0")                                                                                           \
	X(op, NB_TEXT, "op")                                                                                           \
	X(family, NB_TEXT, NULL)                                                                                       \
	X(level, NB_TEXT, "level")                                                                                     \
	X(route, NB_TEXT, "route")                                                                                     \
	X(config, NB_TEXT, "config")                                                                                   \
	X(n, NB_COUNT, "n")                                                                                            \
	X(min_ticks, NB_COUNT, NULL)                                                                                   \
	X(p50_ticks, NB_REAL, "p50")                                                                                   \
	X(p50_low_ticks, NB_REAL, NULL)                                                                                \
	X(p50_high_ticks, NB_REAL, NULL)                                                                               \
	X(mean_ticks, NB_REAL, "mean")                                                                                 \
	X(p90_ticks, NB_REAL, NULL)                                                                                    \
	X(p99_ticks, NB_REAL, "p99")                                                                                   \
	X(max_ticks, NB_COUNT, NULL)                                                                                   \
	X(sd_ticks, NB_REAL, NULL)                                                                                     \
	X(mad_ticks, NB_REAL, NULL)                                                                                    \
	X(price_low_ticks, NB_REAL, NULL)                                                                              \
	X(price_high_ticks, NB_REAL, NULL)                                                                             \
	X(price_high_share, NB_REAL, NULL)                                                                             \
	X(l0_exits_per_op, NB_REAL, "L0 exits/op")                                                                     \
	X(loop_ticks, NB_REAL, NULL)                                                                                   \
	X(net_p50_ticks, NB_REAL, "net p50")                                                                           \
	X(outliers, NB_COUNT, NULL)                                                                                    \
	X(irq_samples, NB_COUNT, NULL)                                                                                 \
	X(l0_irq_exits, NB_COUNT, NULL)                                                                                \
	X(hv_exits_per_op, NB_REAL, NULL)                                                                              \
	X(hv_vmreads_per_op, NB_REAL, "vmread/op")                                                                     \
	X(hv_vmwrites_per_op, NB_REAL, "vmwrite/op")                                                                   \
	X(complete, NB_TEXT, NULL)                                                                                     \
	X(status, NB_TEXT, "status")                                                                                   \
	X(note, NB_TEXT, NULL)

#define NB_C_TYPE_NB_TEXT  const char *
#define NB_C_TYPE_NB_COUNT uint64_t
#define NB_C_TYPE_NB_REAL  double

struct nb_row {
#define X(member, kind, heading) NB_C_TYPE_##kind member;
	NB_COLUMNS(X)
#undef X
	const struct nb_run *run; /* source of the row, for its counters and samples */
	const struct nb_op_result *result;
	uint8_t *flags; /* NB_FLAG_* of each sample of result; NULL without samples */
	char *owned_note;
	char *mismatch; /* the witnesses' table if they disagree, several lines; otherwise NULL */
};

struct nb_column {
	const char *name;
	enum nb_column_kind kind;
	size_t offset;       /* in struct nb_row */
	const char *heading; /* heading in the terminal table; NULL: not shown there */
};

#define X(member, kind, heading) NB_COLUMN_##member,
enum nb_column_number { NB_COLUMNS(X) NB_COLUMN_COUNT };
#undef X

extern const struct nb_column nb_columns[NB_COLUMN_COUNT];

struct nb_report {
	const struct nb_results *results; /* must outlive the report */
	const char *machine;              /* must outlive the report */
	struct nb_row *rows;              /* runs in stream order, operations in the order of their list */
	size_t row_count;
};

/* Returns "tsc_cycles" for the machine "host", otherwise "instructions". */
const char *nb_clock_of_machine(const char *machine);

/*
 * Builds the rows. The rows of a run follow the order of the list of operations. get_op, usually
 * nb_op_get(), returns an operation's entry in that list, or NULL. Free with nb_report_free().
 */
void nb_report_build(struct nb_report *report, const struct nb_results *results, const char *machine,
		     const struct nb_op_info *(*get_op)(const char *name));
void nb_report_free(struct nb_report *report);

/* Returns the number of rows whose witnesses disagree. If it is above 0, the run has failed. */
size_t nb_report_mismatches(const struct nb_report *report);

/*
 * Formats a cell into buffer and returns it; for text columns it returns the text itself. An empty
 * cell gives "". The result does not depend on the locale. size should be 32 or more.
 */
const char *nb_cell(const struct nb_row *row, const struct nb_column *column, char *buffer, size_t size);

/* Rounds to the two decimals that every file shows. Never returns -0. NAN stays NAN. */
double nb_round(double value);

#endif
