// SPDX-License-Identifier: GPL-2.0-only
/*
 * Prints a comparison for a person: the compared sides, the differences, and everything that the
 * table leaves out.
 */
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "l0/base/allocate.h"
#include "l0/report/compare.h"
#include "l0/report/compare_table.h"

#define LINE_WIDTH 118

/* Maximum number of operations named for one reason; --all names all. */
#define NAMED_MOST 12

/* Maximum number of reasons printed for rows that no side measured; --all prints all. */
#define REASONS_MOST 3

static void print_side(const struct comparison *c, size_t side, FILE *out)
{
	const struct nb_side *s = &c->sides.side[side];
	const struct nb_loaded *loaded = &s->result->loaded;
	char name[COMPARE_NAME];

	fprintf(out, "%s: %s, machine %s", compare__side_name(name, side), s->result->path, loaded->machine);
	if (c->options->by == NB_BY_CONFIG)
		fprintf(out, ", config %s", *s->names->config ? s->names->config : "-");
	if (c->options->by == NB_BY_LEVEL)
		fprintf(out, ", level %s", s->names->level);
	if (*s->names->kernel)
		fprintf(out, ", kernel %s", s->names->kernel);
	if (*s->names->kernel_args)
		fprintf(out, " (%s)", s->names->kernel_args);
	if (*s->names->cpu)
		fprintf(out, ", CPU %s", s->names->cpu);
	fprintf(out, ", clock %s%s\n", loaded->clock, nb_loaded_is_whole(loaded) ? "" : ", incomplete");
}

static void print_legend(const struct comparison *c, FILE *out)
{
	if (!compare__same_clock(c))
		fprintf(out, "The clocks of these sides differ: a ratio means nothing physical\n");
	for (size_t side = 0; side < c->sides.count; side++)
		print_side(c, side, out);
	for (size_t side = 1; side < c->sides.count; side++)
		if (strcmp(c->sides.side[0].result->loaded.machine, c->sides.side[side].result->loaded.machine) != 0) {
			fprintf(out, "These sides are of different machines: a ratio compares the machines, too\n");
			break;
		}
	fprintf(out, "p50: the median in ticks, with the loop around the operation; ratio: of a p50 to that of A, %s\n",
		c->sides.side[0].head);
	fprintf(out,
		"differs: exits by more than %g, or the 95%% interval of the ratio (%d bootstrap resamples, seed %u) "
		"leaves 1 out\n",
		c->options->threshold.exits, NB_RESAMPLES, c->options->seed);
}

static bool exits_differ(const struct comparison *c, const struct nb_match *match)
{
	const double off = c->options->threshold.exits;

	for (size_t side = 1; side < c->sides.count; side++)
		if (match->measured >> side & 1 && (nb_exceeds(match->row[side]->exits, match->row[0]->exits, off) ||
						    nb_exceeds(match->row[0]->exits, match->row[side]->exits, off)))
			return true;
	return false;
}

static void print_counts(const struct comparison *c, FILE *out)
{
	size_t differing = 0, in_exits = 0;

	for (size_t i = 0; i < c->matches.compared; i++) {
		differing += c->matches.match[i].differs;
		in_exits += exits_differ(c, &c->matches.match[i]);
	}
	fprintf(out, "%zu of %zu rows differ, %zu of them in exits; %zu are equal within noise%s\n", differing,
		c->matches.compared, in_exits, c->matches.compared - differing,
		c->options->all || differing == c->matches.compared ? "" : " (--all prints them, too)");
}

/* --- Rows that were not measured, or cannot be trusted --- */

static bool is_trusted(const struct nb_loaded_row *row)
{
	return row->sample_count && strcmp(row->status, "ok") == 0;
}

static uint64_t all_sides(const struct comparison *c)
{
	return c->sides.count == 64 ? UINT64_MAX : (UINT64_C(1) << c->sides.count) - 1;
}

/*
 * Returns why a side has no samples of the match: the note of its row, or that there is no such
 * row.
 */
static const char *reason_of(const struct nb_match *match, size_t sides)
{
	for (size_t side = 0; side < sides; side++)
		if (!(match->measured >> side & 1) && match->row[side])
			return *match->row[side]->note ? match->row[side]->note : match->row[side]->status;
	return "no such row";
}

static bool same_lack(const struct comparison *c, const struct nb_match *a, const struct nb_match *b)
{
	return a->measured == b->measured && strcmp(reason_of(a, c->sides.count), reason_of(b, c->sides.count)) == 0;
}

/* Prints the rows of a group, wrapped at LINE_WIDTH. */
static void print_operations(const struct comparison *c, const struct nb_match *first, FILE *out)
{
	const struct nb_match *end = c->matches.match + c->matches.count;
	size_t named = 0, column = 0;

	for (const struct nb_match *match = first; match < end; match++) {
		char name[160];
		size_t length;

		if (!same_lack(c, first, match) || (++named > NAMED_MOST && !c->options->all))
			continue;
		length = (size_t)snprintf(name, sizeof(name), "%s %s%s%.100s", match->any->op, match->any->level,
					  *match->any->config ? " " : "", match->any->config);
		if (column && column + length + 2 > LINE_WIDTH) {
			fputs(",\n", out);
			column = 0;
		}
		column += (size_t)fprintf(out, "%s%s", column ? ", " : "    ", name);
	}
	if (named > NAMED_MOST && !c->options->all)
		fprintf(out, ", and %zu more (--all)", named - NAMED_MOST);
	fputs("\n", out);
}

/* Prints a list of sides such as "only A, C". */
static void print_owners(const struct comparison *c, uint64_t measured, FILE *out)
{
	const char *between = "only ";
	char name[COMPARE_NAME];

	for (size_t side = 0; side < c->sides.count; side++)
		if (measured >> side & 1) {
			fprintf(out, "%s%s", between, compare__side_name(name, side));
			between = ", ";
		}
}

