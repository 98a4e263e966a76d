// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writes the figure `slowdown`: the cost of an operation relative to one level below, without the
 * loop. Each pair of levels is a panel.
 */
#include <math.h>
#include <stdlib.h>

#include "l0/plots/figure.h"
#include "l0/plots/plots.h"

#define LANE_WIDEST   30.0
#define LANE_THINNEST 17.0

/*
 * Pixels: width of the panel of each level, and space for texts right of it. Few operations are
 * legal in a process, so the first panel is smaller.
 */
static const double panel_wide[NB_SUITE_LEVELS] = {0, 330, 600, 600, 600};
#define ROOM_FOR_TEXT 66.0

/*
 * Returns the cost at this level divided by the cost at the level with the next lower number.
 * Returns NAN if one is missing, or costs no more than the empty loop.
 */
static double ratio(const struct nb_suite *suite, size_t op, size_t config, size_t level)
{
	const struct nb_suite_cell *cell = nb_suite_cell(suite, op, config, level),
				   *above = nb_suite_base(suite, op, config, level - 1);

	return above && cell->net > 0 && above->net > 0 ? cell->net / above->net : NAN;
}

static bool has_ratio(const struct nb_suite *suite, size_t level)
{
	for (size_t op = 0; op < suite->op_count; op++)
		for (size_t config = 0; config < suite->config_count; config++)
			if (!isnan(ratio(suite, op, config, level)))
				return true;
	return false;
}

/* Columns: panel, configuration, y, ratio, text of the ratio. Widens the axis. */
static void write_points(FILE *out, const struct nb_suite *suite, const struct nb_rows *rows, size_t panel,
			 size_t level, struct nb_panel *axis)
{
	for (size_t op = 0; op < suite->op_count; op++) {
		for (size_t config = 0; config < suite->config_count; config++) {
			double value = ratio(suite, op, config, level);
			char text[NB_SHORT];

			if (isnan(value))
				continue;
			fprintf(out, "%zu\t%zu\t%.1f\t%.9g\t%s\n", panel, config + 1, nb_rows_middle(rows, op), value,
				nb_short(text, value));
			axis->low = fmin(axis->low, value);
			axis->high = fmax(axis->high, value);
		}
	}
}

const char *nb_plot_slowdown(const struct nb_plot_input *input, FILE *out)
{
	const struct nb_suite *suite = input->suite;
	static const char *const heads[] = {"", "L1 / L0: what one hypervisor adds", "L2 / L1: what nesting adds",
					    "L3 / L2: what nesting again adds", "L4 / L3: and again"};
	struct nb_figure figure = {
		.title = "How much slower an operation gets one level deeper",
		.reading =
			"ratio of medians without the loop, where that leaves something; number: first configuration",
		.axis = "times slower than one level below",
	};
	struct nb_panel panels[NB_SUITE_LEVELS];
	unsigned *lanes = nb_zeroed(suite->op_count, sizeof(*lanes));
	struct nb_rows rows;
	size_t count = 0;

	for (size_t op = 0; op < suite->op_count; op++)
		for (size_t config = 0; config < suite->config_count; config++)
			for (size_t level = 1; level < NB_SUITE_LEVELS; level++)
				if (!isnan(ratio(suite, op, config, level)))
					lanes[op] = 1;
	nb_rows_place(&rows, suite, lanes, LANE_WIDEST, LANE_THINNEST);
	free(lanes);

	figure.wide = rows.labels;
	nb_block(out, "points");
	for (size_t level = 1; level < NB_SUITE_LEVELS; level++) {
		struct nb_panel *panel = &panels[count];

		if (!has_ratio(suite, level))
			continue;
		*panel = (struct nb_panel){
			.left = figure.wide,
			.top = rows.above,
			.width = panel_wide[level],
			.height = rows.total,
			.low = 1,
			.high = 1,
			.head = heads[level],
		};
		figure.wide += panel_wide[level] + ROOM_FOR_TEXT + NB_FIGURE_GAP;
		count++;
		write_points(out, suite, &rows, count, level, panel);
	}
	nb_block(out, "panels");
	for (size_t i = 0; i < count; i++) {
		panels[i].low = panels[i].low / 1.5;
		panels[i].high = fmax(panels[i].high * 1.3, 12);
		nb_panel_write(out, &panels[i]);
	}
	nb_configs_write(out, suite);
	nb_figure_end(out, suite, &figure, &rows, NULL);
	return count > 0 ? NULL : "no operation was measured, loop subtracted, at two levels one below the other";
}
