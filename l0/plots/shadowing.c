// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writes the figure `shadowing`: the cost of an operation in L2 without and with VMCS shadowing.
 * All other knobs are equal.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "l0/plots/figure.h"
#include "l0/plots/plots.h"

#define LEVEL         2
#define LANE_WIDEST   30.0
#define LANE_THINNEST 17.0
#define COST_WIDE     620.0
#define SAVED_WIDE    330.0
#define ROOM_FOR_TEXT 60.0

/* Returns true if `on` turns shadowing on, `off` turns it off, and all other knobs are equal. */
static bool are_pair(const struct nb_suite_config *on, const struct nb_suite_config *off)
{
	struct config one = on->config, other = off->config;

	if (one.shadow_vmcs != CONFIG_SHADOWING_ON || other.shadow_vmcs != CONFIG_SHADOWING_OFF ||
	    strcmp(on->l0, off->l0) != 0)
		return false;
	config__drop(&one, CONFIG_KNOB_shadow_vmcs);
	config__drop(&other, CONFIG_KNOB_shadow_vmcs);
	return config__same(&one, &other);
}

/* Finds the first pair of configurations in the file. */
static bool find_pair(const struct nb_suite *suite, size_t *on, size_t *off)
{
	for (*on = 0; *on < suite->config_count; ++*on)
		for (*off = 0; *off < suite->config_count; ++*off)
			if (are_pair(&suite->configs[*on], &suite->configs[*off]) && nb_suite_has(suite, *on, LEVEL) &&
			    nb_suite_has(suite, *off, LEVEL))
				return true;
	return false;
}

/*
 * Returns the cost without the loop if it is known. Returns NAN if the operation costs no more than
 * the loop, because a logarithmic axis has no 0.
 */
static double cost(const struct nb_suite_cell *cell)
{
	double ticks = isnan(cell->net) ? cell->p50 : cell->net;

	return ticks > 0 ? ticks : NAN;
}

/*
 * Columns: y, cost without shadowing, cost with shadowing, percent saved, text of the percent.
 * Widens the axes of both panels.
 */
static void write_op(FILE *out, double y, double off, double on, struct nb_panel *costs, struct nb_panel *saved)
{
	double percent = 100 * (off - on) / off;

	fprintf(out, "%.1f\t%.9g\t%.9g\t%.3f\t%.*f %%\n", y, off, on, percent,
		percent != 0 && fabs(percent) < 9.95 ? 1 : 0, percent);
	costs->low = fmin(costs->low, fmin(on, off));
	costs->high = fmax(costs->high, fmax(on, off));
	saved->low = fmin(saved->low, fmax(percent * 1.1, -100));
}

const char *nb_plot_shadowing(const struct nb_plot_input *input, FILE *out)
{
	const struct nb_suite *suite = input->suite;
	struct nb_panel costs = {.low = INFINITY, .high = 0, .head = "cost at L2"}, saved = {.high = 100};
	struct nb_figure figure = {
		.title = "What VMCS shadowing saves in L2",
		.reading = "medians without the loop; saved: (off - on) / off",
	};
	unsigned *lanes;
	struct nb_rows rows;
	size_t on, off;

	if (!find_pair(suite, &on, &off))
		return "L2 was not measured with VMCS shadowing both on and off";
	lanes = nb_zeroed(suite->op_count, sizeof(*lanes));
	for (size_t op = 0; op < suite->op_count; op++)
		lanes[op] = !isnan(cost(nb_suite_cell(suite, op, on, LEVEL))) &&
			    !isnan(cost(nb_suite_cell(suite, op, off, LEVEL)));
	nb_rows_place(&rows, suite, lanes, LANE_WIDEST, LANE_THINNEST);
	free(lanes);

	nb_block(out, "pairs");
	for (size_t op = 0; op < suite->op_count; op++)
		if (!isnan(rows.top[op]))
			write_op(out, nb_rows_middle(&rows, op), cost(nb_suite_cell(suite, op, off, LEVEL)),
				 cost(nb_suite_cell(suite, op, on, LEVEL)), &costs, &saved);
	costs.left = rows.labels;
	costs.width = COST_WIDE;
	costs.low = costs.low / 1.5;
	costs.high = fmax(costs.high * 1.5, costs.low * 20);
	saved.left = rows.labels + COST_WIDE + NB_FIGURE_GAP;
	saved.width = SAVED_WIDE;
	saved.head = "saved by shadowing";
	costs.top = saved.top = rows.above;
	costs.height = saved.height = rows.total;
	nb_block(out, "panels");
	nb_panel_write(out, &costs);
	nb_panel_write(out, &saved);
	figure.wide = saved.left + SAVED_WIDE + ROOM_FOR_TEXT + NB_FIGURE_SIDE;
	on = rows.shown;
	nb_figure_end(out, suite, &figure, &rows, NULL);
	return on > 0 ? NULL : "no operation in L2 costs more than the loop with VMCS shadowing both on and off";
}