/*
 * A group of rows that miss samples on the same sides for the same reason: its first match and its
 * size.
 */
struct lack {
	const struct nb_match *first;
	size_t count;
};

static int most_first(const void *left, const void *right)
{
	const struct lack *l = left, *r = right;

	if (l->count != r->count)
		return l->count < r->count ? 1 : -1;
	return (l->first > r->first) - (l->first < r->first);
}

static struct lack *find_lacks(const struct comparison *c, bool everywhere, size_t *count)
{
	struct lack *lacks = NULL;

	*count = 0;
	for (size_t i = 0; i < c->matches.count; i++) {
		const struct nb_match *match = &c->matches.match[i];
		size_t j = 0;

		if (match->measured == all_sides(c) || !match->measured != everywhere)
			continue;
		while (j < *count && !same_lack(c, lacks[j].first, match))
			j++;
		if (j == *count) {
			lacks = nb_grow(lacks, *count, sizeof(*lacks));
			lacks[(*count)++].first = match;
		}
		lacks[j].count++;
	}
	if (lacks)
		qsort(lacks, *count, sizeof(*lacks), most_first);
	return lacks;
}

/* A row that is missing on all sides is no difference, so only the reasons are counted. */
static void print_missing_everywhere(const struct comparison *c, FILE *out)
{
	size_t count, rows = 0, others = 0;
	struct lack *lacks = find_lacks(c, true, &count);
	const size_t shown = c->options->all || count <= REASONS_MOST ? count : REASONS_MOST;

	for (size_t i = 0; i < count; i++)
		rows += lacks[i].count;
	if (rows)
		fprintf(out, "no side measured %zu rows:\n", rows);
	for (size_t i = 0; i < count; i++) {
		if (i < shown)
			fprintf(out, "%6zu  %s\n", lacks[i].count, reason_of(lacks[i].first, c->sides.count));
		else
			others += lacks[i].count;
	}
	if (others)
		fprintf(out, "%6zu  for %zu other reasons (--all)\n", others, count - shown);
	free(lacks);
}

static void print_missing_somewhere(const struct comparison *c, FILE *out)
{
	size_t count;
	struct lack *lacks = find_lacks(c, false, &count);

	for (size_t i = 0; i < count; i++) {
		print_owners(c, lacks[i].first->measured, out);
		fprintf(out, " measured %zu row%s; elsewhere: %s\n", lacks[i].count, lacks[i].count == 1 ? "" : "s",
			reason_of(lacks[i].first, c->sides.count));
		print_operations(c, lacks[i].first, out);
	}
	free(lacks);
}

static void print_row_name(const struct comparison *c, const char *what, size_t side, const struct nb_loaded_row *row,
			   FILE *out)
{
	char name[COMPARE_NAME];

	fprintf(out, "%s%s: ", what, compare__side_name(name, side));
	compare_table__print_name(c, row, out);
}

/* Prints rows with samples whose status in the run is not "ok". */
static void print_doubts(const struct comparison *c, FILE *out)
{
	for (size_t i = 0; i < c->matches.count; i++)
		for (size_t side = 0; side < c->sides.count; side++) {
			const struct nb_loaded_row *row = c->matches.match[i].row[side];
			char what[32];

			if (!row || !row->sample_count || is_trusted(row))
				continue;
			snprintf(what, sizeof(what), "%.20s in ", row->status);
			print_row_name(c, what, side, row, out);
			fprintf(out, "%s%s\n", *row->note ? ": " : "", row->note);
		}
}

/* --- Findings --- */

/* Prints the rows above the threshold, which make the exit code 1. */
static void print_findings(const struct comparison *c, FILE *out)
{
	const struct compare_threshold *threshold = &c->options->threshold;
	size_t count = 0;

	fprintf(out, "threshold: exits +%g, ticks +%g%%\n", threshold->exits, threshold->ticks);
	for (size_t i = 0; i < c->matches.compared; i++)
		for (size_t side = 1; side < c->sides.count; side++) {
			const struct nb_match *match = &c->matches.match[i];
			const bool slower = compare_threshold__slower(threshold, match, side),
				   exits = compare_threshold__more_exits(threshold, match, side);

			if (exits) {
				print_row_name(c, "more exits on ", side, match->row[side], out);
				fprintf(out, ": %.2f for one execution, on A %.2f\n", match->row[side]->exits,
					match->row[0]->exits);
			}
			if (slower) {
				print_row_name(c, "slower on ", side, match->row[side], out);
				fprintf(out, ": at least %.3f, the threshold is %.3f\n", match->ratio[side].low,
					compare_threshold__ratio(threshold));
			}
			count += exits || slower;
		}
	if (!count)
		fprintf(out, "no row is past the threshold\n");
}

void compare_text__print(const struct comparison *c, FILE *out)
{
	struct compare_table table;

	print_legend(c, out);
	compare_table__of_rows(&table, c, c->options->all, false);
	if (table.rows)
		table__print(&table.table, out);
	compare_table__free(&table);
	print_counts(c, out);
	fprintf(out, "\ngeometric mean of the ratios, by family\n");
	compare_table__of_means(&table, c);
	table__print(&table.table, out);
	compare_table__free(&table);
	fprintf(out, "exiting: rows of %g exits or more for one execution; all: also rows of a few ticks\n\n",
		NB_EXITS_LEAST);
	print_missing_everywhere(c, out);
	print_missing_somewhere(c, out);
	print_doubts(c, out);
	if (c->options->judged)
		print_findings(c, out);
}
