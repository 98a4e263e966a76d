// SPDX-License-Identifier: GPL-2.0-only
/*
 * The CSV reader. It unquotes cells in place, so a file needs one allocation and its table of
 * cells.
 */
#include "l0/results/csv.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "l0/base/allocate.h"
#include "l0/base/util.h"
#include "l0/request/config.h"
#include "l0/request/old_words.h"

/*
 * Ends the cell at *p with a NUL and moves *p after it. Returns the character that ended the cell:
 * ',', '\n', or '\0' at the end of the text.
 */
static char end_cell(char **p)
{
	char end = **p;

	**p = '\0';
	if (end == '\r' && (*p)[1] == '\n') {
		end = '\n';
		++*p;
	}
	if (end)
		++*p;
	return end;
}

/* Returns the cell at *p. *ended is the character that ended it, or '"' if its quotes are wrong. */
static char *take_cell(char **p, char *ended)
{
	char *cell = *p, *to = *p;
	bool closed = false;

	if (*cell != '"') {
		*p += strcspn(*p, ",\r\n");
		*ended = end_cell(p);
		return cell;
	}
	for (++*p; **p; ++*p) {
		if (**p == '"' && *++*p != '"') {
			closed = true;
			break;
		}
		*to++ = **p;
	}
	*ended = closed && strchr(",\r\n", **p) ? end_cell(p) : '"';
	*to = '\0';
	return cell;
}

static bool parse(struct nb_csv *csv, char why[NB_CSV_REASON])
{
	size_t count = 0, in_line = 0, line = 1;
	char ended = '\n';

	for (char *p = csv->text; ended && (*p || ended == ',');) {
		csv->cells = nb_grow(csv->cells, count, sizeof(*csv->cells));
		csv->cells[count++] = take_cell(&p, &ended);
		in_line++;
		if (ended == ',')
			continue;
		if (ended != '\n' && ended != '\0') {
			snprintf(why, NB_CSV_REASON, "row %zu has a misplaced quote or line end", line - 1);
			return false;
		}
		if (line == 1)
			csv->columns = in_line;
		if (in_line != csv->columns) {
			snprintf(why, NB_CSV_REASON, "row %zu has %zu cells, not %zu: the file may be cut off",
				 line - 1, in_line, csv->columns);
			return false;
		}
		in_line = 0;
		line++;
	}
	if (csv->columns == 0) {
		snprintf(why, NB_CSV_REASON, "it is empty");
		return false;
	}
	csv->rows = count / csv->columns - 1;
	return true;
}

/*
 * Texts of the file may go to a terminal, and to files in which a tab or a line end has a meaning.
 */
static void clean(struct nb_csv *csv)
{
	for (size_t i = 0; i < csv->columns * (csv->rows + 1); i++)
		for (char *p = csv->cells[i]; *p; p++)
			if ((unsigned char)*p < 0x20 || (unsigned char)*p > 0x7e || *p == '"')
				*p = '?';
}

static void renew_config(struct nb_csv *csv, char **cell)
{
	char text[CONFIG_TEXT];

	if (!config__renew(text, *cell))
		return;
	csv->owned = nb_grow(csv->owned, csv->owned_count, sizeof(*csv->owned));
	csv->owned[csv->owned_count++] = *cell = nb_strdup(text);
}

/*
 * Results of version 0.1 have no column for the kernel, and some other words. Cells are never
 * written again, so a cell may point to a constant.
 */
static void rename_words(struct nb_csv *csv)
{
	const bool old = nb_csv_column(csv, "kernel") == csv->columns;
	const size_t config = nb_csv_column(csv, "config");

	for (size_t row = 1; config < csv->columns && row <= csv->rows; row++)
		renew_config(csv, &csv->cells[row * csv->columns + config]);
	for (size_t i = csv->columns; old && i < csv->columns * (csv->rows + 1); i++)
		csv->cells[i] = (char *)nb_renamed(csv->cells[i % csv->columns], csv->cells[i]);
}

bool nb_csv_parse(struct nb_csv *csv, char *text, size_t size, char why[NB_CSV_REASON])
{
	*csv = (struct nb_csv){.text = text};
	text[size] = '\0';
	if (strlen(text) != size) {
		snprintf(why, NB_CSV_REASON, "it is not text");
	} else if (parse(csv, why)) {
		clean(csv);
		rename_words(csv);
		return true;
	}
	nb_csv_free(csv);
	return false;
}

bool nb_csv_read(struct nb_csv *csv, const char *path)
{
	char why[NB_CSV_REASON] = "";
	struct file_data file;

	/* file__read() leaves space for one more byte. */
	if (!file__read(path, &file))
		return false;
	if (nb_csv_parse(csv, (char *)file.data, file.size, why))
		return true;
	pr_err("cannot use %s: %s", path, why);
	return false;
}

void nb_csv_free(struct nb_csv *csv)
{
	for (size_t i = 0; i < csv->owned_count; i++)
		free(csv->owned[i]);
	free(csv->owned);
	free(csv->cells);
	free(csv->text);
	*csv = (struct nb_csv){0};
}

size_t nb_csv_column(const struct nb_csv *csv, const char *name)
{
	size_t i = 0;

	while (i < csv->columns && strcmp(csv->cells[i], name) != 0)
		i++;
	return i;
}

const char *nb_csv_cell(const struct nb_csv *csv, size_t row, const char *name)
{
	size_t column = nb_csv_column(csv, name);

	return column < csv->columns ? csv->cells[(row + 1) * csv->columns + column] : "";
}

double nb_csv_number(const struct nb_csv *csv, size_t row, const char *name)
{
	const char *cell = nb_csv_cell(csv, row, name);
	char *end;
	double value = strtod(cell, &end);

	return end != cell && *end == '\0' && isfinite(value) ? value : NAN;
}

/*
 * Returns true if both rows have the same kernel, arguments and CPU. A file of version 0.1 lacks
 * these columns and has one machine.
 */
static bool same_machine(const struct nb_csv *csv, size_t a, size_t b)
{
	static const char *const names[] = {"kernel", "kernel_args", "cpu"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(nb_csv_cell(csv, a, names[i]), nb_csv_cell(csv, b, names[i])) != 0)
			return false;
	return true;
}

size_t nb_csv_keep_first_machine(struct nb_csv *csv)
{
	size_t kept = 0, all = csv->rows;

	for (size_t row = 0; row < all; row++)
		if (same_machine(csv, 0, row))
			memmove(&csv->cells[(1 + kept++) * csv->columns], &csv->cells[(1 + row) * csv->columns],
				csv->columns * sizeof(*csv->cells));
	csv->rows = kept;
	return all - kept;
}
