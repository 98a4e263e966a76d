// SPDX-License-Identifier: GPL-2.0-only
/* The report for a person at a terminal: the columns of NB_COLUMNS that have a heading, aligned. */
#include <string.h>

#include "write.h"

static size_t width_of(const struct nb_report *report, const struct nb_column *column)
{
	size_t width = strlen(column->heading);
	char cell[32];

	for (size_t i = 0; i < report->row_count; i++) {
		size_t length = strlen(nb_cell(&report->rows[i], column, cell, sizeof(cell)));

		width = length > width ? length : width;
	}
	return width;
}

/* Texts stand left, numbers right. Trailing blanks are left out: tables get pasted into notes. */
static void print_cells(FILE *out, const struct nb_row *row, const size_t *width)
{
	char cell[32];
	size_t pending = 0;
	const char *between = "";

	for (size_t i = 0; i < NB_COLUMN_COUNT; i++) {
		const struct nb_column *column = &nb_columns[i];
		const char *text;
		size_t blanks;

		if (!column->heading)
			continue;
		text = row ? nb_cell(row, column, cell, sizeof(cell)) : column->heading;
		blanks = width[i] - strlen(text);
		if (*text) {
			fprintf(out, "%*s%s%*s%s", (int)pending, "", between,
				(int)(column->kind == NB_TEXT ? 0 : blanks), "", text);
			pending = column->kind == NB_TEXT ? blanks : 0;
			between = "  ";
		} else {
			pending += width[i] + strlen(between);
			between = "  ";
		}
	}
	fputc('\n', out);
}

void nb_print_table(const struct nb_report *report, FILE *out)
{
	size_t width[NB_COLUMN_COUNT] = {0};

	for (size_t i = 0; i < NB_COLUMN_COUNT; i++)
		if (nb_columns[i].heading)
			width[i] = width_of(report, &nb_columns[i]);
	fprintf(out, "machine %s; p50, mean, p99 in ticks of its clock: %s\n", report->machine,
		nb_clock_of_machine(report->machine));
	print_cells(out, NULL, width);
	for (size_t i = 0; i < report->row_count; i++)
		print_cells(out, &report->rows[i], width);
	/* What a row could not show, so that no status stands there without its reason. */
	for (size_t i = 0; i < report->row_count; i++) {
		const struct nb_row *row = &report->rows[i];

		if (*row->note)
			fprintf(out, "%s on %s%s%s: %s\n", row->op, row->level, *row->config ? " " : "", row->config,
				row->note);
	}
}

void nb_print_mismatches(const struct nb_report *report, FILE *out)
{
	for (size_t i = 0; i < report->row_count; i++)
		if (report->rows[i].mismatch)
			fprintf(out, "the witnesses disagree, %s:\n%s", report->rows[i].config,
				report->rows[i].mismatch);
}
