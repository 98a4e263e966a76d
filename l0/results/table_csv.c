// SPDX-License-Identifier: GPL-2.0-only
/* Makes a table from CSV: writes the CSV to memory and reads it back. */
#include "l0/results/table_csv.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "l0/base/util.h"

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

/* Takes ownership of the text. */
static bool parse(struct table_csv *made, char *text, size_t size)
{
	char why[NB_CSV_REASON] = "";
	struct nb_csv *csv = &made->csv;

	/* nb_csv_parse() needs a byte after the text; open_memstream() provides one. */
	if (!nb_csv_parse(csv, text, size, why)) {
		pr_err("a table could not be made: %s", why);
		return false;
	}
	made->columns = calloc(csv->columns, sizeof(*made->columns));
	if (!made->columns) {
		pr_err("no memory for a table of %zu columns", csv->columns);
		nb_csv_free(csv);
		return false;
	}
	for (size_t i = 0; i < csv->columns; i++)
		made->columns[i] = (struct table_column){csv->cells[i], is_number(csv, i)};
	table__begin(&made->table, made->columns, csv->columns);
	for (size_t i = csv->columns; i < csv->columns * (csv->rows + 1); i++)
		table__add(&made->table, csv->cells[i]);
	return true;
}

bool table_csv__make(struct table_csv *made, void (*put)(FILE *out, void *data), void *data)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	if (out)
		put(out, data);
	if (!out || fclose(out) != 0) {
		pr_err("no memory for a table: %s", strerror(errno));
		free(text);
		return false;
	}
	return parse(made, text, size);
}

void table_csv__free(struct table_csv *made)
{
	table__free(&made->table);
	free(made->columns);
	nb_csv_free(&made->csv);
}
