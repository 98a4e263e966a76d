// SPDX-License-Identifier: GPL-2.0-only
/* The claim about the length of a page walk, by walk.csv of `nestbed walk`. */
#include "claims.h"

#include <math.h>
#include <string.h>
#include <unistd.h>

#include "plots/csv.h"
#include "util.h"
#include "walk.h"

/* A row's number, if it is whole and a count; otherwise 0, which no walk has. */
static unsigned cell(const struct nb_csv *csv, size_t row, const char *name)
{
	double value = nb_csv_number(csv, row, name);

	return value > 0 && value < 1000 && value == floor(value) ? (unsigned)value : 0;
}

static void put_shapes(const struct nb_csv *csv, FILE *out)
{
	fputs("| levels: guest | EPT | entries read | guest's | EPT's | g (n + 1) + n | g n + n |\n|---|---|---|---|---|---|---|\n", out);
	for (size_t row = 0; row < csv->rows; row++) {
		unsigned g = cell(csv, row, "guest_levels"), n = cell(csv, row, "ept_levels");

		fprintf(out, "| %u | %u | %u | %u | %u | %u | %u |\n", g, n, cell(csv, row, "references"),
			cell(csv, row, "guest_entries"), cell(csv, row, "ept_entries"), walk__two_dimensions(g, n),
			walk__ept_alone(g, n));
	}
}

/* How many rows have as many entries of a kind as the formula says. */
static size_t agree(const struct nb_csv *csv, const char *column, unsigned (*formula)(unsigned g, unsigned n))
{
	size_t count = 0;

	for (size_t row = 0; row < csv->rows; row++)
		count += cell(csv, row, column) ==
			 formula(cell(csv, row, "guest_levels"), cell(csv, row, "ept_levels"));
	return count;
}

enum claims_verdict measure_walk(const struct claims_evidence *e, const struct nb_loaded_row *const *row, FILE *out)
{
	char path[600] = "";
	struct nb_csv csv;
	size_t all, good;

	(void)row;
	if (e->folder)
		text__format(path, sizeof(path), "%s/walk.csv", e->folder);
	if (!*path || access(path, F_OK) != 0 || !nb_csv_read(&csv, path)) {
		fputs("The result has no walk.csv: `build/nestbed walk` makes one.\n", out);
		return CLAIMS_NOT_MEASURED;
	}
	put_shapes(&csv, out);
	all = csv.rows;
	good = agree(&csv, "references", walk__two_dimensions);
	fprintf(out, "\nOf %zu shapes g (n + 1) + n is right about %zu, and g n + n about %zu", all, good,
		agree(&csv, "references", walk__ept_alone));
	if (agree(&csv, "ept_entries", walk__ept_alone) == all)
		fputs(": that is what the EPT has alone, without the g entries of the guest's own tables", out);
	fputs(". The page itself is one reference more. No walk has three dimensions: L0 merges two of them into the tables that "
	      "the CPU walks.\n",
	      out);
	nb_csv_free(&csv);
	return all > 0 && good == all ? CLAIMS_REPRODUCED : CLAIMS_CONTRADICTED;
}
