// SPDX-License-Identifier: GPL-2.0-only
/*
 * Makes rows from readings, and writes them as text, in the formats of result_table.h, and as JSON
 * lines.
 */
#include "l0/experiments/live_table.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "trace/histogram.h"
#include "vmcs-shadow/exit_reasons.h"

/* The KVM_EXIT_... reasons of <linux/kvm.h> that x86 has. */
static const char *const user_reason[TRACE_USER_REASONS] = {
	[0] = "UNKNOWN",       [1] = "EXCEPTION",     [2] = "IO",
	[3] = "HYPERCALL",     [4] = "DEBUG",         [5] = "HLT",
	[6] = "MMIO",          [7] = "IRQ_WINDOW",    [8] = "SHUTDOWN",
	[9] = "FAIL_ENTRY",    [10] = "INTR",         [11] = "SET_TPR",
	[12] = "TPR_ACCESS",   [16] = "NMI",          [17] = "INTERNAL_ERROR",
	[24] = "SYSTEM_EVENT", [26] = "IOAPIC_EOI",   [27] = "HYPERV",
	[29] = "RDMSR",        [30] = "WRMSR",        [31] = "DIRTY_RING_FULL",
	[32] = "AP_RESET",     [33] = "BUS_LOCK",     [34] = "XEN",
	[37] = "NOTIFY",       [39] = "MEMORY_FAULT",
};

static int compare(const void *left, const void *right)
{
	const struct live_row *a = left, *b = right;

	if (a->total != b->total)
		return a->total < b->total ? 1 : -1;
	return a->count < b->count ? 1 : a->count > b->count ? -1 : 0;
}

static void add_row(struct live_table *table, unsigned level, unsigned reason, uint64_t count,
		    const struct trace_histogram *now, const struct trace_histogram *before)
{
	struct trace_histogram since;

	if (count == 0 && now->count == before->count)
		return;
	trace_histogram__since(now, before, &since);
	table->row[table->row_count++] = (struct live_row){
		.level = level,
		.reason = vmx_exit_reason_name(reason),
		.count = count,
		.total = since.total,
		.p50 = trace_histogram__quantile(&since, 0.5),
		.p90 = trace_histogram__quantile(&since, 0.9),
		.p99 = trace_histogram__quantile(&since, 0.99),
		.max = since.count ? since.max : 0,
	};
	table->exits += count;
	table->total += since.total;
}

/*
 * Adds a count and returns the new size of the list. Reasons with the same name become one entry,
 * because names are keys in JSON.
 */
static size_t add_onward(struct live_onward *list, size_t size, const char *reason, uint64_t count)
{
	if (count == 0)
		return size;
	for (size_t i = 0; i < size; i++)
		if (strcmp(list[i].reason, reason) == 0) {
			list[i].count += count;
			return size;
		}
	list[size] = (struct live_onward){reason, count};
	return size + 1;
}

void live_table__make(struct live_table *table, const struct live_reading *now, const struct live_reading *before)
{
	static const struct live_reading zero;

	table->final = !before;
	if (!before)
		before = &zero;
	table->seconds = now->seconds;
	table->interval = now->seconds - before->seconds;
	table->exits = table->total = 0;
	table->row_count = table->to_l1_count = table->to_user_count = 0;
	for (unsigned level = 0; level < 2; level++)
		for (unsigned i = 0; i < TRACE_REASONS; i++)
			add_row(table, level + 1, i, now->counts.exits[level][i] - before->counts.exits[level][i],
				&now->histogram[level][i], &before->histogram[level][i]);
	qsort(table->row, table->row_count, sizeof(table->row[0]), compare);
	for (unsigned i = 0; i < TRACE_REASONS; i++)
		table->to_l1_count = add_onward(table->to_l1, table->to_l1_count, vmx_exit_reason_name(i),
						now->counts.virtual_exits[i] - before->counts.virtual_exits[i]);
	for (unsigned i = 0; i < TRACE_USER_REASONS; i++)
		table->to_user_count = add_onward(table->to_user, table->to_user_count,
						  user_reason[i] ? user_reason[i] : "OTHER",
						  now->counts.user_exits[i] - before->counts.user_exits[i]);
}

static double share(uint64_t part, uint64_t all)
{
	return all ? (double)part / (double)all : 0;
}

static void write_onward(FILE *out, const char *where, const struct live_onward *onward, size_t count)
{
	if (count == 0)
		return;
	fprintf(out, "%s:", where);
	for (size_t i = 0; i < count; i++)
		fprintf(out, "%s %s %" PRIu64, i ? "," : "", onward[i].reason, onward[i].count);
	fputc('\n', out);
}

void live_table__write_text(FILE *out, const struct live_table *table)
{
	if (table->final)
		fprintf(out, "all %.1f s", table->seconds);
	else
		fprintf(out, "at %.1f s, the last %.2f s", table->seconds, table->interval);
	fprintf(out, ": %" PRIu64 " exits; us from exit to the next entry, off by at most %.1f%%%s\n", table->exits,
		TRACE_ERROR_PERCENT, table->final ? ", max exact" : "");
	fprintf(out, "%-3s %-24s %10s %6s %11s %6s %10s %10s %10s %10s\n", "lvl", "reason", "count", "share",
		"total ms", "time", "p50", "p90", "p99", "max");
	for (size_t i = 0; i < table->row_count; i++) {
		const struct live_row *row = &table->row[i];

		fprintf(out, "L%-2u %-24s %10" PRIu64 " %5.1f%% %11.3f %5.1f%% %10.2f %10.2f %10.2f %10.2f\n",
			row->level, row->reason, row->count, 100 * share(row->count, table->exits),
			(double)row->total / 1e6, 100 * share(row->total, table->total), row->p50 / 1e3, row->p90 / 1e3,
			row->p99 / 1e3, (double)row->max / 1e3);
	}
	write_onward(out, "of these on to L1", table->to_l1, table->to_l1_count);
	write_onward(out, "to user space", table->to_user, table->to_user_count);
}

