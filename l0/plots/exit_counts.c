// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writes the figure `exits`: the exits to L0 that one execution causes. Each guest level and
 * configuration is a panel.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "l0/plots/figure.h"
#include "l0/plots/plots.h"

#define LANE_WIDEST   28.0
#define LANE_THINNEST 17.0

/* Pixels: width of all panels together, and limits for one panel. */
#define PANELS_WIDE  1100.0
#define PANEL_NARROW 180.0
#define PANEL_WIDE   420.0

/* Pixels after the longest bar, for its number. */
#define ROOM_FOR_TEXT 46.0

#define HEAD_BYTES 100

static bool has_exits(const struct nb_suite *suite, size_t config, size_t level)
{
	for (size_t op = 0; op < suite->op_count; op++)
		if (!isnan(nb_suite_cell(suite, op, config, level)->exits))
			return true;
	return false;
}

static size_t count_panels(const struct nb_suite *suite)
{
	size_t count = 0;

	for (size_t level = 1; level < NB_SUITE_LEVELS; level++)
		for (size_t config = 0; config < suite->config_count; config++)
			count += has_exits(suite, config, level);
	return count;
}

/*
 * Columns: panel, level, top, bottom, exits, text. Returns the largest number of exits, at least
 * `most`.
 */
static double write_bars(FILE *out, const struct nb_suite *suite, const struct nb_rows *rows, size_t panel,
			 size_t config, size_t level, double most)
{
	for (size_t op = 0; op < suite->op_count; op++) {
		const struct nb_suite_cell *cell = nb_suite_cell(suite, op, config, level);
		double middle = nb_rows_middle(rows, op), half = rows->lane * 0.36;
		char text[NB_SHORT];

		if (isnan(cell->exits))
			continue;
		/*
		 * The exits of an empty window were subtracted, so a value can be some hundredths
		 * below 0.
		 */
		fprintf(out, "%zu\t%zu\t%.1f\t%.1f\t%.6g\t%s\n", panel, level, middle - half, middle + half,
			fmax(cell->exits, 0), nb_short(text, cell->exits));
		most = fmax(most, cell->exits);
	}
	return most;
}

/* Writes a head such as "L2, shadow_vmcs=on". */
static void write_head(char head[HEAD_BYTES], const struct nb_suite *suite, size_t config, size_t level)
{
	snprintf(head, HEAD_BYTES, "L%zu, %s", level, suite->configs[config].title);
}

/* A panel is at least as wide as its head. */
static double panel_width(const struct nb_suite *suite, size_t panels)
{
	double width = fmax(PANEL_NARROW, fmin(PANEL_WIDE, PANELS_WIDE / (double)panels));
	char head[HEAD_BYTES];

	for (size_t level = 1; level < NB_SUITE_LEVELS; level++) {
		for (size_t config = 0; config < suite->config_count; config++) {
			write_head(head, suite, config, level);
			if (has_exits(suite, config, level))
				width = fmax(width, NB_HEAD_LETTER * (double)strlen(head));
		}
	}
	return width;
}

static void write_panels(FILE *out, const struct nb_suite *suite, const struct nb_rows *rows, double width, double end)
{
	double left = rows->labels;

	nb_block(out, "panels");
	for (size_t level = 1; level < NB_SUITE_LEVELS; level++) {
		for (size_t config = 0; config < suite->config_count; config++) {
			char head[HEAD_BYTES];

			if (!has_exits(suite, config, level))
				continue;
			write_head(head, suite, config, level);
			nb_panel_write(out, &(struct nb_panel){left, rows->above, width, rows->total, 0, end, head});
			left += width + NB_FIGURE_GAP;
		}
	}
}

const char *nb_plot_exits(const struct nb_plot_input *input, FILE *out)
{
	const struct nb_suite *suite = input->suite;
	size_t count = count_panels(suite), panel = 0;
	bool there[NB_SUITE_LEVELS] = {false};
	double width, most = 1;
	struct nb_figure figure = {
		.title = "Exits to L0 that one operation causes",
		.reading = "counted, without interrupts; the axis grows with the logarithm of 1 + exits",
		.axis = "exits to L0 for one execution",
	};
	unsigned *lanes;
	struct nb_rows rows;

	if (count == 0)
		return "no exits to L0 were counted in L1 or deeper";
	width = panel_width(suite, count);
	lanes = nb_zeroed(suite->op_count, sizeof(*lanes));
	for (size_t op = 0; op < suite->op_count; op++)
		for (size_t level = 1; level < NB_SUITE_LEVELS; level++)
			for (size_t config = 0; config < suite->config_count; config++)
				if (!isnan(nb_suite_cell(suite, op, config, level)->exits))
					lanes[op] = 1;
	nb_rows_place(&rows, suite, lanes, LANE_WIDEST, LANE_THINNEST);
	free(lanes);

	nb_block(out, "bars");
	for (size_t level = 1; level < NB_SUITE_LEVELS; level++)
		for (size_t config = 0; config < suite->config_count; config++)
			if (has_exits(suite, config, level)) {
				most = write_bars(out, suite, &rows, ++panel, config, level, most);
				there[level] = true;
			}
	write_panels(out, suite, &rows, width, log10(nb_room_behind(1, 1 + most, width, ROOM_FOR_TEXT)));
	figure.wide = rows.labels + (width + NB_FIGURE_GAP) * (double)count + NB_FIGURE_SIDE - NB_FIGURE_GAP;
	nb_figure_end(out, suite, &figure, &rows, there);
	return NULL;
}
