// SPDX-License-Identifier: GPL-2.0-only
/*
 * Code that the plots share: headings, panels, and rows of operations under the names of their
 * families.
 */
#include "l0/plots/figure.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Pixels: the heading of a family, and the gap above it. */
#define HEADING     24.0
#define HEADING_GAP 8.0

/* Pixels of one letter of a label, rounded up. */
#define LETTER 8.4

/* Pixels: a family's heading begins at HEADING_LEFT (frame.gp); one of its bold letters. */
#define HEADING_LEFT   20.0
#define HEADING_LETTER 7.8

/* Pixels that the lanes may use before they get thinner. */
#define COMFORTABLE 1200.0

/* Pixels: a panel higher than HIGH also has an axis at its top, which takes TOP_AXIS. */
#define HIGH     600.0
#define TOP_AXIS 30.0

void nb_block(FILE *out, const char *name)
{
	fprintf(out, "\n\n# %s\n", name);
}

static void write_count(FILE *out, const struct nb_suite *suite)
{
	if (suite->n_min == suite->n_max)
		fprintf(out, "n = %.0f", suite->n_min);
	else
		fprintf(out, "n = %.0f to %.0f", suite->n_min, suite->n_max);
}

static bool doubted(const struct nb_suite *suite)
{
	for (size_t op = 0; op < suite->op_count; op++)
		if (suite->ops[op].doubted)
			return true;
	return false;
}

void nb_figure_write(FILE *out, const struct nb_suite *suite, const struct nb_figure *figure)
{
	bool emulated = strcmp(suite->clock, "instructions") == 0;
	const char *unit = emulated ? "instructions (emulated; never a latency)" : "TSC cycles";

	nb_block(out, "figure");
	fprintf(out, "%.1f\t%.1f\t%s\tmachine %s, clock %s, ", fmax(figure->wide, NB_FIGURE_WIDE), figure->high,
		figure->title, suite->machine, suite->clock);
	write_count(out, suite);
	if (suite->several && figure->of_all)
		fprintf(out, ", kernel %s%s%s", suite->kernel, suite->kernel_args[0] ? " " : "", suite->kernel_args);
	else if (suite->several)
		fprintf(out, ", the first machine of several: kernel %s%s%s, cpu %s", suite->kernel,
			suite->kernel_args[0] ? " " : "", suite->kernel_args, suite->cpu);
	fprintf(out, "\t%s\t%s\t%s\n", figure->reading, figure->axis ? figure->axis : unit,
		doubted(suite) ? "* incomplete, or its witnesses disagree" : "-");
}

void nb_panel_write(FILE *out, const struct nb_panel *panel)
{
	fprintf(out, "%.1f\t%.1f\t%.1f\t%.1f\t%.9g\t%.9g\t%s\n", panel->left, panel->top, panel->width, panel->height,
		panel->low, panel->high, panel->head);
}

void *nb_zeroed(size_t count, size_t size)
{
	void *array = calloc(count, size);

	if (!array) {
		fprintf(stderr, "nestbed: no memory for a plot\n");
		exit(1);
	}
	return array;
}

static bool names_family(const struct nb_suite *suite, size_t op)
{
	const char *family = suite->families[suite->ops[op].family];

	return family[0] && strcmp(family, "none") != 0;
}

