// SPDX-License-Identifier: GPL-2.0-only
/* The report for a person at a terminal: the columns of NB_COLUMNS that have a heading, aligned. */
#include <string.h>

#include "write.h"

#define NOTE_WIDTH 118

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

static bool same_note(const struct nb_row *a, const struct nb_row *b)
{
	return strcmp(a->level, b->level) == 0 && strcmp(a->config, b->config) == 0 && strcmp(a->note, b->note) == 0;
}

/* What a row could not show, so that no status stands there without its reason: once a reason, with all operations it is true of. */
static void print_notes(const struct nb_report *report, FILE *out)
{
	for (size_t i = 0; i < report->row_count; i++) {
		const struct nb_row *row = &report->rows[i];
		bool first = *row->note != '\0';
		size_t column;

		for (size_t j = 0; first && j < i; j++)
			first = !same_note(row, &report->rows[j]);
		if (!first)
			continue;
		fprintf(out, "%s%s%s: %s:\n ", row->level, *row->config ? " " : "", row->config, row->note);
		column = 1;
		for (size_t j = i; j < report->row_count; j++) {
			if (!same_note(row, &report->rows[j]))
				continue;
			if (column + 1 + strlen(report->rows[j].op) > NOTE_WIDTH) {
				fprintf(out, "\n ");
				column = 1;
			}
			fprintf(out, " %s", report->rows[j].op);
			column += 1 + strlen(report->rows[j].op);
		}
		fputc('\n', out);
	}
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
	print_notes(report, out);
}

void nb_print_mismatches(const struct nb_report *report, FILE *out)
{
	for (size_t i = 0; i < report->row_count; i++)
		if (report->rows[i].mismatch)
			fprintf(out, "the witnesses disagree, %s:\n%s", report->rows[i].config,
				report->rows[i].mismatch);
}
