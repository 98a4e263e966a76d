// SPDX-License-Identifier: GPL-2.0-only
/* Claims about address translation: how long a page walk is, what a first touch costs, and page tables that change. */
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
	fputs("| levels: guest | EPT | entries read | guest's | EPT's | g (n + 1) + n | g n + n |\n|---|---|---|---|---|---|---|\n",
	      out);
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

/* A file that another command has left with the result. False: it is not there. */
static bool open_csv(const struct claims_evidence *e, const char *name, struct nb_csv *csv)
{
	char path[600] = "";

	if (e->folder)
		text__format(path, sizeof(path), "%s/%s", e->folder, name);
	return *path && access(path, F_OK) == 0 && nb_csv_read(csv, path);
}

enum claims_verdict measure_walk(const struct claims_evidence *e, const struct nb_loaded_row *const *row, FILE *out)
{
	struct nb_csv csv;
	size_t all, good;

	(void)row;
	if (!open_csv(e, "walk.csv", &csv)) {
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

/* row[]: touch_1 to touch_3, shadowing on; then off. */
enum claims_verdict measure_first_touch(const struct claims_evidence *e, const struct nb_loaded_row *const *row,
					FILE *out)
{
	bool fewer = true;

	fprintf(out,
		"| levels of ept12 that L1 adds to | L0 exits, shadowing on | off | n + 3 | net %s, on | off |\n|---|---|---|---|---|---|\n",
		e->unit);
	for (unsigned i = 0; i < 3; i++) {
		unsigned n = i + 1;

		fprintf(out, "| %u | %s | %s | %u | %s | %s |\n", n, NUMBER(row[i]->exits), NUMBER(row[i + 3]->exits),
			n + 3, NUMBER(row[i]->net_p50), NUMBER(row[i + 3]->net_p50));
		fewer = fewer && row[i]->exits <= n + 3;
	}
	fputs("\nThe EPT violation itself and what L0 adds to ept02 are two exits, our hypervisor's VMRESUME is one. A store of "
	      "our hypervisor's to a table that KVM has used for L2 is one more; a table that is new is watched by nobody, so that two "
	      "and three levels cost the same, and KVM lets go of the last level's tables. Without shadowing the two VMREADs exit, "
	      "too. Each exit is two world switches. Parts of an exit are pages that L0 has mapped for itself meanwhile.\n",
	      out);
	return fewer ? CLAIMS_REPRODUCED : CLAIMS_CONTRADICTED;
}

/* The ways to give L2 its memory, in the order of the columns, by the configurations of paging.csv. */
static const struct {
	const char *name, *config;
} ways[] = {
	{"EPT on EPT", "shadow_vmcs=on"},
	{"tables that follow, on EPT", "shadow_vmcs=on mmu=synced"},
	{"virtual TLB on EPT", "shadow_vmcs=on mmu=shadow"},
	{"shadow on shadow", "shadow_vmcs=on ept=off"},
};
#define WAYS (sizeof(ways) / sizeof(ways[0]))

static const char *const churn_ops[] = {"map_page", "remap_page", "protect_page", "map_batch",
					"fork",     "switch_2",   "switch_8"};
#define CHURN_OPS (sizeof(churn_ops) / sizeof(churn_ops[0]))

/* NAN without such a row. */
static double cell_of(const struct nb_csv *csv, const char *op, const char *config, const char *column)
{
	for (size_t row = 0; row < csv->rows; row++)
		if (strcmp(nb_csv_cell(csv, row, "op"), op) == 0 && strcmp(nb_csv_cell(csv, row, "level"), "L2") == 0 &&
		    strcmp(nb_csv_cell(csv, row, "config"), config) == 0 &&
		    strcmp(nb_csv_cell(csv, row, "status"), "ok") == 0)
			return nb_csv_number(csv, row, column);
	return NAN;
}

/* One row; the medians go into net[]. False: one of them was not measured. */
static bool put_churn(const struct nb_csv *csv, const char *op, double net[WAYS], FILE *out)
{
	bool complete = true;

	fprintf(out, "| `%s` |", op);
	for (size_t i = 0; i < WAYS; i++) {
		double exits = cell_of(csv, op, ways[i].config, "l0_exits_per_op");

		net[i] = cell_of(csv, op, ways[i].config, "net_p50_ticks");
		complete = complete && isfinite(net[i]) && isfinite(exits);
		fprintf(out, " %s (%s) |", NUMBER(net[i]), NUMBER(exits));
	}
	fputs("\n", out);
	return complete;
}

enum claims_verdict measure_churn(const struct claims_evidence *e, const struct nb_loaded_row *const *row, FILE *out)
{
	double net[WAYS], least = INFINITY;
	bool complete = true, in_order = true;
	struct nb_csv csv;

	(void)row;
	if (!open_csv(e, "paging.csv", &csv)) {
		fputs("The result has no paging.csv: `make reference` puts the modes together.\n", out);
		return CLAIMS_NOT_MEASURED;
	}
	fprintf(out, "Net %s, and L0 exits:\n\n| operation |", e->unit);
	for (size_t i = 0; i < WAYS; i++)
		fprintf(out, " %s |", ways[i].name);
	fputs("\n|---|---|---|---|---|\n", out);
	for (size_t i = 0; i < CHURN_OPS; i++) {
		complete = put_churn(&csv, churn_ops[i], net, out) && complete;
		least = fmin(least, fmin(net[1], net[2]) / net[0]);
		in_order = in_order && net[0] < net[1] && net[1] < net[3];
	}
	nb_csv_free(&csv);
	if (!complete)
		return CLAIMS_NOT_MEASURED;
	fprintf(out,
		"\nEach takes shadow on EPT at least %.0f times as many %s as EPT on EPT, which exits for none of them; the order of the "
		"builds %s.\n",
		least, e->unit, in_order ? "is that of every operation" : "is not that of every operation");
	if (e->latencies)
		return least > 3 && in_order ? CLAIMS_REPRODUCED : CLAIMS_CONTRADICTED;
	fputs("\nNot testable: the claim is about time, and of a build that does more than this. Instructions are not cycles.\n",
	      out);
	return CLAIMS_NOT_TESTABLE;
}
