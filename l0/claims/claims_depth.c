// SPDX-License-Identifier: GPL-2.0-only
/*
 * Claims about nesting depth: the cost of one more level, and which hypervisor handles which exits.
 * The data are depth.csv of `nestbed run --depth` and depth-kvm.csv of `make reference`.
 */
#include "l0/claims/claims.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "l0/request/config.h"
#include "l0/results/csv.h"
#include "l0/results/depth.h"
#include "l0/witness/chain.h"

/* Both files have the same columns, and both name the L0. One file is enough. */
#define FILES 2
struct files {
	struct nb_csv csv[FILES];
	size_t count;
};

struct spot {
	const struct nb_csv *csv; /* NULL: not measured */
	size_t row;
};

static bool open_files(const struct claims_evidence *e, struct files *files, FILE *out)
{
	static const char *const names[FILES] = {"depth.csv", "depth-kvm.csv"};

	files->count = 0;
	for (size_t i = 0; i < FILES; i++)
		files->count += claims__open_csv(e, names[i], &files->csv[files->count]);
	if (files->count == 0)
		fputs("The result has no depth.csv: `nestbed run --depth 3` makes one.\n", out);
	return files->count > 0;
}

static void close_files(struct files *files)
{
	for (size_t i = 0; i < files->count; i++)
		nb_csv_free(&files->csv[i]);
}

static const char *cell(struct spot spot, const char *name)
{
	return nb_csv_cell(spot.csv, spot.row, name);
}

static bool has(struct spot spot, const char *name, const char *text)
{
	return strcmp(cell(spot, name), text) == 0;
}

/* Returns 0 if the row is not good or its level is not in 1..STACK_DEEPEST. */
static int level_of(struct spot spot)
{
	int level = nb_level_number(cell(spot, "level"));

	return has(spot, "status", "ok") && level > 0 && level <= (int)STACK_DEEPEST ? level : 0;
}

/*
 * Finds the row with the same configuration. Otherwise it returns the first row whose configuration
 * is equal up to this level, because equal configurations are measured only once.
 */
static struct spot find(const struct files *files, const char *l0, const char *op, const char *config, int level)
{
	const struct config wanted = config__of(config);
	struct spot found = {NULL, 0};

	for (size_t i = 0; i < files->count; i++)
		for (size_t row = 0; row < files->csv[i].rows; row++) {
			struct spot spot = {&files->csv[i], row};
			struct config config_of_row;

			if (level_of(spot) != level || !has(spot, "l0", l0) || !has(spot, "op", op))
				continue;
			if (has(spot, "config", config))
				return spot;
			config_of_row = config__of(cell(spot, "config"));
			if (!found.csv && config__same_at(&config_of_row, &wanted, l0, (unsigned)level))
				found = spot;
		}
	return found;
}

/* --- Slowdown from level to level --- */

/* Computers and kernels differ, so ratios within a factor of two count as equal. */
#define DVH_NEAR 2.0

static const struct {
	const char *name, *l0, *config;
} stacks[] = {
	{"ours, shadowing on", "own", SHADOW_ON},
	{"ours, shadowing off", "own", SHADOW_OFF},
	{"KVM, shadowing on", "kvm", SHADOW_ON},
};
#define STACKS    (sizeof(stacks) / sizeof(stacks[0]))
#define STACK_KVM 2 /* the published numbers are for KVM */

/* Returns NAN if the hypercall was not measured. */
static double hypercall(const struct files *files, size_t stack, int level, const char *column)
{
	struct spot spot = find(files, stacks[stack].l0, "vmcall", stacks[stack].config, level);

	return spot.csv ? nb_csv_number(spot.csv, spot.row, column) : NAN;
}

/*
 * Returns the median at this level divided by the median one level above. The result is positive,
 * or NAN.
 */
static double factor(const struct files *files, size_t stack, int level)
{
	double below = hypercall(files, stack, level, "net_p50_ticks"),
	       above = hypercall(files, stack, level - 1, "net_p50_ticks");

	return below > 0 && above > 0 ? below / above : NAN;
}

