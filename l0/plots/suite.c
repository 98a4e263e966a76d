// SPDX-License-Identifier: GPL-2.0-only
/* Builds the table that the plots use from the rows of results.csv. */
#include "l0/plots/suite.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "l0/base/allocate.h"

/* Families in drawing order. Other families follow. */
static const char *const known_families[] = {"none",      "instruction", "io",         "interrupt",
					     "exception", "vmx",         "paravirtual"};

static const char *text(const struct nb_suite *suite, size_t row, const char *name)
{
	return nb_csv_cell(&suite->csv, row, name);
}

static bool has_samples(const struct nb_suite *suite, size_t row)
{
	return nb_csv_number(&suite->csv, row, "n") > 0 && !isnan(nb_csv_number(&suite->csv, row, "p50_ticks"));
}

/* Returns true if the row has samples of the table's machine. */
static bool measured(const struct nb_suite *suite, size_t row)
{
	return has_samples(suite, row) && strcmp(text(suite, row, "kernel"), suite->kernel) == 0 &&
	       strcmp(text(suite, row, "kernel_args"), suite->kernel_args) == 0 &&
	       strcmp(text(suite, row, "cpu"), suite->cpu) == 0;
}

/* Chooses the first machine that has samples. */
static void choose_machine(struct nb_suite *suite)
{
	size_t first = 0;

	suite->kernel = suite->kernel_args = suite->cpu = "";
	while (first < suite->csv.rows && !has_samples(suite, first))
		first++;
	if (first == suite->csv.rows)
		return;
	suite->kernel = text(suite, first, "kernel");
	suite->kernel_args = text(suite, first, "kernel_args");
	suite->cpu = text(suite, first, "cpu");
	for (size_t row = first; row < suite->csv.rows; row++)
		suite->several = suite->several || (has_samples(suite, row) && !measured(suite, row));
}

/* Returns the index of the name in the list, or count if the list does not have it. */
static size_t find(const char *const *list, size_t count, const char *name)
{
	size_t i = 0;

	while (i < count && strcmp(list[i], name) != 0)
		i++;
	return i;
}

static size_t add(const char ***list, size_t *count, const char *name)
{
	size_t i = find(*list, *count, name);

	if (i == *count) {
		*list = nb_grow(*list, *count, sizeof(**list));
		(*list)[(*count)++] = name;
	}
	return i;
}

static size_t find_op(const struct nb_suite *suite, const char *name)
{
	size_t i = 0;

	while (i < suite->op_count && strcmp(suite->ops[i].name, name) != 0)
		i++;
	return i;
}

/* Returns the number of the level, or NB_SUITE_LEVELS if the name is no level. */
static size_t level_of(const char *name)
{
	return name[0] == 'L' && name[1] >= '0' && name[1] < '0' + NB_SUITE_LEVELS && !name[2] ? (size_t)(name[1] - '0')
											       : NB_SUITE_LEVELS;
}

static bool check_row(struct nb_suite *suite, size_t row, char why[NB_CSV_REASON])
{
	const char *machine = text(suite, row, "machine"), *clock = text(suite, row, "clock");

	if (!suite->machine) {
		suite->machine = machine;
		suite->clock = clock;
	}
	if (strcmp(suite->machine, machine) != 0 || strcmp(suite->clock, clock) != 0) {
		snprintf(why, NB_CSV_REASON,
			 "it mixes machines or clocks (%.20s by %.20s, %.20s by %.20s): draw one at a time",
			 suite->machine, suite->clock, machine, clock);
		return false;
	}
	if (level_of(text(suite, row, "level")) == NB_SUITE_LEVELS) {
		snprintf(why, NB_CSV_REASON, "row %zu: no level is called '%.40s'", row + 1, text(suite, row, "level"));
		return false;
	}
	return true;
}

/*
 * Returns the index of the row's configuration, or config_count if it is new. The same words under
 * another L0 are another configuration.
 */
