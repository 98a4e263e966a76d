// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writes the figure `distribution`: cumulative distributions of the samples of up to 12 operations.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "l0/plots/figure.h"
#include "l0/plots/plots.h"

/*
 * These operations are always shown if they were measured. The others are the ones with the widest
 * spread.
 */
static const char *const always[] = {"cpuid", "vmcall"};
#define PANELS 12

/* Sizes in pixels. */
#define COLUMNS    4
#define PANEL_WIDE 340.0
#define PANEL_HIGH 210.0
#define HEAD_ROOM  70.0
#define LABELS     84.0

/*
 * The axis of shares counts nines to show the tail: a share of 0.9 is 1, and 0.99 is 2. The last of
 * n samples stands where the share is 1 - 1 / 2n.
 */
static double nines(size_t up_to, size_t n)
{
	return -log10(fmax(1 - (double)up_to / (double)n, 0.5 / (double)n));
}

/* Smaller steps are narrower than a drawn line, so they are not written. */
#define STEP_X 1.003
#define STEP_Y 0.01

static double spread(const struct nb_suite *suite, size_t op, size_t level)
{
	const struct nb_suite_cell *cell = nb_suite_cell(suite, op, 0, level);

	return cell->there && cell->p50 > 0 ? cell->p99 / cell->p50 : NAN;
}

static bool is_always(const char *name)
{
	for (size_t i = 0; i < sizeof(always) / sizeof(*always); i++)
		if (strcmp(name, always[i]) == 0)
			return true;
	return false;
}

/*
 * Returns the operation with the widest spread that is not yet taken, or the first of equal ones.
 * Returns op_count if there is none.
 */
static size_t widest(const struct nb_suite *suite, size_t level, const bool *taken)
{
	size_t best = suite->op_count;

	for (size_t op = 0; op < suite->op_count; op++)
		if (!taken[op] && !isnan(spread(suite, op, level)) &&
		    (best == suite->op_count || spread(suite, op, level) > spread(suite, best, level)))
			best = op;
	return best;
}

/* Fills chosen[PANELS] and returns the number of chosen operations. */
static size_t choose(const struct nb_suite *suite, size_t level, size_t *chosen)
{
	bool *taken = nb_zeroed(suite->op_count, sizeof(*taken));
	size_t count = 0;

	for (size_t op = 0; op < suite->op_count && count < PANELS; op++) {
		if (is_always(suite->ops[op].name) && !isnan(spread(suite, op, level))) {
			chosen[count++] = op;
			taken[op] = true;
		}
	}
	for (size_t op; count < PANELS && (op = widest(suite, level, taken)) < suite->op_count;) {
		chosen[count++] = op;
		taken[op] = true;
	}
	free(taken);
	return count;
}

