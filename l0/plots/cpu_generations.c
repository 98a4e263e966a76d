// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writes the figure `cpu-generations`: the cost of an operation in L2 on each CPU model of a
 * result, with and without VMCS shadowing.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "l0/plots/figure.h"
#include "l0/plots/plots.h"
#include "l0/request/config.h"
#include "l0/request/cpu_models.h"

#define LEVEL    "L2"
#define CPUS_MAX 16u
#define OPS_MAX  6u
#define COLUMNS  3u
#define LEFT     74.0
#define WIDE     330.0
#define HIGH     230.0
#define APART    70.0
#define LABELS   112.0 /* pixels below a panel for the names of the CPUs */
#define SPAN_MIN 2.5   /* minimum ratio of the highest mark to the lowest, on a logarithmic axis */
#define BELOW    0.2   /* space below the lowest mark and above the highest one, as a share of their span */
#define ABOVE    0.55

enum setting { SHADOWED, UNSHADOWED, SETTINGS };

struct point {
	double net, exits; /* NAN: not measured */
};

struct op {
	const char *name, *family;
	struct point point[CPUS_MAX][SETTINGS];
	double low, high;
};

struct generations {
	const struct nb_suite *suite;
	const char *cpu[CPUS_MAX]; /* from the oldest to the newest */
	unsigned cpus, ops;
	struct op *op;
};

static const char *text(const struct generations *g, size_t row, const char *name)
{
	return nb_csv_cell(&g->suite->csv, row, name);
}

static double number(const struct generations *g, size_t row, const char *name)
{
	return nb_csv_number(&g->suite->csv, row, name);
}

/*
 * Returns true for measured rows at L2 with the kernel of the suite. A comparison must change only
 * one thing.
 */
static bool is_shown(const struct generations *g, size_t row)
{
	return strcmp(text(g, row, "level"), LEVEL) == 0 && number(g, row, "n") > 0 &&
	       number(g, row, "net_p50_ticks") > 0 && strcmp(text(g, row, "kernel"), g->suite->kernel) == 0 &&
	       strcmp(text(g, row, "kernel_args"), g->suite->kernel_args) == 0;
}

/* Returns the index in the list of CPU models. Unknown CPUs come last. */
static unsigned age(const char *cpu)
{
	unsigned i = 0;

	while (cpu_models[i].name && strcmp(cpu_models[i].name, cpu) != 0)
		i++;
	return i;
}

static unsigned find_cpu(const struct generations *g, const char *name)
{
	unsigned i = 0;

	while (i < g->cpus && strcmp(g->cpu[i], name) != 0)
		i++;
	return i;
}

static void add_cpu(struct generations *g, const char *name)
{
	unsigned i = g->cpus;

	if (find_cpu(g, name) < g->cpus || g->cpus == CPUS_MAX)
		return;
	for (; i > 0 && age(g->cpu[i - 1]) > age(name); i--)
		g->cpu[i] = g->cpu[i - 1];
	g->cpu[i] = name;
	g->cpus++;
}

static struct op *op_of(struct generations *g, const char *name, const char *family)
{
	struct op *op = g->op;

	while (op < g->op + g->ops && strcmp(op->name, name) != 0)
		op++;
	if (op == g->op + g->ops) {
		*op = (struct op){.name = name, .family = family, .low = INFINITY};
		for (unsigned i = 0; i < CPUS_MAX * SETTINGS; i++)
			op->point[i / SETTINGS][i % SETTINGS] = (struct point){NAN, NAN};
		g->ops++;
	}
	return op;
}

/*
 * Takes the first row of each CPU and setting, because that is the default configuration of the
 * CPU.
 */
static void add_row(struct generations *g, size_t row)
{
	struct op *op = op_of(g, text(g, row, "op"), text(g, row, "family"));
	const struct config config = config__of(text(g, row, "config"));
	const enum setting setting = config.shadow_vmcs == CONFIG_SHADOWING_ON ? SHADOWED : UNSHADOWED;
	const unsigned cpu = find_cpu(g, text(g, row, "cpu"));
	struct point *point = cpu < g->cpus ? &op->point[cpu][setting] : NULL;

	if (!point || !isnan(point->net))
		return;
	*point = (struct point){number(g, row, "net_p50_ticks"), number(g, row, "l0_exits_per_op")};
	op->low = fmin(op->low, point->net);
	op->high = fmax(op->high, point->net);
}

static int by_spread(const void *a, const void *b)
{
	const struct op *x = a, *y = b;
	const double left = x->high / x->low, right = y->high / y->low;

	return left < right ? 1 : left > right ? -1 : strcmp(x->name, y->name);
}

/*
 * Chooses OPS_MAX operations: from each family the one that differs most between CPUs, then the
 * next families in that order.
 */
static void choose_ops(struct generations *g)
{
	unsigned kept = 0;

	if (g->ops <= OPS_MAX)
		return;
	qsort(g->op, g->ops, sizeof(*g->op), by_spread);
	for (unsigned i = 0; i < g->ops && kept < OPS_MAX; i++) {
		struct op one = g->op[i];
		bool seen = false;

		for (unsigned j = 0; j < kept; j++)
			seen = seen || strcmp(g->op[j].family, one.family) == 0;
		if (seen)
			continue;
		memmove(&g->op[kept + 1], &g->op[kept], (i - kept) * sizeof(one));
		g->op[kept++] = one;
	}
	g->ops = OPS_MAX;
}

