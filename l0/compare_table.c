// SPDX-License-Identifier: GPL-2.0-only
/* Fills the tables of a comparison. Two sides get intervals and counts; more sides get a median and a ratio each. */
#include "compare_table.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "results/memory.h"

static void add(struct compare_table *table, size_t *count, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
static void add(struct compare_table *table, size_t *count, const char *format, ...)
{
	char text[NB_LOAD_MAX_TEXT + 1];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	table->cell = nb_grow(table->cell, *count, sizeof(*table->cell));
	table->cell[(*count)++] = nb_strdup(text);
}

/* "-" for what was not measured. */
static void add_number(struct compare_table *table, size_t *count, int decimals, double value)
{
	if (isnan(value))
		add(table, count, "-");
	else
		add(table, count, "%.*f", decimals, value);
}

/* The columns that name a row. */
static const char *const names[] = {"op", "family", "level", "config", "route", "l0", "kernel", "kernel_args", "cpu"};

#define NAMES            (sizeof(names) / sizeof(names[0]))
#define FIRST_OF_MACHINE 6

static const char *name_cell(const struct nb_loaded_row *row, size_t name)
{
	const char *const cells[NAMES] = {row->op, row->family, row->level,       row->config, row->route,
					  row->l0, row->kernel, row->kernel_args, row->cpu};

	return cells[name];
}

/* A person sees only the names that tell rows apart. A file has all names but those of the sides. */
static bool shows(const struct comparison *c, size_t name, bool rounded)
{
	static const char *const by[] = {
		[NB_BY_VARIANT] = "", [NB_BY_KERNEL] = "kernel", [NB_BY_KERNEL_ARGS] = "kernel_args",
		[NB_BY_CPU] = "cpu",  [NB_BY_CONFIG] = "config", [NB_BY_LEVEL] = "level"};
	const bool machine = name >= FIRST_OF_MACHINE;

	if (strcmp(names[name], by[c->options->by]) == 0 || (machine && c->options->by == NB_BY_VARIANT) ||
	    (c->options->by == NB_BY_LEVEL && strcmp(names[name], "route") == 0))
		return false;
	if (!rounded || name == 0 || name == 2 || name == 3)
		return true;
	for (size_t i = 1; machine && i < c->matches.compared; i++)
		if (strcmp(name_cell(c->matches.match[0].any, name), name_cell(c->matches.match[i].any, name)) != 0)
			return true;
	return false;
}

void compare_table__print_name(const struct comparison *c, const struct nb_loaded_row *row, FILE *out)
{
	fprintf(out, "%s on %s%s%s, route %s, l0 %s", row->op, row->level, *row->config ? ", " : "", row->config,
		row->route, row->l0);
	for (size_t name = FIRST_OF_MACHINE; name < NAMES; name++)
		if (shows(c, name, true))
			fprintf(out, ", %s %s", names[name], *name_cell(row, name) ? name_cell(row, name) : "-");
}

static void add_headings(struct compare_table *table, size_t *count, const struct comparison *c, bool rounded)
{
	const bool two = c->sides.count == 2;

	for (size_t i = 0; i < NAMES; i++)
		if (shows(c, i, rounded))
			add(table, count, "%s", names[i]);
	table->texts = *count;
	if (two && rounded) {
		static const char *const of_two[] = {"n(A)",    "n(B)", "p50(A)",   "p50(B)",  "ratio",
						     "95% low", "high", "exits(A)", "exits(B)"};

		for (size_t i = 0; i < sizeof(of_two) / sizeof(of_two[0]); i++)
			add(table, count, "%s", of_two[i]);
		return;
	}
	for (size_t side = 0; side < c->sides.count; side++) {
		const char *head = c->sides.side[side].head;
		char name[COMPARE_NAME];

		if (rounded) {
			add(table, count, "%s", head);
			if (side)
				add(table, count, "%s/A", compare__side_name(name, side));
			continue;
		}
		add(table, count, "n %s", head);
		add(table, count, "p50 %s", head);
		add(table, count, "net p50 %s", head);
		add(table, count, "exits %s", head);
		if (side) {
			add(table, count, "ratio %s", head);
			add(table, count, "ratio low %s", head);
			add(table, count, "ratio high %s", head);
		}
	}
	if (rounded)
		add(table, count, "exits");
}

static double median(const struct nb_match *match, size_t side)
{
	if (side)
		return match->ratio[side].median_b;
	for (size_t i = 1; i < 64; i++)
		if (match->measured >> i & 1)
			return match->ratio[i].median_a;
	return NAN;
}

static double exits(const struct nb_match *match, size_t side)
{
	return match->measured >> side & 1 ? match->row[side]->exits : NAN;
}

static void add_two(struct compare_table *table, size_t *count, const struct nb_match *match)
{
	const struct nb_ratio *ratio = &match->ratio[1];

	add(table, count, "%zu", match->row[0]->sample_count);
	add(table, count, "%zu", match->row[1]->sample_count);
	add_number(table, count, 2, ratio->median_a);
	add_number(table, count, 2, ratio->median_b);
	add_number(table, count, 3, ratio->ratio);
	add_number(table, count, 3, ratio->low);
	add_number(table, count, 3, ratio->high);
	add_number(table, count, 2, match->row[0]->exits);
	add_number(table, count, 2, match->row[1]->exits);
}

/* One number where all sides have the same exits, else one of each side: "2.00/6.00/-". */
static void add_exits(struct compare_table *table, size_t *count, const struct comparison *c,
		      const struct nb_match *match)
{
	char text[NB_SIDES_MAX * 24] = "";
	size_t at = 0, sides = c->sides.count;
	bool same = true;

	for (size_t side = 1; side < sides && match->measured; side++)
		same = same && (!(match->measured >> side & 1) || fabs(exits(match, side) - exits(match, 0)) < 0.005 ||
				(isnan(exits(match, side)) && isnan(exits(match, 0))));
	if (same) {
		add_number(table, count, 2, exits(match, 0));
		return;
	}
	for (size_t side = 0; side < sides && at < sizeof(text) - 24; side++)
		at += (size_t)snprintf(text + at, sizeof(text) - at, isnan(exits(match, side)) ? "%s-" : "%s%.2f",
				       side ? "/" : "", exits(match, side));
	add(table, count, "%s", text);
}

static void add_many(struct compare_table *table, size_t *count, const struct comparison *c,
		     const struct nb_match *match)
{
	for (size_t side = 0; side < c->sides.count; side++) {
		add_number(table, count, 2, median(match, side));
		if (side)
			add_number(table, count, 3, match->ratio[side].ratio);
	}
	add_exits(table, count, c, match);
}

static void add_exact(struct compare_table *table, size_t *count, const struct comparison *c,
		      const struct nb_match *match)
{
	for (size_t side = 0; side < c->sides.count; side++) {
		const struct nb_loaded_row *row = match->measured >> side & 1 ? match->row[side] : NULL;

		add(table, count, "%zu", row ? row->sample_count : 0);
		add_number(table, count, 2, median(match, side));
		add_number(table, count, 2, row ? row->net_p50 : NAN);
		add_number(table, count, 2, row ? row->exits : NAN);
		if (side) {
			add_number(table, count, 6, match->ratio[side].ratio);
			add_number(table, count, 6, match->ratio[side].low);
			add_number(table, count, 6, match->ratio[side].high);
		}
	}
}

void compare_table__of_rows(struct compare_table *table, const struct comparison *c, bool all, bool rounded)
{
	size_t count = 0;

	*table = (struct compare_table){0};
	add_headings(table, &count, c, rounded);
	table->columns = count;
	for (size_t i = 0; i < c->matches.compared; i++) {
		const struct nb_match *match = &c->matches.match[i];

		if (!all && !match->differs)
			continue;
		for (size_t name = 0; name < NAMES; name++)
			if (shows(c, name, rounded))
				add(table, &count, "%s", name_cell(match->any, name));
		if (!rounded)
			add_exact(table, &count, c, match);
		else if (c->sides.count == 2)
			add_two(table, &count, match);
		else
			add_many(table, &count, c, match);
		table->rows++;
	}
}

/* The number of rows stands once; a side that has fewer says so beside its mean. */
static void add_mean(struct compare_table *table, size_t *count, double mean, size_t rows, size_t most)
{
	if (rows == most || !rows)
		add_number(table, count, 3, mean);
	else
		add(table, count, "%.3f (%zu)", mean, rows);
}

void compare_table__of_means(struct compare_table *table, const struct comparison *c)
{
	const size_t sides = c->sides.count;
	size_t count = 0;

	*table = (struct compare_table){.texts = 1, .rows = c->means.count};
	add(table, &count, "family");
	add(table, &count, "rows exiting");
	for (size_t side = 1; side < sides; side++)
		add(table, &count, "%s", c->sides.side[side].head);
	add(table, &count, "rows");
	for (size_t side = 1; side < sides; side++)
		add(table, &count, "all: %s", c->sides.side[side].head);
	table->columns = count;
	for (size_t i = 0; i < c->means.count; i++) {
		const struct nb_family_means *family = &c->means.family[i];

		add(table, &count, "%s", family->family);
		add(table, &count, "%zu", family->side[0].exiting_rows);
		for (size_t side = 1; side < sides; side++)
			add_mean(table, &count, family->side[side].exiting, family->side[side].exiting_rows,
				 family->side[0].exiting_rows);
		add(table, &count, "%zu", family->side[0].all_rows);
		for (size_t side = 1; side < sides; side++)
			add_mean(table, &count, family->side[side].all, family->side[side].all_rows,
				 family->side[0].all_rows);
	}
}

void compare_table__print(const struct compare_table *table, FILE *out)
{
	int *width = calloc(table->columns + 1, sizeof(*width));

	for (size_t i = 0; width && i < table->columns * (table->rows + 1); i++)
		if ((int)strlen(table->cell[i]) > width[i % table->columns])
			width[i % table->columns] = (int)strlen(table->cell[i]);
	for (size_t i = 0; width && i < table->columns * (table->rows + 1); i++) {
		const size_t column = i % table->columns;

		fprintf(out, "%s%*s%s", column ? "  " : "", column < table->texts ? -width[column] : width[column],
			table->cell[i], column + 1 == table->columns ? "\n" : "");
	}
	free(width);
}

void compare_table__free(struct compare_table *table)
{
	for (size_t i = 0; i < table->columns * (table->rows + 1) && table->cell; i++)
		free(table->cell[i]);
	free(table->cell);
	*table = (struct compare_table){0};
}
