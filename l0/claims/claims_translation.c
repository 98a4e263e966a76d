// SPDX-License-Identifier: GPL-2.0-only
/*
 * Claims about address translation. The length of a page walk comes from walk.csv and
 * walk-steps.csv of `nestbed walk`. The cost of a TLB miss comes from chase.csv of `nestbed chase`.
 * Changes of page tables come from paging.csv of `make reference`.
 */
#include "l0/claims/claims.h"

#include <math.h>
#include <string.h>

#include "l0/experiments/walk_table.h"
#include "l0/results/csv.h"
#include "microbench/pointer_chase.h"

/*
 * Returns a number of the row if it is a whole number in 1..999. Otherwise it returns 0, which no
 * walk has.
 */
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

/* Counts the rows whose number of entries in `column` equals the formula. */
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
	struct nb_csv csv;
	size_t all, good;

	(void)row;
	if (!claims__open_csv(e, "walk.csv", &csv)) {
		fputs("The result has no walk.csv: `nestbed walk` makes one.\n", out);
		return CLAIMS_NOT_MEASURED;
	}
	put_shapes(&csv, out);
	all = csv.rows;
	good = agree(&csv, "references", walk__two_dimensions);
	fprintf(out, "\nOf %zu shapes, g (n + 1) + n is right for %zu, and g n + n for %zu", all, good,
		agree(&csv, "references", walk__ept_alone));
	if (agree(&csv, "ept_entries", walk__ept_alone) == all)
		fputs(": it counts the EPT alone, without the g entries of the guest's own tables", out);
	fprintf(out,
		". The page itself is one more reference.\n\nThe text with g e + e = %u says \"on the order of\", about three stages: L2's, L1's and L0's tables. "
		"Walked one below the other, they take (g + 1)(n + 1)(m + 1) - 1 = %u references. No CPU does this. L0 makes one table of the lower "
		"two, and the walk has two dimensions again: %u references. So %u is right for neither. Even for two dimensions it lacks the guest's own entries.\n",
		walk__ept_alone(4, 4), walk__three_dimensions(4, 4, 4), walk__two_dimensions(4, 4),
		walk__ept_alone(4, 4));
	nb_csv_free(&csv);
	return all > 0 && good == all ? CLAIMS_REPRODUCED : CLAIMS_CONTRADICTED;
}

/*
 * Counts the rows of one walk in walk-steps.csv. If table is not NULL, it counts only that table.
 * If column is not NULL, it counts only rows with this word in the column.
 */
static unsigned steps_of(const struct nb_csv *csv, const char *walk, const char *table, const char *column,
			 const char *word)
{
	unsigned count = 0;

	for (size_t row = 0; row < csv->rows; row++)
		count += strcmp(nb_csv_cell(csv, row, "walk"), walk) == 0 &&
			 (!table || strcmp(nb_csv_cell(csv, row, "table"), table) == 0) &&
			 (!column || strcmp(nb_csv_cell(csv, row, column), word) == 0);
	return count;
}

/*
 * Returns the references of a walk with g and n levels, as counted by the CPU's accessed flags. 0:
 * not counted.
 */
static unsigned counted_of(const struct nb_csv *walks, unsigned g, unsigned n)
{
	for (size_t row = 0; row < walks->rows; row++)
		if (cell(walks, row, "guest_levels") == g && cell(walks, row, "ept_levels") == n)
			return cell(walks, row, "references");
	return 0;
}

static void put_steps(const struct nb_csv *csv, FILE *out)
{
	static const struct {
		const char *name, *text;
	} kinds[] = {{"two", "L2's tables and ept12"},
		     {"three", "and ept01 below them"},
		     {"cpu", "L2's tables and ept02, which KVM makes of both"}};
	static const char *const tables[] = {"L2", "ept12", "ept01", "ept02"};

	fputs("| walk over | references | different entries | L2's | ept12's | ept01's | ept02's |\n|---|---|---|---|---|---|---|\n",
	      out);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		const char *walk = kinds[i].name;

		if (steps_of(csv, walk, NULL, NULL, NULL) == 0)
			continue;
		fprintf(out, "| %s | %u | %u |", kinds[i].text, steps_of(csv, walk, NULL, NULL, NULL),
			steps_of(csv, walk, NULL, "again", "no"));
		for (size_t table = 0; table < sizeof(tables) / sizeof(*tables); table++)
			fprintf(out, " %u |", steps_of(csv, walk, tables[table], NULL, NULL));
		fputs("\n", out);
	}
}