/* Writes the block "points": panel, setting, place, cost, and the exits that L0 counted. */
static void write_points(FILE *out, const struct generations *g)
{
	nb_block(out, "points");
	for (unsigned op = 0; op < g->ops; op++)
		for (unsigned cpu = 0; cpu < g->cpus; cpu++)
			for (unsigned setting = 0; setting < SETTINGS; setting++) {
				const struct point *p = &g->op[op].point[cpu][setting];

				if (!isnan(p->net))
					fprintf(out, "%u\t%u\t%u\t%.9g\t%.4g\n", op + 1, setting + 1, cpu + 1, p->net,
						p->exits);
			}
}

/*
 * Writes the blocks "line 001"...: place and cost. Each panel has two lines: with and without VMCS
 * shadowing.
 */
static void write_lines(FILE *out, const struct generations *g)
{
	char name[32];

	for (unsigned i = 0; i < g->ops * SETTINGS; i++) {
		snprintf(name, sizeof(name), "line %03u", i + 1);
		nb_block(out, name);
		for (unsigned cpu = 0; cpu < g->cpus; cpu++)
			if (!isnan(g->op[i / SETTINGS].point[cpu][i % SETTINGS].net))
				fprintf(out, "%u\t%.9g\n", cpu + 1, g->op[i / SETTINGS].point[cpu][i % SETTINGS].net);
	}
}

/*
 * Writes the blocks "cpus" (place, name, year) and "features". The columns of "features" are: the
 * place of the first CPU with the feature, row, name.
 */
static void write_cpus(FILE *out, const struct generations *g)
{
	static const struct {
		unsigned bit;
		const char *name;
	} features[] = {
		{CPU_EPT, "EPT"},
		{CPU_VPID, "VPID"},
		{CPU_UNRESTRICTED_GUEST, "unrestricted guests"},
		{CPU_VMCS_SHADOWING, "VMCS shadowing"},
	};

	nb_block(out, "cpus");
	for (unsigned i = 0; i < g->cpus; i++) {
		const struct cpu_model *model = &cpu_models[age(g->cpu[i])];

		if (model->name)
			fprintf(out, "%u\t%s %u\n", i + 1, g->cpu[i], model->year);
		else
			fprintf(out, "%u\t%s\n", i + 1, g->cpu[i]);
	}
	nb_block(out, "features");
	fprintf(out, "0\t0\t-\n");
	for (unsigned i = 1, row = 0; i < g->cpus; i++) {
		const struct cpu_model *old = &cpu_models[age(g->cpu[i - 1])], *new = &cpu_models[age(g->cpu[i])];

		for (size_t f = 0; old->name && new->name &&f < sizeof(features) / sizeof(features[0]); f++)
			if (old->lacks & ~new->lacks & features[f].bit)
				fprintf(out, "%u\t%u\t%s\n", i + 1, row++, features[f].name);
	}
}

static unsigned column_count(const struct generations *g)
{
	return g->ops < COLUMNS ? g->ops : COLUMNS;
}

/* Returns the width of a panel. Few panels share the width that the title and the legend need. */
static double panel_width(const struct generations *g)
{
	const unsigned columns = column_count(g);

	return fmax(WIDE, (NB_FIGURE_WIDE - LEFT - NB_FIGURE_SIDE - (columns - 1) * APART) / columns);
}

static void write_panels(FILE *out, const struct generations *g)
{
	const double width = panel_width(g);

	nb_block(out, "axes");
	for (unsigned op = 0; op < g->ops; op++) {
		const struct op *o = &g->op[op];
		const double span = fmax(o->high / o->low, SPAN_MIN);

		/*
		 * The exits need space below the lowest mark. The exits and features need space
		 * above the highest mark.
		 */
		fprintf(out, "%.9g\t%.9g\n", o->low / pow(span, BELOW), o->low * pow(span, 1 + ABOVE));
	}
	nb_block(out, "panels");
	for (unsigned op = 0; op < g->ops; op++) {
		const unsigned column = op % COLUMNS, row = op / COLUMNS;

		nb_panel_write(out, &(struct nb_panel){LEFT + column * (width + APART),
						       NB_FIGURE_TOP + row * (HIGH + LABELS + NB_FIGURE_GAP), width,
						       HIGH, 0.4, g->cpus + 0.6, g->op[op].name});
	}
}

static void write_figure(FILE *out, const struct generations *g)
{
	const unsigned columns = column_count(g), rows = (g->ops + COLUMNS - 1) / COLUMNS;
	const struct nb_figure figure = {
		.title = "What each CPU generation's features bought",
		.reading =
			"medians of an operation in L2 without the loop, up a logarithmic axis; the small numbers are "
			"exits to L0 of one execution",
		.axis = "upwards: instructions (emulated; never a latency)",
		.wide = LEFT + columns * panel_width(g) + (columns - 1) * APART + NB_FIGURE_SIDE,
		.high = NB_FIGURE_TOP + rows * (HIGH + LABELS) + (rows - 1) * NB_FIGURE_GAP + NB_FIGURE_BOTTOM - 30,
		.of_all = true,
	};

	write_points(out, g);
	write_lines(out, g);
	write_cpus(out, g);
	write_panels(out, g);
	nb_figure_write(out, g->suite, &figure);
}

const char *nb_plot_cpu_generations(const struct nb_plot_input *input, FILE *out)
{
	struct generations g = {.suite = input->suite};
	const struct nb_csv *csv = &input->suite->csv;
	const char *lack = "";

	for (size_t row = 0; row < csv->rows; row++)
		if (is_shown(&g, row))
			add_cpu(&g, text(&g, row, "cpu"));
	if (g.cpus < 2)
		return lack;
	g.op = nb_zeroed(csv->rows, sizeof(*g.op));
	for (size_t row = 0; row < csv->rows; row++)
		if (is_shown(&g, row))
			add_row(&g, row);
	choose_ops(&g);
	write_figure(out, &g);
	free(g.op);
	return NULL;
}
