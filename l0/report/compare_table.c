// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fills the tables of a comparison. Two sides get intervals and counts; more sides get a median and
 * a ratio each.
 */
#include "l0/report/compare_table.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "l0/base/allocate.h"

static void add_column(struct compare_table *table, bool is_number, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
static void add_column(struct compare_table *table, bool is_number, const char *format, ...)
{
	char text[NB_SIDE_HEAD + 64];
	va_list args;

	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	table->columns = nb_grow(table->columns, table->column_count, sizeof(*table->columns));
	table->columns[table->column_count++] = (struct table_column){nb_strdup(text), is_number};
}

/* The columns that name a row. */
static const char *const names[] = {"op", "family", "level", "config", "route", "l0", "kernel", "kernel_args", "cpu"};

#define NAMES            (sizeof(names) / sizeof(names[0]))
#define FIRST_OF_MACHINE 6

/* The widest head in characters that stands above a column. */
#define LABEL_WIDTH 20

static const char *name_cell(const struct nb_loaded_row *row, size_t name)
{
	const char *const cells[NAMES] = {row->op, row->family, row->level,       row->config, row->route,
					  row->l0, row->kernel, row->kernel_args, row->cpu};

	return cells[name];
}

/*
 * A table for a person shows only the names that tell rows apart. An exact table shows all names
 * except the names that separate the sides.
 */
static bool shows(const struct comparison *c, size_t name, bool exact)
{
	static const char *const by[] = {
		[NB_BY_VARIANT] = "", [NB_BY_KERNEL] = "kernel", [NB_BY_KERNEL_ARGS] = "kernel_args",
		[NB_BY_CPU] = "cpu",  [NB_BY_CONFIG] = "config", [NB_BY_LEVEL] = "level"};
	const bool machine = name >= FIRST_OF_MACHINE;

	if (strcmp(names[name], by[c->options->by]) == 0 || (machine && c->options->by == NB_BY_VARIANT) ||
	    (c->options->by == NB_BY_LEVEL && strcmp(names[name], "route") == 0))
		return false;
	if (exact || strcmp(names[name], "op") == 0 || strcmp(names[name], "level") == 0 ||
	    strcmp(names[name], "config") == 0)
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
		if (shows(c, name, false))
			fprintf(out, ", %s %s", names[name], *name_cell(row, name) ? name_cell(row, name) : "-");
}

/*
 * Returns the head of the side if it is not much wider than a number, otherwise a short name such
 * as "A".
 */
static const char *label(const struct comparison *c, size_t side, char name[COMPARE_NAME])
{
	const char *head = c->sides.side[side].head;

	return strlen(head) <= LABEL_WIDTH ? head : compare__side_name(name, side);
}

static void add_columns_of_two(struct compare_table *table, const struct comparison *c)
{
	char name[COMPARE_NAME];

	add_column(table, true, "n(A)");
	add_column(table, true, "n(B)");
	add_column(table, true, "p50 %s", label(c, 0, name));
	add_column(table, true, "p50 %s", label(c, 1, name));
	add_column(table, true, "ratio");
	add_column(table, true, "95%% low");
	add_column(table, true, "high");
	add_column(table, true, "exits(A)");
	add_column(table, true, "exits(B)");
}

static void add_columns_of_many(struct compare_table *table, const struct comparison *c)
{
	for (size_t side = 0; side < c->sides.count; side++) {
		char name[COMPARE_NAME];

		add_column(table, true, "%s", c->sides.side[side].head);
		if (side)
			add_column(table, true, "%s/A", compare__side_name(name, side));
	}
	add_column(table, true, "exits");
}

static void add_exact_columns(struct compare_table *table, const struct comparison *c)
{
	for (size_t side = 0; side < c->sides.count; side++) {
		const char *head = c->sides.side[side].head;

		add_column(table, true, "n %s", head);
		add_column(table, true, "p50 %s", head);
		add_column(table, true, "net p50 %s", head);
		add_column(table, true, "exits %s", head);
		if (side) {
			add_column(table, true, "ratio %s", head);
			add_column(table, true, "ratio low %s", head);
			add_column(table, true, "ratio high %s", head);
		}
	}
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

/* A ratio to 0 ticks is infinite, and a person can read "inf". */
static void add_ratio(struct table *table, double ratio)
{
	if (isinf(ratio))
		table__add(table, "inf");
	else
		table__add_number(table, ratio, 3);
}

static void add_two(struct table *table, const struct nb_match *match)
{
	const struct nb_ratio *ratio = &match->ratio[1];

	table__addf(table, "%zu", match->row[0]->sample_count);
	table__addf(table, "%zu", match->row[1]->sample_count);
	table__add_number(table, ratio->median_a, 2);
	table__add_number(table, ratio->median_b, 2);
	add_ratio(table, ratio->ratio);
	add_ratio(table, ratio->low);
	add_ratio(table, ratio->high);
	table__add_number(table, match->row[0]->exits, 2);
	table__add_number(table, match->row[1]->exits, 2);
}

/*
 * Adds one number if all sides have the same exits, otherwise one number for each side:
 * "2.00/6.00/-".
 */
static void add_exits(struct table *table, const struct comparison *c, const struct nb_match *match)
{
	char text[NB_SIDES_MAX * 24] = "";
	const size_t sides = c->sides.count;
	bool same = true;

	for (size_t side = 1; side < sides; side++)
		same = same && (!(match->measured >> side & 1) || fabs(exits(match, side) - exits(match, 0)) < 0.005 ||
				(isnan(exits(match, side)) && isnan(exits(match, 0))));
	if (same) {
		table__add_number(table, exits(match, 0), 2);
		return;
	}
	for (size_t side = 0; side < sides; side++) {
		const size_t at = strlen(text);

		if (isnan(exits(match, side)))
			snprintf(text + at, sizeof(text) - at, "%s-", side ? "/" : "");
		else
			snprintf(text + at, sizeof(text) - at, "%s%.2f", side ? "/" : "", exits(match, side));
	}
	table__add(table, text);
}

static void add_many(struct table *table, const struct comparison *c, const struct nb_match *match)
{
	for (size_t side = 0; side < c->sides.count; side++) {
		table__add_number(table, median(match, side), 2);
		if (side)
			add_ratio(table, match->ratio[side].ratio);
	}
	add_exits(table, c, match);
}

static void add_exact(struct table *table, const struct comparison *c, const struct nb_match *match)
{
	for (size_t side = 0; side < c->sides.count; side++) {
		const struct nb_loaded_row *row = match->measured >> side & 1 ? match->row[side] : NULL;

		table__addf(table, "%zu", row ? row->sample_count : 0);
		table__add_number(table, median(match, side), 2);
		table__add_number(table, row ? row->net_p50 : NAN, 2);
		table__add_number(table, row ? row->exits : NAN, 2);
		if (side) {
			table__add_number(table, match->ratio[side].ratio, 6);
			table__add_number(table, match->ratio[side].low, 6);
			table__add_number(table, match->ratio[side].high, 6);
		}
	}
}

void compare_table__of_rows(struct compare_table *table, const struct comparison *c, bool all, bool exact)
{
	const bool two = c->sides.count == 2;

	*table = (struct compare_table){0};
	for (size_t name = 0; name < NAMES; name++)
		if (shows(c, name, exact))
			add_column(table, false, "%s", names[name]);
	if (exact)
		add_exact_columns(table, c);
	else if (two)
		add_columns_of_two(table, c);
	else
		add_columns_of_many(table, c);
	table__begin(&table->table, table->columns, table->column_count);
	for (size_t i = 0; i < c->matches.compared; i++) {
		const struct nb_match *match = &c->matches.match[i];

		if (!all && !match->differs)
			continue;
		for (size_t name = 0; name < NAMES; name++)
			if (shows(c, name, exact))
				table__add(&table->table, name_cell(match->any, name));
		if (exact)
			add_exact(&table->table, c, match);
		else if (two)
			add_two(&table->table, match);
		else
			add_many(&table->table, c, match);
		table->rows++;
	}
}

/*
 * The number of rows has its own column. A side with fewer rows shows its number beside its mean.
 */
static void add_mean(struct table *table, double mean, size_t rows, size_t most)
{
	if (rows == 0)
		table__add(table, "-");
	else if (rows == most)
		table__addf(table, "%.3f", mean);
	else
		table__addf(table, "%.3f (%zu)", mean, rows);
}

void compare_table__of_means(struct compare_table *table, const struct comparison *c)
{
	const size_t sides = c->sides.count;
	char name[COMPARE_NAME];

	*table = (struct compare_table){.rows = c->means.count};
	add_column(table, false, "family");
	add_column(table, true, "rows exiting");
	for (size_t side = 1; side < sides; side++)
		add_column(table, true, "%s", label(c, side, name));
	add_column(table, true, "rows");
	for (size_t side = 1; side < sides; side++)
		add_column(table, true, "all: %s", label(c, side, name));
	table__begin(&table->table, table->columns, table->column_count);
	for (size_t i = 0; i < c->means.count; i++) {
		const struct nb_family_means *family = &c->means.family[i];

		table__add(&table->table, family->family);
		table__addf(&table->table, "%zu", family->side[0].exiting_rows);
		for (size_t side = 1; side < sides; side++)
			add_mean(&table->table, family->side[side].exiting, family->side[side].exiting_rows,
				 family->side[0].exiting_rows);
		table__addf(&table->table, "%zu", family->side[0].all_rows);
		for (size_t side = 1; side < sides; side++)
			add_mean(&table->table, family->side[side].all, family->side[side].all_rows,
				 family->side[0].all_rows);
	}
}

void compare_table__free(struct compare_table *table)
{
	table__free(&table->table);
	for (size_t i = 0; i < table->column_count; i++)
		free((char *)table->columns[i].name);
	free(table->columns);
	*table = (struct compare_table){0};
}