static int compare_ticks(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/*
 * Writes one curve of one panel, with the columns ticks and nines. Widens the range of the panel.
 */
static void write_curve(FILE *out, const struct nb_loaded_row *row, struct nb_panel *panel, double *highest)
{
	size_t n = row->sample_count;
	uint64_t *ticks = nb_zeroed(n, sizeof(*ticks));
	double last_x = 0, last_y = 0;

	memcpy(ticks, row->samples, n * sizeof(*ticks));
	qsort(ticks, n, sizeof(*ticks), compare_ticks);
	for (size_t i = 0; i < n; i++) {
		double x = fmax((double)ticks[i], 1), y = nines(i + 1, n);

		if (i == 0)
			fprintf(out, "%.9g\t0\n", x);
		if (i + 1 < n && (ticks[i + 1] == ticks[i] || (x < last_x * STEP_X && y < last_y + STEP_Y)))
			continue;
		fprintf(out, "%.9g\t%.4f\n", x, y);
		last_x = x;
		last_y = y;
	}
	panel->low = fmin(panel->low, fmax((double)ticks[0], 1));
	panel->high = fmax(panel->high, (double)ticks[n - 1]);
	*highest = fmax(*highest, last_y);
	free(ticks);
}

static const struct nb_loaded_row *find_row(const struct nb_plot_input *input, size_t op, size_t config, size_t level)
{
	const struct nb_suite *suite = input->suite;
	char level_name[] = {'L', (char)('0' + level), '\0'};

	for (size_t i = 0; i < input->samples->row_count; i++) {
		const struct nb_loaded_row *row = &input->samples->rows[i];

		if (row->sample_count > 0 && nb_suite_is_of(suite, row->kernel, row->kernel_args, row->cpu) &&
		    strcmp(row->op, suite->ops[op].name) == 0 && strcmp(row->level, level_name) == 0 &&
		    strcmp(row->config, suite->configs[config].words) == 0 &&
		    strcmp(row->l0, suite->configs[config].l0) == 0)
			return row;
	}
	return NULL;
}

/*
 * One curve that every panel has. L0 and L1 use the first configuration; the deepest level has a
 * curve for each configuration.
 */
struct series {
	size_t level, config;
};

static size_t list_series(const struct nb_suite *suite, size_t deepest, struct series **list)
{
	size_t count = 0;

	*list = nb_zeroed(deepest + suite->config_count, sizeof(**list));
	for (size_t level = 0; level < deepest; level++)
		if (nb_suite_has(suite, 0, level))
			(*list)[count++] = (struct series){level, 0};
	for (size_t config = 0; config < suite->config_count; config++)
		if (nb_suite_has(suite, config, deepest))
			(*list)[count++] = (struct series){deepest, config};
	return count;
}

/*
 * Writes the blocks "curve 001"... and the block "curves" (panel and series of each curve). Returns
 * the number of curves.
 */
static size_t write_curves(FILE *out, const struct nb_plot_input *input, const size_t *chosen, size_t count,
			   const struct series *series, size_t series_count, struct nb_panel *axis, double *highest)
{
	size_t curves = 0;

	for (size_t panel = 0; panel < count; panel++) {
		for (size_t i = 0; i < series_count; i++) {
			const struct nb_loaded_row *row = find_row(input, chosen[panel], series[i].config,
								   series[i].level);
			char name[32];

			if (!row)
				continue;
			snprintf(name, sizeof(name), "curve %03zu", ++curves);
			nb_block(out, name);
			write_curve(out, row, axis, highest);
		}
	}
	nb_block(out, "curves");
	for (size_t panel = 0; panel < count; panel++)
		for (size_t i = 0; i < series_count; i++)
			if (find_row(input, chosen[panel], series[i].config, series[i].level))
				fprintf(out, "%zu\t%zu\n", panel + 1, i + 1);
	return curves;
}

static void write_series(FILE *out, const struct nb_suite *suite, const struct series *series, size_t count)
{
	nb_block(out, "series");
	for (size_t i = 0; i < count; i++)
		fprintf(out, "%zu\t%zu\tL%zu%s%s\n", series[i].level, series[i].config, series[i].level,
			suite->config_count > 1 ? ", " : "",
			suite->config_count > 1 ? suite->configs[series[i].config].title : "");
}

static void write_panels(FILE *out, const struct nb_suite *suite, const size_t *chosen, size_t count, size_t columns,
			 const struct nb_panel *axis)
{
	nb_block(out, "panels");
	for (size_t i = 0; i < count; i++) {
		const struct nb_suite_op *op = &suite->ops[chosen[i]];
		struct nb_panel panel = *axis;
		size_t line = i / columns;
		char head[64];

		panel.left = LABELS + (PANEL_WIDE + NB_FIGURE_GAP) * (double)(i % columns);
		panel.top = NB_FIGURE_TOP + (PANEL_HIGH + HEAD_ROOM) * (double)line;
		snprintf(head, sizeof(head), "%s%s", op->name, op->doubted ? " *" : "");
		panel.head = head;
		nb_panel_write(out, &panel);
	}
}

const char *nb_plot_distribution(const struct nb_plot_input *input, FILE *out)
{
	const struct nb_suite *suite = input->suite;
	size_t deepest = nb_deepest_level(suite), chosen[PANELS], count = choose(suite, deepest, chosen), columns,
	       lines, series_count, curves;
	struct nb_panel axis = {.width = PANEL_WIDE, .height = PANEL_HIGH, .low = INFINITY, .high = 0};
	struct nb_figure figure = {
		.title = "How the samples of an operation spread",
		.reading = "share of the samples that took at most so long",
	};
	char reading[200];
	double highest = 0;
	struct series *series;

	if (!input->samples)
		return "there is no results.json, which has the samples";
	if (count == 0)
		return "no operation has samples at the deepest level";
	if (suite->op_count > count) {
		snprintf(reading, sizeof(reading), "%s; cpuid, vmcall, and those with the largest p99 / p50 at L%zu",
			 figure.reading, deepest);
		figure.reading = reading;
	}
	columns = count < COLUMNS ? count : COLUMNS;
	lines = (count + columns - 1) / columns;
	series_count = list_series(suite, deepest, &series);
	curves = write_curves(out, input, chosen, count, series, series_count, &axis, &highest);
	axis.low /= 1.3;
	axis.high = fmax(axis.high * 1.3, axis.low * 20);
	write_series(out, suite, series, series_count);
	free(series);
	write_panels(out, suite, chosen, count, columns, &axis);
	nb_block(out, "shares");
	fprintf(out, "%.4f\n", highest);
	figure.wide = LABELS + (PANEL_WIDE + NB_FIGURE_GAP) * (double)columns + NB_FIGURE_SIDE - NB_FIGURE_GAP;
	figure.high = NB_FIGURE_TOP + (PANEL_HIGH + HEAD_ROOM) * (double)lines - HEAD_ROOM + NB_FIGURE_BOTTOM;
	nb_figure_write(out, suite, &figure);
	return curves > 0 ? NULL : "results.json has none of the samples";
}