static double published(int level)
{
	return level > 1 && level <= NB_DEPTH_PUBLISHED ? nb_depth_published[level - 1] / nb_depth_published[level - 2]
							: NAN;
}

static void put_factor(double times, FILE *out)
{
	if (isfinite(times))
		fprintf(out, " %.1f |", times);
	else
		fputs(" |", out);
}

static void put_hypercalls(const struct claims_evidence *e, const struct files *files, FILE *out)
{
	fprintf(out,
		"| L0 | level | L0 exits of a hypercall | %s | factor to one level below | published |\n|---|---|---|---|---|---|\n",
		e->unit);
	for (size_t stack = 0; stack < STACKS; stack++)
		for (int level = 1; level <= (int)STACK_DEEPEST; level++) {
			double ticks = hypercall(files, stack, level, "net_p50_ticks"),
			       exits = hypercall(files, stack, level, "l0_exits_per_op");

			if (!isfinite(ticks) || !isfinite(exits))
				continue;
			fprintf(out, "| %s | L%d | %s | %s |", stacks[stack].name, level, NUMBER(exits), NUMBER(ticks));
			put_factor(factor(files, stack, level), out);
			put_factor(published(level), out);
			fputs("\n", out);
		}
}

static bool is_near(double measured, double said)
{
	return measured <= DVH_NEAR * said && measured >= said / DVH_NEAR;
}

static enum claims_verdict judge_depth(const struct claims_evidence *e, const struct files *files, FILE *out)
{
	double l2 = factor(files, STACK_KVM, 2), l3 = factor(files, STACK_KVM, 3);

	if (!isfinite(l2) || !isfinite(l3)) {
		fputs("Missing: vmcall at L1, L2 and L3 with KVM as L0, shadowing on.\n", out);
		return CLAIMS_NOT_MEASURED;
	}
	put_hypercalls(e, files, out);
	fprintf(out,
		"\nThe published numbers are %s, %s and %s cycles of hardware, with KVM at each level. Here our hypervisor runs above L0. It "
		"accesses its VMCS less often ([cpuid-trapped](#cpuid-trapped)). Without shadowing each of these accesses is an exit. "
		"[depth-exits](#depth-exits) shows how exits multiply.\n",
		NUMBER(nb_depth_published[0]), NUMBER(nb_depth_published[1]), NUMBER(nb_depth_published[2]));
	if (!e->latencies) {
		fputs("\nNot testable: the claim is about time. Instructions are not cycles, and an exit of hardware costs time but "
		      "no instruction.\n",
		      out);
		return CLAIMS_NOT_TESTABLE;
	}
	return is_near(l2, published(2)) && is_near(l3, published(3)) ? CLAIMS_REPRODUCED : CLAIMS_CONTRADICTED;
}

enum claims_verdict measure_depth(const struct claims_evidence *e, const struct nb_loaded_row *const *row, FILE *out)
{
	enum claims_verdict verdict;
	struct files files;

	(void)row;
	if (!open_files(e, &files, out))
		return CLAIMS_NOT_MEASURED;
	verdict = judge_depth(e, &files, out);
	close_files(&files);
	return verdict;
}

/* --- Which hypervisor handles which exits --- */

/* Returns the exits of one execution that the hypervisor at `level` handled. */
static double handled(struct spot spot, int level)
{
	char column[32];

	snprintf(column, sizeof(column), "l%d_exits_per_op", level);
	return nb_csv_number(spot.csv, spot.row, column);
}

struct agreement {
	size_t all, same;
	bool complete;
	FILE *differences;
};

/*
 * Compares, for each n, the exits that L(n) handled for this level with the exits that L(n - 1)
 * handled for the previous level.
 */