static size_t find_config(const struct nb_suite *suite, size_t row)
{
	const char *config = text(suite, row, "config"), *l0 = text(suite, row, "l0");
	size_t i = 0;

	while (i < suite->config_count &&
	       (strcmp(suite->configs[i].words, config) != 0 || strcmp(suite->configs[i].l0, l0) != 0))
		i++;
	return i;
}

static void add_config(struct nb_suite *suite, size_t row)
{
	const char *words = text(suite, row, "config"), *l0 = text(suite, row, "l0");
	const bool bare = strcmp(l0, "own") == 0 || strcmp(l0, "none") == 0;
	struct nb_suite_config *config;

	if (find_config(suite, row) < suite->config_count)
		return;
	suite->configs = nb_grow(suite->configs, suite->config_count, sizeof(*suite->configs));
	config = &suite->configs[suite->config_count++];
	*config = (struct nb_suite_config){.words = words, .l0 = l0, .config = config__of(words)};
	snprintf(config->title, sizeof(config->title), "%s%s%s%s", words, bare && words[0] ? " " : "",
		 bare ? "l0=" : "",
		 bare       ? l0
		 : words[0] ? ""
			    : "as configured by default");
}

static bool collect_names(struct nb_suite *suite, char why[NB_CSV_REASON])
{
	const char **present = NULL;
	size_t present_count = 0;

	for (size_t row = 0; row < suite->csv.rows; row++) {
		if (!measured(suite, row))
			continue;
		if (!check_row(suite, row, why)) {
			free(present);
			return false;
		}
		add(&present, &present_count, text(suite, row, "family"));
		add_config(suite, row);
	}
	for (size_t i = 0; i < sizeof(known_families) / sizeof(*known_families); i++)
		if (find(present, present_count, known_families[i]) < present_count)
			add(&suite->families, &suite->family_count, known_families[i]);
	for (size_t i = 0; i < present_count; i++)
		add(&suite->families, &suite->family_count, present[i]);
	free(present);
	return true;
}

static bool measured_anywhere(const struct nb_suite *suite, const char *op)
{
	for (size_t row = 0; row < suite->csv.rows; row++)
		if (strcmp(text(suite, row, "op"), op) == 0 && measured(suite, row))
			return true;
	return false;
}

/*
 * Collects the operations family by family, in any order of the file's families. Within a family
 * they keep the order of the file, which includes skipped rows.
 */
static void collect_ops(struct nb_suite *suite)
{
	for (size_t family = 0; family < suite->family_count; family++) {
		for (size_t row = 0; row < suite->csv.rows; row++) {
			if (strcmp(text(suite, row, "family"), suite->families[family]) != 0 ||
			    find_op(suite, text(suite, row, "op")) < suite->op_count ||
			    !measured_anywhere(suite, text(suite, row, "op")))
				continue;
			suite->ops = nb_grow(suite->ops, suite->op_count, sizeof(*suite->ops));
			suite->ops[suite->op_count++] = (struct nb_suite_op){
				.name = text(suite, row, "op"),
				.family = family,
			};
		}
	}
}

static struct nb_suite_cell *cell_at(const struct nb_suite *suite, size_t op, size_t config, size_t level)
{
	return &suite->cells[(op * suite->config_count + config) * NB_SUITE_LEVELS + level];
}

static bool fill(struct nb_suite *suite, size_t row, char why[NB_CSV_REASON])
{
	size_t op = find_op(suite, text(suite, row, "op")), config = find_config(suite, row);
	struct nb_suite_cell *cell = cell_at(suite, op, config, level_of(text(suite, row, "level")));

	if (cell->there) {
		snprintf(why, NB_CSV_REASON, "row %zu is a second one of %.40s at %.4s under '%.40s'", row + 1,
			 suite->ops[op].name, text(suite, row, "level"), text(suite, row, "config"));
		return false;
	}
	*cell = (struct nb_suite_cell){
		.there = true,
		.n = nb_csv_number(&suite->csv, row, "n"),
		.min = nb_csv_number(&suite->csv, row, "min_ticks"),
		.p50 = nb_csv_number(&suite->csv, row, "p50_ticks"),
		.p99 = nb_csv_number(&suite->csv, row, "p99_ticks"),
		.net = nb_csv_number(&suite->csv, row, "net_p50_ticks"),
		.exits = nb_csv_number(&suite->csv, row, "l0_exits_per_op"),
	};
	suite->n_min = fmin(suite->n_min, cell->n);
	suite->n_max = fmax(suite->n_max, cell->n);
	if (strcmp(text(suite, row, "status"), "ok") != 0 || strcmp(text(suite, row, "complete"), "yes") != 0)
		suite->ops[op].doubted = true;
	return true;
}

