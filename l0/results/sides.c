// SPDX-License-Identifier: GPL-2.0-only
/* Splits the rows of results into sides, and names each side by what no other side shares. */
#include "l0/results/sides.h"

#include <stdio.h>
#include <string.h>

#include "l0/base/allocate.h"
#include "l0/base/util.h"
#include "l0/results/variant_words.h"

/* The columns that may tell sides apart, as bits, in the order of a head. */
enum { KERNEL = 1 << 0, CPU = 1 << 1, KERNEL_ARGS = 1 << 2, CONFIG = 1 << 3, LEVEL = 1 << 4, COLUMNS = 5 };

static const unsigned columns_of[] = {
	[NB_BY_VARIANT] = KERNEL | KERNEL_ARGS | CPU,
	[NB_BY_KERNEL] = KERNEL,
	[NB_BY_KERNEL_ARGS] = KERNEL_ARGS,
	[NB_BY_CPU] = CPU,
	[NB_BY_CONFIG] = CONFIG,
	[NB_BY_LEVEL] = LEVEL,
};

static const char *column(const struct nb_loaded_row *row, unsigned bit)
{
	switch (bit) {
	case KERNEL:
		return row->kernel;
	case KERNEL_ARGS:
		return row->kernel_args;
	case CPU:
		return row->cpu;
	case CONFIG:
		return row->config;
	default:
		return row->level;
	}
}

static bool same_columns(unsigned columns, const struct nb_loaded_row *a, const struct nb_loaded_row *b)
{
	for (unsigned bit = 1; bit < 1u << COLUMNS; bit <<= 1)
		if (columns & bit && strcmp(column(a, bit), column(b, bit)) != 0)
			return false;
	return true;
}

/* The route differs from level to level, so it does not identify a row if sides are levels. */
bool nb_sides_same(enum nb_sides_by by, const struct nb_loaded_row *a, const struct nb_loaded_row *b)
{
	const unsigned of_row = by == NB_BY_VARIANT ? CONFIG | LEVEL : (KERNEL | KERNEL_ARGS | CPU | CONFIG | LEVEL);

	return strcmp(a->op, b->op) == 0 && same_columns(of_row & ~columns_of[by], a, b) && strcmp(a->l0, b->l0) == 0 &&
	       (by == NB_BY_LEVEL || strcmp(a->route, b->route) == 0);
}

const struct nb_loaded_row *nb_side_find(const struct nb_sides *sides, size_t side, const struct nb_loaded_row *row,
					 size_t near)
{
	const struct nb_side *s = &sides->side[side];

	for (size_t i = 0; i < s->row_count; i++) {
		const struct nb_loaded_row *other = s->rows[(near + i) % s->row_count];

		if (nb_sides_same(sides->by, other, row))
			return other;
	}
	return NULL;
}

/*
 * Adds the row to its side among the sides of its result, or to a new side. Returns false if there
 * are too many sides.
 */
static bool add_row(struct nb_sides *sides, size_t first, const struct nb_result *result,
		    const struct nb_loaded_row *row)
{
	struct nb_side *side;
	size_t i = first;

	while (i < sides->count && !same_columns(columns_of[sides->by], sides->side[i].names, row))
		i++;
	if (i == NB_SIDES_MAX) {
		pr_err("more than %d sides to compare: name fewer results, or tell them apart by one column (--by)",
		       NB_SIDES_MAX);
		return false;
	}
	side = &sides->side[i];
	if (i == sides->count) {
		sides->count++;
		*side = (struct nb_side){.result = result, .names = row};
	}
	side->rows = nb_grow(side->rows, side->row_count, sizeof(struct nb_loaded_row *));
	side->rows[side->row_count++] = row;
	return true;
}

/* Appends a word to a head. A head that is full is cut. */
static void append(char head[NB_SIDE_HEAD], const char *word, size_t length)
{
	const size_t at = strlen(head);

	snprintf(head + at, NB_SIDE_HEAD - at, "%s%.*s", at ? " " : "", (int)length, word);
}

static bool column_differs(const struct nb_sides *sides, unsigned bit)
{
	for (size_t i = 1; i < sides->count; i++)
		if (strcmp(column(sides->side[0].names, bit), column(sides->side[i].names, bit)) != 0)
			return true;
	return false;
}

