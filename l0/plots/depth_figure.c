// SPDX-License-Identifier: GPL-2.0-only
/* Writes a line for each operation and configuration, in three panels over the level. */
#include "l0/plots/depth_figure.h"

#include <math.h>
#include <string.h>

#include "l0/plots/figure.h"

#define LEFT   92.0
#define WIDE   330.0
#define HIGH   400.0
#define APART  78.0
#define PANELS 3

/*
 * More lines are not readable. The figure shows the first operations in the first configurations.
 */
#define OPS_MAX     4
#define CONFIGS_MAX 8

enum { TICKS = 1, EXITS, FACTORS };

struct lines {
	FILE *out;
	const struct nb_depth *depth;
	const char *op[OPS_MAX], *config[CONFIGS_MAX];
	unsigned ops, configs, count;
	double low[PANELS + 1], high[PANELS + 1];
};

static unsigned find(const char **list, unsigned *count, unsigned most, const char *name)
{
	unsigned i = 0;

	while (i < *count && strcmp(list[i], name) != 0)
		i++;
	if (i == *count && *count < most)
		list[(*count)++] = name;
	return i;
}

/* Returns NAN for values that are not above 0, because a logarithmic axis has no 0. */
static double value_of(const struct nb_depth_row *row, unsigned panel)
{
	const double value = panel == TICKS ? row->row->net_p50_ticks : panel == EXITS ? row->handled[0] : row->factor;

	return value > 0 ? value : NAN;
}

static bool same_words(const struct nb_depth_row *row, const char *op, const char *config)
{
	return strcmp(row->row->op, op) == 0 && strcmp(row->config, config) == 0;
}

/*
 * Returns the row of an operation and configuration at a level. At level 1 it falls back to the
 * first row of the operation, because not every configuration measures level 1.
 */
static const struct nb_depth_row *row_at(const struct lines *l, unsigned op, unsigned config, unsigned level)
{
	const struct nb_depth_row *first = NULL;

	for (size_t i = 0; i < l->depth->count; i++) {
		const struct nb_depth_row *row = &l->depth->rows[i];

		if (row->level != level || strcmp(row->row->op, l->op[op]) != 0)
			continue;
		if (same_words(row, l->op[op], l->config[config]))
			return row;
		if (!first && level == 1)
			first = row;
	}
	return first;
}

static void begin(struct lines *l)
{
	char name[32];

	snprintf(name, sizeof(name), "line %03u", ++l->count);
	nb_block(l->out, name);
}

/*
 * Writes a block "line 001"...: level and value. Measured lines follow panel by panel, in the order
 * of the block "lines".
 */
static void put_line(struct lines *l, unsigned panel, unsigned op, unsigned config)
{
	begin(l);
	for (unsigned level = 1; level <= l->depth->deepest; level++) {
		const struct nb_depth_row *row = row_at(l, op, config, level);
		const double value = row ? value_of(row, panel) : NAN;

		if (isnan(value))
			continue;
		fprintf(l->out, "%u\t%.9g\n", level, value);
		l->low[panel] = fmin(l->low[panel], value);
		l->high[panel] = fmax(l->high[panel], value);
	}
}

static void put_published(struct lines *l)
{
	begin(l);
	for (unsigned level = 2; level <= NB_DEPTH_PUBLISHED; level++) {
		const double factor = nb_depth_published[level - 1] / nb_depth_published[level - 2];

		fprintf(l->out, "%u\t%.9g\n", level, factor);
		l->low[FACTORS] = fmin(l->low[FACTORS], factor);
		l->high[FACTORS] = fmax(l->high[FACTORS], factor);
	}
}

/*
 * Writes the blocks "lines" (panel, operation, configuration) and "names" (operation,
 * configuration, text). Operation 0 stands for published numbers.
 */
static void list_lines(const struct lines *l)
{
	nb_block(l->out, "lines");
	for (unsigned panel = 1; panel <= PANELS; panel++)
		for (unsigned op = 1; op <= l->ops; op++)
			for (unsigned config = 1; config <= l->configs; config++)
				fprintf(l->out, "%u\t%u\t%u\n", panel, op, config);
	fprintf(l->out, "%d\t0\t0\n", FACTORS);
	nb_block(l->out, "names");
	for (unsigned op = 0; op < l->ops; op++)
		for (unsigned config = 0; config < l->configs; config++)
			fprintf(l->out, "%u\t%u\t%s%s%s\n", op + 1, config + 1, l->op[op],
				l->config[config][0] ? ", " : "", l->config[config]);
	fprintf(l->out, "0\t0\tpublished: hypercall, hardware (DVH, ASPLOS 2020)\n");
}

static void write_panels(struct lines *l)
{
	const char *clock = l->depth->rows[0].row->clock;
	const char *unit = strcmp(clock, "tsc_cycles") == 0 ? "cost: TSC cycles"
							    : "cost: instructions (never a latency)";
	const char *const heads[] = {"", unit, "exits to L0 of one execution", "times as long as one level below"};

	nb_block(l->out, "axes");
	for (unsigned panel = 1; panel <= PANELS; panel++) {
		/* An empty axis needs limits, too. */
		if (!(l->low[panel] <= l->high[panel]))
			l->low[panel] = l->high[panel] = 1;
		fprintf(l->out, "%.9g\t%.9g\n", l->low[panel] / 1.6, fmax(l->high[panel] * 1.6, l->low[panel] * 12));
	}
	nb_block(l->out, "panels");
	for (unsigned panel = 1; panel <= PANELS; panel++)
		nb_panel_write(l->out,
			       &(struct nb_panel){LEFT + (panel - 1) * (WIDE + APART), NB_FIGURE_TOP, WIDE, HIGH, 0.7,
						  fmax(l->depth->deepest, NB_DEPTH_PUBLISHED) + 0.3, heads[panel]});
}

void nb_depth_figure_write(FILE *out, const struct nb_depth *depth)
{
	const struct nb_row *first = depth->rows[0].row;
	struct lines l = {.out = out, .depth = depth, .low = {INFINITY, INFINITY, INFINITY, INFINITY}, .high = {0}};
	struct nb_suite suite = {.machine = first->machine, .clock = first->clock, .n_min = INFINITY};
	struct nb_figure figure = {
		.title = "What an operation costs, level by level",
		.reading =
			"medians without the loop, exits as L0 counted them; a line an operation and configuration. Published "
			"cycles are of hardware: of these the factors alone are here",
		.axis = "level",
		.wide = LEFT + PANELS * WIDE + (PANELS - 1) * APART + NB_FIGURE_SIDE,
		.high = NB_FIGURE_TOP + HIGH + NB_FIGURE_BOTTOM,
	};

	for (size_t i = 0; i < depth->count; i++) {
		const struct nb_row *row = depth->rows[i].row;

		find(l.op, &l.ops, OPS_MAX, row->op);
		find(l.config, &l.configs, CONFIGS_MAX, row->config);
		suite.n_min = fmin(suite.n_min, (double)row->n);
		suite.n_max = fmax(suite.n_max, (double)row->n);
	}
	for (unsigned panel = 1; panel <= PANELS; panel++)
		for (unsigned op = 0; op < l.ops; op++)
			for (unsigned config = 0; config < l.configs; config++)
				put_line(&l, panel, op, config);
	put_published(&l);
	list_lines(&l);
	write_panels(&l);
	nb_figure_write(out, &suite, &figure);
}