static bool build(struct nb_suite *suite, char why[NB_CSV_REASON])
{
	static const char *const needed[] = {"machine",   "clock",     "op",        "level",  "config",  "n",
					     "min_ticks", "p50_ticks", "p99_ticks", "status", "complete"};

	for (size_t i = 0; i < sizeof(needed) / sizeof(*needed); i++) {
		if (nb_csv_column(&suite->csv, needed[i]) == suite->csv.columns) {
			snprintf(why, NB_CSV_REASON, "it has no column %s: not a results.csv of nestbed", needed[i]);
			return false;
		}
	}
	choose_machine(suite);
	if (!collect_names(suite, why))
		return false;
	collect_ops(suite);
	if (suite->op_count == 0) {
		snprintf(why, NB_CSV_REASON, "no row in it has samples, so there is nothing to draw");
		return false;
	}
	suite->cells = calloc(suite->op_count * suite->config_count * NB_SUITE_LEVELS, sizeof(*suite->cells));
	if (!suite->cells) {
		snprintf(why, NB_CSV_REASON, "no memory for its rows");
		return false;
	}
	for (size_t i = 0; i < suite->op_count * suite->config_count * NB_SUITE_LEVELS; i++)
		suite->cells[i] = (struct nb_suite_cell){false, NAN, NAN, NAN, NAN, NAN, NAN};
	suite->n_min = INFINITY;
	for (size_t row = 0; row < suite->csv.rows; row++)
		if (measured(suite, row) && !fill(suite, row, why))
			return false;
	return true;
}

bool nb_suite_build(struct nb_suite *suite, struct nb_csv *csv, char why[NB_CSV_REASON])
{
	*suite = (struct nb_suite){.csv = *csv};
	*csv = (struct nb_csv){0};
	if (build(suite, why))
		return true;
	nb_suite_free(suite);
	return false;
}

void nb_suite_free(struct nb_suite *suite)
{
	free(suite->families);
	free(suite->ops);
	free(suite->configs);
	free(suite->cells);
	nb_csv_free(&suite->csv);
	*suite = (struct nb_suite){0};
}

const struct nb_suite_cell *nb_suite_cell(const struct nb_suite *suite, size_t op, size_t config, size_t level)
{
	return cell_at(suite, op, config, level);
}

const struct nb_suite_cell *nb_suite_base(const struct nb_suite *suite, size_t op, size_t config, size_t level)
{
	const struct nb_suite_config *configs = suite->configs;

	if (cell_at(suite, op, config, level)->there)
		return cell_at(suite, op, config, level);
	for (size_t i = 0; i < suite->config_count; i++)
		if (cell_at(suite, op, i, level)->there && strcmp(configs[i].l0, configs[config].l0) == 0 &&
		    config__same_at(&configs[i].config, &configs[config].config, configs[i].l0, (unsigned)level))
			return cell_at(suite, op, i, level);
	return NULL;
}

bool nb_suite_is_of(const struct nb_suite *suite, const char *kernel, const char *kernel_args, const char *cpu)
{
	return !suite->several || (strcmp(suite->kernel, kernel) == 0 && strcmp(suite->kernel_args, kernel_args) == 0 &&
				   strcmp(suite->cpu, cpu) == 0);
}

bool nb_suite_has(const struct nb_suite *suite, size_t config, size_t level)
{
	for (size_t op = 0; op < suite->op_count; op++)
		if (cell_at(suite, op, config, level)->there)
			return true;
	return false;
}