static const struct table_column columns[] = {{"span", false},    {"seconds", true},    {"level", false},
					      {"reason", false},  {"count", true},      {"share", true},
					      {"total_ns", true}, {"time_share", true}, {"p50_ns", true},
					      {"p90_ns", true},   {"p99_ns", true},     {"max_ns", true}};

#define COLUMNS (sizeof(columns) / sizeof(columns[0]))

void live_table__begin_rows(struct table_writer *writer, enum table_format format, FILE *out)
{
	table_writer__begin(writer, format, columns, COLUMNS, out);
}

/* The cells of one row, each a string that ends in NUL. */
struct cells {
	char text[COLUMNS][40];
	unsigned count;
};

static void add_cell(struct cells *cells, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void add_cell(struct cells *cells, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(cells->text[cells->count++], sizeof(cells->text[0]), format, args);
	va_end(args);
}

/* Missing cells become empty. */
static void write_cells(struct table_writer *writer, struct cells *cells)
{
	const char *pointers[COLUMNS];

	while (cells->count < COLUMNS)
		add_cell(cells, "%s", "");
	for (unsigned i = 0; i < COLUMNS; i++)
		pointers[i] = cells->text[i];
	table_writer__row(writer, pointers);
}

static void begin_row(struct cells *cells, const struct live_table *table, const char *level, const char *reason)
{
	cells->count = 0;
	add_cell(cells, "%s", table->final ? "total" : "interval");
	add_cell(cells, "%.3f", table->seconds);
	add_cell(cells, "%s", level);
	add_cell(cells, "%s", reason);
}

static void write_onward_rows(struct table_writer *writer, const struct live_table *table, const char *level,
			      const struct live_onward *onward, size_t count)
{
	struct cells cells;

	for (size_t i = 0; i < count; i++) {
		begin_row(&cells, table, level, onward[i].reason);
		add_cell(&cells, "%" PRIu64, onward[i].count);
		write_cells(writer, &cells);
	}
}

void live_table__write_rows(struct table_writer *writer, const struct live_table *table, const char *ended)
{
	struct cells cells;

	for (size_t i = 0; i < table->row_count; i++) {
		const struct live_row *row = &table->row[i];

		begin_row(&cells, table, row->level == 1 ? "L1" : "L2", row->reason);
		add_cell(&cells, "%" PRIu64, row->count);
		add_cell(&cells, "%.6f", share(row->count, table->exits));
		add_cell(&cells, "%" PRIu64, row->total);
		add_cell(&cells, "%.6f", share(row->total, table->total));
		add_cell(&cells, "%.1f", row->p50);
		add_cell(&cells, "%.1f", row->p90);
		add_cell(&cells, "%.1f", row->p99);
		add_cell(&cells, "%" PRIu64, row->max);
		write_cells(writer, &cells);
	}
	write_onward_rows(writer, table, "to-L1", table->to_l1, table->to_l1_count);
	write_onward_rows(writer, table, "to-user", table->to_user, table->to_user_count);
	if (!ended)
		return;
	begin_row(&cells, table, "", ended);
	snprintf(cells.text[0], sizeof(cells.text[0]), "ended");
	write_cells(writer, &cells);
	table_writer__end(writer);
}

static void write_json_onward(FILE *out, const char *key, const struct live_onward *onward, size_t count)
{
	fprintf(out, ",\"%s\":{", key);
	for (size_t i = 0; i < count; i++)
		fprintf(out, "%s\"%s\":%" PRIu64, i ? "," : "", onward[i].reason, onward[i].count);
	fputc('}', out);
}

void live_table__write_json(FILE *out, const struct live_table *table, const char *ended)
{
	fprintf(out,
		"{\"span\":\"%s\",\"seconds\":%.3f,\"interval\":%.3f,\"error_percent\":%.1f,\"exits\":%" PRIu64
		",\"rows\":[",
		table->final ? "total" : "interval", table->seconds, table->interval, TRACE_ERROR_PERCENT,
		table->exits);
	for (size_t i = 0; i < table->row_count; i++) {
		const struct live_row *row = &table->row[i];

		fprintf(out,
			"%s{\"level\":\"L%u\",\"reason\":\"%s\",\"count\":%" PRIu64
			",\"share\":%.6f,\"total_ns\":%" PRIu64
			",\"time_share\":%.6f,\"p50_ns\":%.1f,\"p90_ns\":%.1f,\"p99_ns\":%.1f,\"max_ns\":%" PRIu64 "}",
			i ? "," : "", row->level, row->reason, row->count, share(row->count, table->exits), row->total,
			share(row->total, table->total), row->p50, row->p90, row->p99, row->max);
	}
	fputc(']', out);
	write_json_onward(out, "to_l1", table->to_l1, table->to_l1_count);
	write_json_onward(out, "to_user", table->to_user, table->to_user_count);
	if (ended)
		fprintf(out, ",\"ended\":\"%s\"", ended);
	fprintf(out, "}\n");
}
