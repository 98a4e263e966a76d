// SPDX-License-Identifier: GPL-2.0-only
/*
 * Claims about the exits that a page fault of L2 causes. First touches of pages that L1 maps come
 * from results.json and paging.csv. Pages that the handler of L2 maps come from paging.csv.
 */
#include <math.h>
#include <string.h>

#include "l0/claims/claims.h"
#include "l0/results/csv.h"
#include "l0/results/ledger.h"

/*
 * Shapes of touch_1, demand_1 and so on. Below the same table, a 4 KiB page has one more level of
 * tables than a 2 MiB page.
 */
static const struct shape {
	const char *name, *page;
	unsigned levels;
} shapes[] = {
	{"1", "4 KiB", 1},    {"2", "4 KiB", 2},    {"3", "4 KiB", 3},
	{"2m_1", "2 MiB", 1}, {"2m_2", "2 MiB", 2}, {"1g_1", "1 GiB", 1},
};
#define SHAPES (sizeof(shapes) / sizeof(*shapes))

/* Numbers of one execution. NAN: not known. */
struct fault {
	double to_l1; /* virtual exits to L1 */
	double exits; /* exits to L0 */
	double net;
};

static struct fault from_csv(const struct nb_csv *csv, const char *op, const struct shape *shape, const char *config)
{
	char name[16];

	snprintf(name, sizeof(name), "%s_%s", op, shape->name);
	return (struct fault){
		.to_l1 = claims__cell(csv, name, "L2", config, "hv_exits_per_op"),
		.exits = claims__cell(csv, name, "L2", config, "l0_exits_per_op"),
		.net = claims__cell(csv, name, "L2", config, "net_p50_ticks"),
	};
}

static const char *known(char text[CLAIMS_NUMBER], double value)
{
	return isnan(value) ? "-" : claims__number(text, value);
}
#define KNOWN(value) known((char[CLAIMS_NUMBER]){0}, value)

/* An exit is two world switches: from the guest to L0, and from L0 to the guest. */
static double switches(double exits)
{
	return 2 * exits;
}

static void put_head(const char *levels, const char *exits, const char *world_switches, const char *unit, FILE *out)
{
	fprintf(out,
		"| page | %s | way | virtual exits to L1 | L0 exits | %s | world switches | %s | net %s |\n"
		"|---|---|---|---|---|---|---|---|---|\n",
		levels, exits, world_switches, unit);
}

/* published is the published number of L0 exits; NAN: the publication is about another way. */
static void put_fault(const struct shape *shape, const char *way, const struct fault *f, double published, FILE *out)
{
	fprintf(out, "| %s | %u | %s | %s | %s | %s | %s | %s | %s |\n", shape->page, shape->levels, way,
		KNOWN(f->to_l1), KNOWN(f->exits), KNOWN(published), KNOWN(switches(f->exits)),
		KNOWN(switches(published)), KNOWN(f->net));
}

/* Writes one row of results.json. */
static void put_touch(const struct claims_evidence *e, const struct nb_loaded_row *row, const struct shape *shape,
		      const char *way, FILE *out)
{
	const struct fault fault = {nb_counted(e->loaded, row, "hv.exit."), row->exits, row->net_p50};

	put_fault(shape, way, &fault, shape->levels + 3, out);
}

/* Writes the other ways. The first way comes from results.json. */
static void put_ways(const struct nb_csv *csv, const struct shape *shape, FILE *out)
{
	for (unsigned way = WAY_EPT_ON_EPT + 1; way < CLAIMS_WAYS; way++) {
		const struct fault fault = from_csv(csv, "touch", shape, claims_ways[way].config);

		put_fault(shape, claims_ways[way].name, &fault, NAN, out);
	}
}

/* row[] holds the rows of all shapes with shadowing on, then all rows with shadowing off. */
enum claims_verdict measure_first_touch(const struct claims_evidence *e, const struct nb_loaded_row *const *row,
					FILE *out)
{
	struct nb_csv csv;
	const bool others = claims__open_csv(e, "paging.csv", &csv);
	bool fewer = true;

	put_head("levels n of L1's tables", "n + 3", "2n + 6", e->unit, out);
	for (size_t i = 0; i < SHAPES; i++) {
		put_touch(e, row[i], &shapes[i], "EPT on EPT", out);
		put_touch(e, row[i + SHAPES], &shapes[i], "the same, VMCS shadowing off", out);
		if (others)
			put_ways(&csv, &shapes[i], out);
		fewer = fewer && row[i]->exits < shapes[i].levels + 3 + CLAIMS_BY_CHANCE;
	}
	fputs("\nThe EPT violation itself and the addition to ept02 by L0 are two exits. Our hypervisor's VMRESUME is one. A store by "
	      "our hypervisor to a table that KVM has used for L2 is one more. KVM does not watch new tables, so two "
	      "and three levels cost the same. KVM makes tables of the last level writable, but not tables that map larger pages. "
	      "Without shadowing the two VMREADs also exit. Fractions of an exit are pages that L0 has mapped for itself. With shadow "
	      "tables a first touch changes no table of L2. 2n + 4 and 4n + 8 are published only for such changes: [demand](#demand) has "
	      "them.\n\n"
	      "EPT on EPT comes from results.csv and the counters of results.json. The other ways ",
	      out);
	fputs(others ? "come from paging.csv, and \"-\" means that it has no such column or row"
		     : "would come from paging.csv, which this result does not have",
	      out);
	fputs(". World switches are not counted but computed: an exit is two, to L0 and back.\n", out);
	if (others)
		nb_csv_free(&csv);
	return fewer ? CLAIMS_REPRODUCED : CLAIMS_CONTRADICTED;
}

enum claims_verdict measure_demand(const struct claims_evidence *e, const struct nb_loaded_row *const *row, FILE *out)
{
	bool complete = true, same = true;
	struct nb_csv csv;

	(void)row;
	if (!claims__open_csv(e, "paging.csv", &csv)) {
		fputs(CLAIMS_NO_PAGING, out);
		return CLAIMS_NOT_MEASURED;
	}
	put_head("levels n of L2's tables", "2n + 4", "4n + 8", e->unit, out);
	for (size_t i = 0; i < SHAPES; i++)
		for (unsigned way = 0; way < CLAIMS_WAYS; way++) {
			const struct fault fault = from_csv(&csv, "demand", &shapes[i], claims_ways[way].config);
			const double published = way == WAY_SHADOW_ON_EPT ? 2 * shapes[i].levels + 4 : NAN;

			put_fault(&shapes[i], claims_ways[way].name, &fault, published, out);
			if (isnan(published))
				continue;
			complete = complete && isfinite(fault.exits);
			same = same && fabs(fault.exits - published) < 0.5;
		}
	nb_csv_free(&csv);
	fputs("\nThe fault, each store to a table that has a shadow, and the fault that fills the shadow are exits of L2 that L1 handles. "
	      "Each of them takes two exits to L0: itself and VMRESUME. A virtual TLB sees no stores, and with EPT on EPT nothing exits. Fractions of an "
	      "exit are pages that L0 has mapped for itself. All figures come from paging.csv, and \"-\" means that it has no such column. World switches are "
	      "not counted but computed: an exit is two, to L0 and back.\n",
	      out);
	return !complete ? CLAIMS_NOT_MEASURED : same ? CLAIMS_REPRODUCED : CLAIMS_CONTRADICTED;
}