static void compare(const struct files *files, struct spot spot, struct agreement *agreement)
{
	const int level = level_of(spot);
	const struct spot above = find(files, cell(spot, "l0"), cell(spot, "op"), cell(spot, "config"), level - 1);

	/*
	 * KVM and our hypervisor differ, so their exits need not match: L0's own column is left out
	 * if L0 is KVM.
	 */
	for (int by = has(spot, "l0", "own") ? 1 : 2; above.csv && by < level; by++) {
		double here = handled(spot, by), there = handled(above, by - 1);

		agreement->complete = agreement->complete && isfinite(here) && isfinite(there);
		agreement->all++;
		if (claims__same(here, there)) {
			agreement->same++;
			continue;
		}
		fprintf(agreement->differences, "\nNot the same: %s (%s), L%d handles %s for L%d, L%d %s for L%d.\n",
			cell(spot, "op"), cell(spot, "config"), by, NUMBER(here), level, by - 1, NUMBER(there),
			level - 1);
	}
}

static void put_handled(struct spot spot, FILE *out)
{
	fprintf(out, "| %s | %s | %s | L%d |", has(spot, "l0", "own") ? "ours" : "KVM", cell(spot, "op"),
		cell(spot, "config"), level_of(spot));
	for (int by = 0; by < (int)STACK_DEEPEST; by++) {
		double exits = handled(spot, by);

		if (isfinite(exits))
			fprintf(out, " %s |", NUMBER(exits));
		else
			fputs(" |", out);
	}
	fputs("\n", out);
}

/* Writes the table and compares each of its rows. */
static void put_exits(const struct files *files, struct agreement *agreement, FILE *out)
{
	fputs("Exits of one execution, by who handles them:\n\n| L0 | operation | configuration | level", out);
	for (int by = 0; by < (int)STACK_DEEPEST; by++)
		fprintf(out, " | by L%d", by);
	fputs(" |\n|---|---|---|---", out);
	for (int by = 0; by < (int)STACK_DEEPEST; by++)
		fputs("|---", out);
	fputs("|\n", out);
	for (size_t i = 0; i < files->count; i++)
		for (size_t row = 0; row < files->csv[i].rows; row++) {
			struct spot spot = {&files->csv[i], row};

			if (level_of(spot) == 0)
				continue;
			put_handled(spot, out);
			compare(files, spot, agreement);
		}
}

static enum claims_verdict judge_exits(const struct agreement *agreement, const char *differences, FILE *out)
{
	if (agreement->all == 0 || !agreement->complete) {
		fputs("\nMissing: exits by who handled them, at a level and at the level above it.\n", out);
		return CLAIMS_NOT_MEASURED;
	}
	fprintf(out,
		"\nA hypervisor does not know its level. Of %zu numbers in the columns from L1 on %zu are equal to the number of one level less, one "
		"column to the left%s. If L0 is KVM, its own column is not compared, because KVM is not the hypervisor that runs at L1.\n%s",
		agreement->all, agreement->same,
		agreement->same == agreement->all ? ": one more level adds a column, and L0's number is all that is new"
						  : "",
		differences);
	return agreement->same == agreement->all ? CLAIMS_REPRODUCED : CLAIMS_CONTRADICTED;
}

enum claims_verdict measure_depth_exits(const struct claims_evidence *e, const struct nb_loaded_row *const *row,
					FILE *out)
{
	struct agreement agreement = {.complete = true};
	enum claims_verdict verdict;
	char *differences = NULL;
	struct files files;
	size_t size = 0;

	(void)row;
	if (!open_files(e, &files, out))
		return CLAIMS_NOT_MEASURED;
	agreement.differences = open_memstream(&differences, &size);
	if (!agreement.differences) {
		close_files(&files);
		fputs("No memory to compare them.\n", out);
		return CLAIMS_NOT_MEASURED;
	}
	put_exits(&files, &agreement, out);
	close_files(&files);
	verdict = fclose(agreement.differences) == 0 ? judge_exits(&agreement, differences, out) : CLAIMS_NOT_MEASURED;
	free(differences);
	return verdict;
}
