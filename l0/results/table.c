// SPDX-License-Identifier: GPL-2.0-only
/*
 * Prints the report for a person at a terminal: the columns of NB_COLUMNS that have a heading,
 * aligned.
 */
#include <string.h>

#include "l0/results/write.h"

#define NOTE_WIDTH 118

/*
 * A name of the machine is a column only if rows differ in it. Otherwise it stands in the line
 * above the table.
 */
static bool is_shown(const struct nb_report *report, const struct nb_column *column)
{
	const bool names_machine = column == &nb_columns[NB_COLUMN_kernel] ||
				   column == &nb_columns[NB_COLUMN_kernel_args] || column == &nb_columns[NB_COLUMN_cpu];
	char first[32], other[32];

	if (!column->heading || !names_machine)
		return column->heading != NULL;
	for (size_t i = 1; i < report->row_count; i++)
		if (strcmp(nb_cell(&report->rows[0], column, first, sizeof(first)),
			   nb_cell(&report->rows[i], column, other, sizeof(other))) != 0)
			return true;
	return false;
}

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

/*
 * Texts are left-aligned, numbers right-aligned. No line ends with spaces, because people paste
 * tables into notes.
 */
static void print_cells(FILE *out, const struct nb_report *report, const struct nb_row *row, const size_t *width)
{
	char cell[32];
	size_t pending = 0;
	const char *between = "";

	for (size_t i = 0; i < NB_COLUMN_COUNT; i++) {
		const struct nb_column *column = &nb_columns[i];
		const char *text;
		size_t blanks;

		if (!is_shown(report, column))
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

void nb_make_table(const struct nb_report *report, struct table *table, struct table_column columns[NB_COLUMN_COUNT])
{
	size_t count = 0;
	char cell[32];

	for (size_t i = 0; i < NB_COLUMN_COUNT; i++)
		if (is_shown(report, &nb_columns[i]))
			columns[count++] = (struct table_column){nb_columns[i].heading, nb_columns[i].kind != NB_TEXT};
	table__begin(table, columns, count);
	for (size_t row = 0; row < report->row_count; row++)
		for (size_t i = 0; i < NB_COLUMN_COUNT; i++)
			if (is_shown(report, &nb_columns[i]))
				table__add(table, nb_cell(&report->rows[row], &nb_columns[i], cell, sizeof(cell)));
}

static bool same_note(const struct nb_row *a, const struct nb_row *b)
{
	return a->run->variant == b->run->variant && strcmp(a->level, b->level) == 0 &&
	       strcmp(a->config, b->config) == 0 && strcmp(a->note, b->note) == 0;
}

/* Prints each reason once, with all its operations, so that every status has its reason. */
static void print_notes(const struct nb_report *report, FILE *out)
{
	for (size_t i = 0; i < report->row_count; i++) {
		const struct nb_row *row = &report->rows[i];
		bool first = *row->note != '\0';
		char cell[32];
		size_t column;

		for (size_t j = 0; first && j < i; j++)
			first = !same_note(row, &report->rows[j]);
		if (!first)
			continue;
		fprintf(out, "%s%s%s", row->level, *row->config ? " " : "", row->config);
		for (enum nb_column_number name = NB_COLUMN_kernel; name <= NB_COLUMN_cpu; name++)
			if (is_shown(report, &nb_columns[name]))
				fprintf(out, " %s", nb_cell(row, &nb_columns[name], cell, sizeof(cell)));
		fprintf(out, ": %s:\n ", row->note);
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

/* Prints a name that all rows share: ", kernel 6.1.0-57-cloud-amd64". */
static void print_name(const struct nb_report *report, const struct nb_column *column, FILE *out)
{
	char cell[32];
	const char *name = report->row_count ? nb_cell(&report->rows[0], column, cell, sizeof(cell)) : "";

	if (*name && !is_shown(report, column))
		fprintf(out, ", %s %s", column->name, name);
}

void nb_print_table(const struct nb_report *report, FILE *out)
{
	size_t width[NB_COLUMN_COUNT] = {0};

	for (size_t i = 0; i < NB_COLUMN_COUNT; i++)
		if (is_shown(report, &nb_columns[i]))
			width[i] = width_of(report, &nb_columns[i]);
	fprintf(out, "machine %s", report->machine);
	print_name(report, &nb_columns[NB_COLUMN_kernel], out);
	print_name(report, &nb_columns[NB_COLUMN_kernel_args], out);
	print_name(report, &nb_columns[NB_COLUMN_cpu], out);
	fprintf(out, "; p50, mean, p99 in ticks of its clock: %s\n", nb_clock_of_machine(report->machine));
	print_cells(out, report, NULL, width);
	for (size_t i = 0; i < report->row_count; i++)
		print_cells(out, report, &report->rows[i], width);
	print_notes(report, out);
}

void nb_print_mismatches(const struct nb_report *report, FILE *out)
{
	for (size_t i = 0; i < report->row_count; i++)
		if (report->rows[i].mismatch)
			fprintf(out, "the witnesses disagree, %s:\n%s", report->rows[i].config,
				report->rows[i].mismatch);
}