/*
 * Returns how many entries of ept01 translate each of these addresses. Returns 0 if the number
 * differs between addresses, or if ept01 was not read.
 */
static unsigned third_levels(const struct nb_csv *csv, unsigned addresses)
{
	const unsigned entries = steps_of(csv, "three", "ept01", NULL, NULL), m = entries / addresses;
	unsigned top = 0, last = 0;

	for (size_t row = 0; row < csv->rows; row++)
		if (strcmp(nb_csv_cell(csv, row, "table"), "ept01") == 0 && cell(csv, row, "level") > top)
			top = cell(csv, row, "level");
	for (size_t row = 0; row < csv->rows; row++)
		last += strcmp(nb_csv_cell(csv, row, "table"), "ept01") == 0 && cell(csv, row, "level") + m == top + 1;
	/* Every address has the m-th entry from the top, and the mean shows that none has more. */
	return entries == m * addresses && last == addresses ? m : 0;
}

enum claims_verdict measure_walk_steps(const struct claims_evidence *e, const struct nb_loaded_row *const *row,
				       FILE *out)
{
	unsigned all, read, g, n, counted = 0, m;
	struct nb_csv csv, walks;

	(void)row;
	if (!claims__open_csv(e, "walk-steps.csv", &csv)) {
		fputs("The result has no walk-steps.csv: `nestbed walk --l2-va 0x100000` makes one.\n", out);
		return CLAIMS_NOT_MEASURED;
	}
	all = steps_of(&csv, "two", NULL, NULL, NULL);
	read = steps_of(&csv, "two", NULL, "read", "yes");
	g = steps_of(&csv, "two", "L2", NULL, NULL);
	n = steps_of(&csv, "two", "ept12", NULL, NULL) / (g + 1);
	if (claims__open_csv(e, "walk.csv", &walks)) {
		counted = counted_of(&walks, g, n);
		nb_csv_free(&walks);
	}
	put_steps(&csv, out);
	fprintf(out,
		"\nWith g = %u and n = %u, the CPU has read %u of the %u references of two dimensions, and no other entry. `nestbed walk` "
		"counted %u for a walk with as many levels. ",
		g, n, read, all, counted);
	m = third_levels(&csv, (g + 1) * (n + 1));
	if (m)
		fprintf(out,
			"(g + 1)(n + 1)(m + 1) - 1 with m = %u is %u. No CPU makes that walk. The CPU's walk has two dimensions, too.\n",
			m, walk__three_dimensions(g, n, m));
	else
		fputs("The third dimension was not read, or differs by address.\n", out);
	nb_csv_free(&csv);
	if (read == 0 || counted == 0)
		return CLAIMS_NOT_MEASURED;
	return read == all && counted == all ? CLAIMS_REPRODUCED : CLAIMS_CONTRADICTED;
}

/*
 * Finds the row of this level and set with random order, over 4 KiB pages. Returns csv->rows if
 * there is none.
 */
static size_t chase_row(const struct nb_csv *csv, const char *level, double set_kib)
{
	size_t row = 0;

	while (row < csv->rows &&
	       !(strcmp(nb_csv_cell(csv, row, "level"), level) == 0 &&
		 strcmp(nb_csv_cell(csv, row, "order"), "random") == 0 &&
		 strcmp(nb_csv_cell(csv, row, "layout"), "line-each-4K") == 0 &&
		 nb_csv_number(csv, row, "page_kib") == 4 && nb_csv_number(csv, row, "set_kib") == set_kib))
		row++;
	return row;
}

/* Returns NAN if it was not measured. */
static double chase_miss(const struct nb_csv *csv, const char *level, double set_kib)
{
	const size_t row = chase_row(csv, level, set_kib);

	return row < csv->rows ? nb_csv_number(csv, row, "miss_ticks") : NAN;
}

/*
 * Lists the sets that both L0 and L2 have. Returns the ratio at the largest set, or NAN if there is
 * none.
 */
static double put_misses(const struct nb_csv *csv, FILE *out)
{
	double ratio = NAN;

	for (unsigned set = 0; set < NB_CHASE_SETS; set++) {
		const double kib = (double)(NB_CHASE_SET_MIN << set >> 10), l0 = chase_miss(csv, "L0", kib),
			     l1 = chase_miss(csv, "L1", kib), l2 = chase_miss(csv, "L2", kib);

		if (isnan(l0) || isnan(l2))
			continue;
		if (isnan(ratio))
			fputs("| working set, KiB | L0, cycles a miss | L1 | L2 | L2 / L0 |\n|---|---|---|---|---|\n",
			      out);
		ratio = l2 / l0;
		fprintf(out, "| %s | %s | %s | %s | %.2f |\n", NUMBER(kib), NUMBER(l0), isnan(l1) ? "-" : NUMBER(l1),
			NUMBER(l2), ratio);
	}
	return ratio;
}

