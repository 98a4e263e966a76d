/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The table of `nestbed trace --pid`: rows made of two readings of the tracer, and the ways to write them.
 */
#ifndef NB_L0_LIVE_TABLE_H
#define NB_L0_LIVE_TABLE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "l0/base/table_file.h"
#include "trace/trace_event.h"

/* All that the programs have counted up to a moment. */
struct live_reading {
	double seconds; /* since they were attached */
	struct trace_counts counts;
	struct trace_histogram histogram[2][TRACE_REASONS]; /* by level - 1 */
};

struct live_row {
	unsigned level;
	const char *reason;
	uint64_t count, total; /* total: ns, as all that follow */
	double p50, p90, p99;
	uint64_t max;
};

/* Exits that go on to somebody: they are in the rows already, where KVM's tracepoints tell of them. */
struct live_onward {
	const char *reason;
	uint64_t count;
};

struct live_table {
	double seconds, interval; /* its end since the programs were attached, and how long it is */
	bool final;               /* of the whole time */
	uint64_t exits, total;
	size_t row_count, to_l1_count, to_user_count;
	struct live_row row[2 * TRACE_REASONS]; /* most time first */
	struct live_onward to_l1[TRACE_REASONS], to_user[TRACE_USER_REASONS];
};

/* What happened between two readings; before is NULL for all since the programs were attached. */
void live_table__make(struct live_table *table, const struct live_reading *now, const struct live_reading *before);

void live_table__write_text(FILE *out, const struct live_table *table);
/* Rows of one table after the other, in a form that is not JSON. */
void live_table__begin_rows(struct table_writer *writer, enum table_format format, FILE *out);

/* ended: why the last table is the last; NULL elsewhere. It is a row of its own, "ended" and, in place of the reason, why. */
void live_table__write_rows(struct table_writer *writer, const struct live_table *table, const char *ended);

/* One line. */
void live_table__write_json(FILE *out, const struct live_table *table, const char *ended);

#endif