void nb_rows_place(struct nb_rows *rows, const struct nb_suite *suite, const unsigned *lanes, double widest,
		   double thinnest)
{
	unsigned all = 0;
	size_t family = suite->family_count, longest = 0, longest_family = 0;
	double y = NB_ROW_GAP;

	*rows = (struct nb_rows){
		.top = nb_zeroed(suite->op_count, sizeof(*rows->top)),
		.height = nb_zeroed(suite->op_count, sizeof(*rows->height)),
	};
	for (size_t op = 0; op < suite->op_count; op++)
		all += lanes[op];
	rows->lane = fmax(thinnest, fmin(widest, COMFORTABLE / all));
	for (size_t op = 0; op < suite->op_count; op++) {
		rows->top[op] = NAN;
		if (lanes[op] == 0)
			continue;
		if (suite->ops[op].family != family) {
			family = suite->ops[op].family;
			if (names_family(suite, op)) {
				y += HEADING + HEADING_GAP;
				if (strlen(suite->families[family]) > longest_family)
					longest_family = strlen(suite->families[family]);
			}
		}
		rows->top[op] = y;
		rows->height[op] = rows->lane * lanes[op] + NB_ROW_GAP;
		y += rows->height[op];
		rows->shown++;
		if (strlen(suite->ops[op].name) > longest)
			longest = strlen(suite->ops[op].name);
	}
	rows->total = y + NB_ROW_GAP;
	rows->above = NB_FIGURE_TOP + (rows->total > HIGH ? TOP_AXIS : 0);
	rows->labels = fmax(110, fmin(400, 30 + LETTER * (double)longest));
	rows->labels = fmax(rows->labels, HEADING_LEFT + HEADING_LETTER * (double)longest_family);
}

void nb_rows_free(struct nb_rows *rows)
{
	free(rows->top);
	free(rows->height);
	*rows = (struct nb_rows){0};
}

void nb_rows_write(FILE *out, const struct nb_suite *suite, const struct nb_rows *rows)
{
	size_t family = suite->family_count;

	nb_block(out, "ops");
	for (size_t op = 0; op < suite->op_count; op++) {
		bool heads;

		if (isnan(rows->top[op]))
			continue;
		heads = suite->ops[op].family != family && names_family(suite, op);
		family = suite->ops[op].family;
		fprintf(out, "%.1f\t%.1f\t%.44s%s\t%.1f\t%s\n", rows->top[op], rows->top[op] + rows->height[op],
			suite->ops[op].name, suite->ops[op].doubted ? " *" : "", rows->top[op] - HEADING / 2,
			heads ? suite->families[family] : "-");
	}
}

void nb_levels_write(FILE *out, const bool there[NB_SUITE_LEVELS])
{
	nb_block(out, "levels");
	for (size_t level = 0; level < NB_SUITE_LEVELS; level++)
		if (there[level])
			fprintf(out, "%zu\n", level);
}

void nb_configs_write(FILE *out, const struct nb_suite *suite)
{
	nb_block(out, "configs");
	for (size_t config = 0; config < suite->config_count; config++)
		fprintf(out, "%zu\t%s\n", config + 1, suite->configs[config].title);
}

double nb_rows_middle(const struct nb_rows *rows, size_t op)
{
	return rows->top[op] + rows->height[op] / 2;
}

const char *nb_short(char text[NB_SHORT], double value)
{
	if (value < 9.995)
		snprintf(text, NB_SHORT, "%.3g", value);
	else if (value < 999.5)
		snprintf(text, NB_SHORT, value == rint(value) ? "%.0f" : "%.3g", value);
	else if (value < 999500)
		snprintf(text, NB_SHORT, "%.*fk", value < 9995 ? 2 : value < 99950 ? 1 : 0, value / 1e3);
	else if (value < 999.5e6)
		snprintf(text, NB_SHORT, "%.*fM", value < 9.995e6 ? 2 : value < 99.95e6 ? 1 : 0, value / 1e6);
	else
		snprintf(text, NB_SHORT, "%.3g", value);
	return text;
}

double nb_decade_below(double value)
{
	return pow(10, floor(log10(value) + 1e-9));
}

double nb_room_behind(double low, double high, double width, double room)
{
	return low * pow(high / low, width / (width - room));
}

size_t nb_deepest_level(const struct nb_suite *suite)
{
	size_t level = NB_SUITE_LEVELS - 1;

	while (level > 0 && !nb_suite_has(suite, 0, level))
		level--;
	return level;
}

void nb_figure_end(FILE *out, const struct nb_suite *suite, struct nb_figure *figure, struct nb_rows *rows,
		   const bool there[NB_SUITE_LEVELS])
{
	figure->high = rows->above + rows->total + NB_FIGURE_BOTTOM;
	nb_figure_write(out, suite, figure);
	if (there)
		nb_levels_write(out, there);
	nb_rows_write(out, suite, rows);
	nb_rows_free(rows);
}