static void append_column(struct nb_sides *sides, unsigned bit)
{
	const char *names[NB_SIDES_MAX] = {NULL};
	size_t ending = 0;

	for (size_t i = 0; i < sides->count; i++)
		names[i] = column(sides->side[i].names, bit);
	if (bit == KERNEL)
		ending = nb_common_ending(names, sides->count);
	for (size_t i = 0; i < sides->count; i++) {
		char *head = sides->side[i].head;

		if (names[i] && *names[i])
			append(head, names[i], strlen(names[i]) - ending);
		else if (!*head)
			append(head, bit == KERNEL_ARGS ? "(no arguments)" : "-", NB_SIDE_HEAD);
	}
}

static bool is_unique(const struct nb_sides *sides, size_t side)
{
	for (size_t i = 0; i < sides->count; i++)
		if (i != side && strcmp(sides->side[i].head, sides->side[side].head) == 0)
			return false;
	return true;
}

static bool all_are_unique(const struct nb_sides *sides)
{
	for (size_t i = 0; i < sides->count; i++)
		if (!is_unique(sides, i))
			return false;
	return true;
}

/* Returns the last part of a path: "today" for results/out/today/ and for today/results.json. */
static const char *name_of(const char *path, size_t *length)
{
	const char *end = path + strlen(path), *begin;

	if (end - path > 13 && strcmp(end - 13, "/results.json") == 0)
		end -= 13;
	while (end > path + 1 && end[-1] == '/')
		end--;
	for (begin = end; begin > path && begin[-1] != '/';)
		begin--;
	*length = (size_t)(end - begin);
	return begin;
}

/* Appends the location of each result: the last part of its path, or the whole path. */
static void append_paths(struct nb_sides *sides, bool whole)
{
	for (size_t i = 0; i < sides->count; i++) {
		const char *path = sides->side[i].result->path, *name;
		size_t length;

		name = name_of(path, &length);
		append(sides->side[i].head, whole ? path : name, whole ? strlen(path) : length);
	}
}

/* Numbers are the last resort, because one path may occur twice. */
static void append_numbers(struct nb_sides *sides)
{
	bool alike[NB_SIDES_MAX] = {false};

	for (size_t i = 0; i < sides->count; i++)
		alike[i] = !is_unique(sides, i);
	for (size_t i = 0; i < sides->count; i++) {
		char number[16];

		if (!alike[i])
			continue;
		snprintf(number, sizeof(number), "#%u", (unsigned)i + 1);
		sides->side[i].head[NB_SIDE_HEAD - 8] = '\0';
		append(sides->side[i].head, number, strlen(number));
	}
}

/*
 * Names the sides by columns. If that is not enough, adds the names of folders, then whole paths,
 * then numbers.
 */
static void make_heads(struct nb_sides *sides)
{
	char before[NB_SIDES_MAX][NB_SIDE_HEAD];

	for (unsigned bit = 1; bit < 1u << COLUMNS; bit <<= 1)
		if (columns_of[sides->by] & bit && column_differs(sides, bit))
			append_column(sides, bit);
	for (unsigned attempt = 0; attempt < 3 && !all_are_unique(sides); attempt++) {
		for (size_t i = 0; i < sides->count && attempt == 0; i++)
			memcpy(before[i], sides->side[i].head, NB_SIDE_HEAD);
		for (size_t i = 0; i < sides->count && attempt > 0; i++)
			memcpy(sides->side[i].head, before[i], NB_SIDE_HEAD);
		append_paths(sides, attempt == 1);
	}
	if (!all_are_unique(sides))
		append_numbers(sides);
}

bool nb_sides_build(struct nb_sides *sides, const struct nb_result *results, size_t count, enum nb_sides_by by)
{
	*sides = (struct nb_sides){.by = by};
	for (size_t i = 0; i < count; i++) {
		const size_t first = sides->count;

		for (size_t row = 0; row < results[i].loaded.row_count; row++)
			if (!add_row(sides, first, &results[i], &results[i].loaded.rows[row]))
				return false;
	}
	if (sides->count < 2) {
		pr_err("nothing to compare: %s alone has one %s: name a second result",
		       count ? results[0].path : "no result",
		       by == NB_BY_LEVEL    ? "level"
		       : by == NB_BY_CONFIG ? "configuration"
					    : "machine");
		return false;
	}
	make_heads(sides);
	return true;
}

void nb_sides_keep_first(struct nb_sides *sides)
{
	size_t kept = 1;

	for (size_t i = 1; i < sides->count; i++) {
		if (sides->side[i].result == sides->side[0].result)
			free(sides->side[i].rows);
		else
			sides->side[kept++] = sides->side[i];
	}
	sides->count = kept;
}

void nb_sides_free(struct nb_sides *sides)
{
	for (size_t i = 0; i < sides->count; i++)
		free(sides->side[i].rows);
	sides->count = 0;
}
