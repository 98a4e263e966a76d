// SPDX-License-Identifier: GPL-2.0-only
/*
 * The claim about which VMCS fields to shadow. Its data are policies.csv of `make reference`, from
 * a run of `nestbed run --shadow-policy`.
 */
#include "l0/claims/claims.h"

#include <math.h>
#include <string.h>

#include "l0/results/csv.h"

enum { NONE, LINUX, HOT, ALL, FREE, POLICIES };

static const struct {
	const char *name, *config;
} policies[POLICIES] = {
	[NONE] = {"none", SHADOW_OFF},
	[LINUX] = {"linux", SHADOW_ON " shadow_policy=linux"},
	[HOT] = {"hot", SHADOW_ON " shadow_policy=hot"},
	[ALL] = {"all", SHADOW_ON " shadow_policy=all"},
	[FREE] = {"free", SHADOW_ON " shadow_policy=free"},
};

static const char *const levels[] = {"L2", "L3", "L4"};
#define LEVELS (sizeof(levels) / sizeof(levels[0]))

/*
 * Operations at one level: their number, and the least and largest ratio of a policy's ticks to the
 * ticks of `linux`.
 */
struct ratios {
	size_t count;
	double least[POLICIES], most[POLICIES];
	bool complete; /* `all` and `linux` were measured for each operation */
};

static bool is_shown(const struct nb_csv *csv, size_t row, const char *level)
{
	const char *op = nb_csv_cell(csv, row, "op");

	if (strcmp(nb_csv_cell(csv, row, "level"), level) != 0 || strcmp(op, "empty") == 0)
		return false;
	for (size_t i = 0; i < row; i++)
		if (strcmp(nb_csv_cell(csv, i, "level"), level) == 0 && strcmp(nb_csv_cell(csv, i, "op"), op) == 0)
			return false;
	return true;
}

static void put_op(const struct nb_csv *csv, const char *op, const char *level, struct ratios *ratios, FILE *out)
{
	double net[POLICIES];

	fprintf(out, "| `%s` | %s |", op, level);
	for (size_t i = 0; i < POLICIES; i++) {
		double exits = claims__cell(csv, op, level, policies[i].config, "l0_exits_per_op");

		net[i] = claims__cell(csv, op, level, policies[i].config, "net_p50_ticks");
		if (isfinite(net[i]) && isfinite(exits))
			fprintf(out, " %s (%s) |", NUMBER(net[i]), NUMBER(exits));
		else
			fputs(" |", out);
	}
	fputs("\n", out);
	ratios->count++;
	ratios->complete = ratios->complete && net[LINUX] > 0 && net[ALL] > 0;
	for (size_t i = 0; i < POLICIES; i++) {
		ratios->least[i] = fmin(ratios->least[i], net[i] / net[LINUX]);
		ratios->most[i] = fmax(ratios->most[i], net[i] / net[LINUX]);
	}
}

static struct ratios put_level(const struct nb_csv *csv, const char *level, FILE *out)
{
	struct ratios ratios = {.complete = true};

	for (size_t i = 0; i < POLICIES; i++) {
		ratios.least[i] = INFINITY;
		ratios.most[i] = -INFINITY;
	}
	for (size_t row = 0; row < csv->rows; row++)
		if (is_shown(csv, row, level))
			put_op(csv, nb_csv_cell(csv, row, "op"), level, &ratios, out);
	return ratios;
}

/* Writes the range of ratios of each policy, for example "0.66 to 0.90". `linux` itself is 1. */
static void put_ratios(const char *level, const struct ratios *ratios, FILE *out)
{
	fprintf(out, "| each, to `linux` | %s |", level);
	for (size_t i = 0; i < POLICIES; i++)
		if (i == LINUX)
			fputs(" 1 |", out);
		else if (ratios->least[i] <= ratios->most[i])
			fprintf(out, " %.2f to %.2f |", ratios->least[i], ratios->most[i]);
		else
			fputs(" |", out);
	fputs("\n", out);
}

static void put_head(const struct claims_evidence *e, FILE *out)
{
	fprintf(out, "Net %s, and L0 exits, our hypervisor as L0:\n\n| operation | level |", e->unit);
	for (size_t i = 0; i < POLICIES; i++)
		fprintf(out, " %s |", policies[i].name);
	fputs("\n|---|---|---|---|---|---|---|\n", out);
}

static enum claims_verdict judge(const struct claims_evidence *e, const struct nb_csv *csv, FILE *out)
{
	struct ratios ratios[LEVELS];

	put_head(e, out);
	for (size_t i = 0; i < LEVELS; i++)
		ratios[i] = put_level(csv, levels[i], out);
	for (size_t i = 0; i < LEVELS; i++)
		if (ratios[i].count > 0)
			put_ratios(levels[i], &ratios[i], out);
	if (ratios[0].count == 0 || !ratios[0].complete) {
		fputs("\nMissing: operations at L2, each with the policies `linux` and `all`.\n", out);
		return CLAIMS_NOT_MEASURED;
	}
	fputs("\n`none` shadows no field. `linux` shadows the fields of Linux's list, `hot` the fields that our hypervisor uses in the suite, and `all` every field. "
	      "L0 copies the fields that it merges from and to the shadow VMCS at each transition. `free` shadows every field whose value is the same "
	      "in vmcs12 and vmcs02, in the VMCS that runs L2, so nothing is copied. The other fields trap. At L3, L1 is itself the L0 of a "
	      "hypervisor. It then uses fields that no list of hot fields has. Each such field that traps does so for each exit of L2. The "
	      "claim is about copies, and `free` makes none.\n",
	      out);
	if (!e->latencies) {
		fprintf(out,
			"\nNot testable: the claim is about time. In %s, `all` costs at L2 %.2f to %.2f times as much as `linux`. But a saved exit "
			"also saves hardware time, which counts as no instruction.\n",
			e->unit, ratios[0].least[ALL], ratios[0].most[ALL]);
		return CLAIMS_NOT_TESTABLE;
	}
	return ratios[0].least[ALL] > 1 ? CLAIMS_REPRODUCED : CLAIMS_CONTRADICTED;
}

enum claims_verdict measure_shadow_policy(const struct claims_evidence *e, const struct nb_loaded_row *const *row,
					  FILE *out)
{
	enum claims_verdict verdict;
	struct nb_csv csv;

	(void)row;
	/* A run that measures only policies stores them in results.csv. */
	if (!claims__open_csv(e, "policies.csv", &csv) && !claims__open_csv(e, "results.csv", &csv)) {
		fputs("The result has no policies.csv: `nestbed run --shadow-policy` measures them, and the script `suite` keeps the file.\n",
		      out);
		return CLAIMS_NOT_MEASURED;
	}
	verdict = judge(e, &csv, out);
	nb_csv_free(&csv);
	return verdict;
}
