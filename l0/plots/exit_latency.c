// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writes the figure `exit-latency`: the cost of each operation at each level. Each configuration is
 * a panel.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "l0/plots/figure.h"
#include "l0/plots/plots.h"

/*
 * Pixels. In lanes of at least LANE_FOR_TEXT every bar has its value beside it. In thinner lanes
 * each operation has one value.
 */
#define LANE_WIDEST   22.0
#define LANE_THINNEST 8.0
#define LANE_FOR_TEXT 15.0

/*
 * Pixels: width of all panels together, limits for one panel, and space for a value after the
 * longest whisker.
 */
#define PANELS_WIDE   1200.0
#define PANEL_NARROW  290.0
#define PANEL_WIDE    800.0
#define ROOM_FOR_TEXT 62.0

/* The state while the bars of one panel are written. */
struct panel_bars {
	FILE *out;
	const struct nb_suite *suite;
	const struct nb_rows *rows;
	double low; /* low end of the axis; a logarithmic axis has no 0 */
	size_t config;
};

/*
 * Returns true if any configuration measured this level. Then the level has a lane in all panels,
 * so that it has the same height everywhere.
 */
static bool has_lane(const struct nb_suite *suite, size_t op, size_t level)
{
	for (size_t config = 0; config < suite->config_count; config++)
		if (nb_suite_cell(suite, op, config, level)->there)
			return true;
	return false;
}

static void find_axis(const struct nb_suite *suite, double width, double *low, double *high)
{
	double least = INFINITY, most = 1;

	for (size_t op = 0; op < suite->op_count; op++) {
		for (size_t config = 0; config < suite->config_count; config++) {
			for (size_t level = 0; level < NB_SUITE_LEVELS; level++) {
				const struct nb_suite_cell *cell = nb_suite_cell(suite, op, config, level);

				if (!cell->there)
					continue;
				least = fmin(least, cell->min);
				most = fmax(most, fmax(cell->p50, cell->p99));
			}
		}
	}
	/*
	 * The axis starts below the minimum, because a bar that ends at the start of the axis has
	 * no length.
	 */
	*low = fmax(nb_decade_below(least * 0.8), 1);
	*high = nb_room_behind(*low, fmax(most, *low * 10), width, ROOM_FOR_TEXT);
}

/*
 * Columns: panel, level, top, bottom, median, minimum, 99th percentile, median of the first
 * configuration, and a text with its y and x.
 */
static void write_op(const struct panel_bars *to, size_t op)
{
	const struct nb_rows *rows = to->rows;
	double y = rows->top[op] + NB_ROW_GAP / 2, highest = 0;
	bool room = rows->lane >= LANE_FOR_TEXT;
	size_t last = 0;

	for (size_t level = 0; level < NB_SUITE_LEVELS; level++) {
		const struct nb_suite_cell *cell = nb_suite_cell(to->suite, op, to->config, level);

		if (cell->there) {
			highest = fmax(highest, fmax(cell->p50, cell->p99));
			last = level;
		}
	}
	for (size_t level = 0; level < NB_SUITE_LEVELS; level++) {
		const struct nb_suite_cell *cell = nb_suite_cell(to->suite, op, to->config, level),
					   *first = nb_suite_cell(to->suite, op, 0, level);
		double end = room ? fmax(cell->p50, cell->p99) : highest;
		char text[NB_SHORT] = " ";

		if (!has_lane(to->suite, op, level))
			continue;
		if (cell->there) {
			if (room || level == last)
				nb_short(text, cell->p50);
			fprintf(to->out, "%zu\t%zu\t%.1f\t%.1f\t%.9g\t%.9g\t%.9g\t", to->config + 1, level, y,
				y + rows->lane - 1, fmax(cell->p50, to->low), fmax(cell->min, to->low),
				fmax(cell->p99, to->low));
			if (to->config > 0 && first->there)
				fprintf(to->out, "%.9g", fmax(first->p50, to->low));
			else
				fputs("NaN", to->out);
			fprintf(to->out, "\t%.1f\t%.9g\t%s\n", room ? y + rows->lane / 2 : nb_rows_middle(rows, op),
				fmax(end, to->low), text);
		}
		y += rows->lane;
	}
}

const char *nb_plot_exit_latency(const struct nb_plot_input *input, FILE *out)
{
	const struct nb_suite *suite = input->suite;
	double count = (double)suite->config_count, width = fmax(PANEL_NARROW, fmin(PANEL_WIDE, PANELS_WIDE / count)),
	       low, high;
	struct nb_figure figure = {.title = "What one operation costs at each level"};
	char reading[200];
	bool there[NB_SUITE_LEVELS] = {false};
	unsigned *lanes = nb_zeroed(suite->op_count, sizeof(*lanes));
	struct nb_rows rows;

	for (size_t op = 0; op < suite->op_count; op++)
		for (size_t level = 0; level < NB_SUITE_LEVELS; level++) {
			lanes[op] += has_lane(suite, op, level);
			there[level] = there[level] || has_lane(suite, op, level);
		}
	nb_rows_place(&rows, suite, lanes, LANE_WIDEST, LANE_THINNEST);
	free(lanes);
	for (size_t config = 0; config < suite->config_count; config++)
		width = fmax(width, NB_HEAD_LETTER * (double)strlen(suite->configs[config].title));
	snprintf(reading, sizeof(reading), "bar: median, the loop included; line: minimum to 99th percentile%s%s",
		 suite->config_count > 1 ? "; diamond: median in the first panel" : "",
		 rows.lane < LANE_FOR_TEXT ? "; number: median of the deepest level" : "");
	figure.reading = reading;
	find_axis(suite, width, &low, &high);

	nb_block(out, "bars");
	for (size_t config = 0; config < suite->config_count; config++)
		for (size_t op = 0; op < suite->op_count; op++)
			write_op(&(struct panel_bars){out, suite, &rows, low, config}, op);
	nb_block(out, "panels");
	for (size_t config = 0; config < suite->config_count; config++)
		nb_panel_write(out, &(struct nb_panel){
					    .left = rows.labels + (width + NB_FIGURE_GAP) * (double)config,
					    .top = rows.above,
					    .width = width,
					    .height = rows.total,
					    .low = low,
					    .high = high,
					    .head = suite->configs[config].title,
				    });
	figure.wide = rows.labels + (width + NB_FIGURE_GAP) * count + NB_FIGURE_SIDE - NB_FIGURE_GAP;
	nb_figure_end(out, suite, &figure, &rows, there);
	return NULL;
}
