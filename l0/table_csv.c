// SPDX-License-Identifier: GPL-2.0-only
/* A table that a command has as CSV already, in the other forms: for figures whose columns are made in one place, the CSV's. */
#include "table_csv.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "plots/csv.h"
#include "util.h"

/* Is every cell of the column a number, or empty? */
static bool is_number(const struct nb_csv *csv, size_t column)
{
	bool any = false;

	for (size_t row = 0; row < csv->rows; row++) {
		const char *cell = csv->cells[(row + 1) * csv->columns + column];
		char *end;

		strtod(cell, &end);
		if (*cell && (*end || strpbrk(cell, "xXnN")))
			return false;
		any = any || *cell;
	}
	return any;
}

static bool write_parsed(const struct table_files *files, const struct nb_csv *csv)
{
	struct table_column *columns = calloc(csv->columns, sizeof(*columns));
	struct table table;
	bool good;

	if (!columns) {
		pr_err("no memory for a table of %zu columns", csv->columns);
		return false;
	}
	for (size_t i = 0; i < csv->columns; i++)
		columns[i] = (struct table_column){csv->cells[i], is_number(csv, i)};
	table__begin(&table, columns, csv->columns);
	for (size_t i = csv->columns; i < csv->columns * (csv->rows + 1); i++)
		table__add(&table, csv->cells[i]);
	good = table_files__write(files, &table);
	table__free(&table);
	free(columns);
	return good;
}

struct text {
	const char *text;
	size_t size;
};

static bool put_text(FILE *out, void *data)
{
	const struct text *text = data;

	return fwrite(text->text, 1, text->size, out) == text->size;
}

bool table_csv__write(const struct table_files *files, void (*put)(FILE *out, void *data), void *data)
{
	const struct table_files others = table_files__without(files, TABLE_CSV);
	struct text text = {NULL, 0};
	char why[NB_CSV_REASON] = "";
	struct nb_csv csv;
	char *made = NULL;
	bool good;
	FILE *out;

	out = open_memstream(&made, &text.size);
	if (out)
		put(out, data);
	if (!out || fclose(out) != 0) {
		pr_err("no memory for a table: %s", strerror(errno));
		free(made);
		return false;
	}
	text.text = made;
	if (!table_files__put(files, TABLE_CSV, put_text, &text)) {
		free(made);
		return false;
	}
	/* It takes the text, and wants a byte behind it: open_memstream() has put one there. */
	if (!nb_csv_parse(&csv, made, text.size, why)) {
		pr_err("a table could not be made: %s", why);
		return false;
	}
	good = write_parsed(&others, &csv);
	nb_csv_free(&csv);
	return good;
}
