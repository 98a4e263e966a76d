/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The table of `nestbed trace --pid`: rows made from two readings of the tracer, and the functions
 * that write them.
 */
#ifndef NB_L0_LIVE_TABLE_H
#define NB_L0_LIVE_TABLE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "l0/base/result_table.h"
#include "trace/trace_event.h"

/* All counts of the eBPF programs up to a moment. */
struct live_reading {
	double seconds; /* since the programs were attached */
	struct trace_counts counts;
	struct trace_histogram histogram[2][TRACE_REASONS]; /* index: level - 1, then exit reason */
};

struct live_row {
	unsigned level;
	const char *reason;
	uint64_t count, total; /* total: ns, as are all members below */
	double p50, p90, p99;
	uint64_t max;
};

/*
 * Exits that L0 passes on to L1 or to user space. If KVM's tracepoints report these exits, the rows
 * already include them.
 */
struct live_onward {
	const char *reason;
	uint64_t count;
};

struct live_table {
	double seconds, interval; /* end of the table since the programs were attached; length of the table */
	bool final;               /* the table covers the whole time */
	uint64_t exits, total;
	size_t row_count, to_l1_count, to_user_count;
	struct live_row row[2 * TRACE_REASONS]; /* the row with the most time first */
	struct live_onward to_l1[TRACE_REASONS], to_user[TRACE_USER_REASONS];
};

/*
 * Makes the table of the events between two readings. If before is NULL, it covers all events since
 * the programs were attached.
 */
void live_table__make(struct live_table *table, const struct live_reading *now, const struct live_reading *before);

/* Writes the table as text for a terminal. */
void live_table__write_text(FILE *out, const struct live_table *table);
/* Begins the rows of all tables, in a format other than JSON. */
void live_table__begin_rows(struct table_writer *writer, enum table_format format, FILE *out);

/*
 * Adds the rows of one table. ended is the reason to stop for the last table, and NULL for all
 * others. It adds a row "ended" that has the reason in the column "reason".
 */
void live_table__write_rows(struct table_writer *writer, const struct live_table *table, const char *ended);

/* Writes the table as one line of JSON. ended is as for live_table__write_rows(). */
void live_table__write_json(FILE *out, const struct live_table *table, const char *ended);

#endif