enum claims_verdict measure_tlb_miss(const struct claims_evidence *e, const struct nb_loaded_row *const *row, FILE *out)
{
	enum claims_verdict verdict = CLAIMS_NOT_MEASURED;
	struct nb_csv csv;
	double ratio;

	(void)row;
	if (!e->latencies) {
		fputs("Not testable here: a load is one instruction whether it misses the TLB or not. This machine's clock "
		      "counts instructions, so it cannot show a miss. `nestbed chase --machine host --level L0` measures the misses of "
		      "a process on any computer. Those of L2 need a computer with nested VMX.\n",
		      out);
		return CLAIMS_NOT_TESTABLE;
	}
	if (!claims__open_csv(e, "chase.csv", &csv)) {
		fputs("The result has no chase.csv: `nestbed chase` makes one.\n", out);
		return CLAIMS_NOT_MEASURED;
	}
	ratio = put_misses(&csv, out);
	if (isnan(ratio)) {
		fputs("chase.csv does not have misses of both L0 and L2.\n", out);
	} else if (strcmp(nb_csv_cell(&csv, 0, "in_vm"), "no") != 0) {
		fputs("\nNot testable: that computer is a virtual machine, so its L0 may also have two-dimensional walks.\n",
		      out);
		verdict = CLAIMS_NOT_TESTABLE;
	} else {
		verdict = ratio > 1 && ratio <= 6 ? CLAIMS_REPRODUCED : CLAIMS_CONTRADICTED;
	}
	nb_csv_free(&csv);
	return verdict;
}

const struct claims_way claims_ways[CLAIMS_WAYS] = {
	{"EPT on EPT", "shadow_vmcs=on"},
	{"shadow on EPT", "shadow_vmcs=on mmu=shadow-wp"},
	{"a virtual TLB on EPT", "shadow_vmcs=on mmu=shadow"},
	{"shadow on shadow", "shadow_vmcs=on ept=off mmu=shadow-wp"},
};

static const char *const churn_ops[] = {"map_page", "remap_page", "protect_page", "map_batch",
					"fork",     "switch_2",   "switch_8"};
#define CHURN_OPS (sizeof(churn_ops) / sizeof(churn_ops[0]))

/* Writes one row and stores the medians in net[]. Returns false if one number was not measured. */
static bool put_churn(const struct nb_csv *csv, const char *op, double net[CLAIMS_WAYS], FILE *out)
{
	bool complete = true;

	fprintf(out, "| `%s` |", op);
	for (size_t i = 0; i < CLAIMS_WAYS; i++) {
		double exits = claims__cell(csv, op, "L2", claims_ways[i].config, "l0_exits_per_op");

		net[i] = claims__cell(csv, op, "L2", claims_ways[i].config, "net_p50_ticks");
		complete = complete && isfinite(net[i]) && isfinite(exits);
		fprintf(out, " %s (%s) |", NUMBER(net[i]), NUMBER(exits));
	}
	fputs("\n", out);
	return complete;
}

enum claims_verdict measure_churn(const struct claims_evidence *e, const struct nb_loaded_row *const *row, FILE *out)
{
	double net[CLAIMS_WAYS], least = INFINITY;
	bool complete = true, in_order = true;
	struct nb_csv csv;

	(void)row;
	if (!claims__open_csv(e, "paging.csv", &csv)) {
		fputs(CLAIMS_NO_PAGING, out);
		return CLAIMS_NOT_MEASURED;
	}
	fprintf(out, "Net %s, and L0 exits:\n\n| operation |", e->unit);
	for (size_t i = 0; i < CLAIMS_WAYS; i++)
		fprintf(out, " %s |", claims_ways[i].name);
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
		"\nWith shadow on EPT each takes at least %.0f times as many %s as with EPT on EPT, where none of them exits. The order of the "
		"builds %s.\n",
		least, e->unit, in_order ? "is that of every operation" : "is not that of every operation");
	if (e->latencies)
		return least > 3 && in_order ? CLAIMS_REPRODUCED : CLAIMS_CONTRADICTED;
	fputs("\nNot testable: the claim is about time, and about a build, which does more than this. Instructions are not cycles.\n",
	      out);
	return CLAIMS_NOT_TESTABLE;
}
