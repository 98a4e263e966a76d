// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writes the figure `compare`: ratios to the first side. Each operation is a row, and each level
 * and configuration is a panel. Geometric means stand above the rows.
 */
#include "l0/plots/compare_figure.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "l0/base/allocate.h"
#include "l0/plots/figure.h"
#include "l0/plots/plots.h"

#define LANE_WIDEST   26.0
#define LANE_THINNEST 17.0

/*
 * Pixels: width of all panels together, limits for one panel, and space for a number right of the
 * rightmost point.
 */
#define PANELS_WIDE   1260.0
#define PANEL_NARROW  300.0
#define PANEL_WIDE    640.0
#define ROOM_FOR_TEXT 58.0
#define HEAD_BYTES    200

/* More panels are not readable. */
#define PANELS_MAX 12

/*
 * If the ratios span more than this factor, the axis is logarithmic. A linear axis would hide the
 * small changes.
 */
#define LINEAR_MOST 2.5

#define MEANS "geometric mean"

struct drawing {
	FILE *out;
	const struct nb_matches *matches;
	const struct nb_match **row; /* the drawn rows, in the order of the files */
	size_t rows;
	const struct nb_loaded_row *panel[PANELS_MAX]; /* the first row of each panel */
	size_t panels;
	struct nb_suite suite; /* operations and families for figure.h; the means are the first family */
	double low, high;
};

static bool is_ratio(double ratio)
{
	return ratio > 0 && isfinite(ratio);
}

static bool is_drawn(const struct nb_matches *matches, const struct nb_match *match)
{
	for (size_t side = 1; side < matches->sides->count && match->exits; side++)
		if (is_ratio(match->ratio[side].ratio))
			return true;
	return false;
}

/*
 * Returns true if row b belongs to the panel of row a. The column that separates the sides does not
 * separate panels.
 */
static bool same_panel(enum nb_sides_by by, const struct nb_loaded_row *a, const struct nb_loaded_row *b)
{
	if (by != NB_BY_LEVEL && strcmp(a->level, b->level) != 0)
		return false;
	if (by != NB_BY_CONFIG && strcmp(a->config, b->config) != 0)
		return false;
	if (strcmp(a->l0, b->l0) != 0)
		return false;
	return by == NB_BY_VARIANT || ((by == NB_BY_KERNEL || strcmp(a->kernel, b->kernel) == 0) &&
				       (by == NB_BY_KERNEL_ARGS || strcmp(a->kernel_args, b->kernel_args) == 0) &&
				       (by == NB_BY_CPU || strcmp(a->cpu, b->cpu) == 0));
}

static size_t find_panel(const struct drawing *d, const struct nb_loaded_row *row)
{
	size_t i = 0;

	while (i < d->panels && !same_panel(d->matches->sides->by, d->panel[i], row))
		i++;
	return i;
}

static size_t add_family(struct nb_suite *suite, const char *name)
{
	for (size_t i = 0; i < suite->family_count; i++)
		if (strcmp(suite->families[i], name) == 0)
			return i;
	suite->families = nb_grow(suite->families, suite->family_count, sizeof(*suite->families));
	suite->families[suite->family_count] = name;
	return suite->family_count++;
}

static size_t find_op(const struct nb_suite *suite, const char *name, size_t family)
{
	size_t i = 0;

	while (i < suite->op_count && (suite->ops[i].family != family || strcmp(suite->ops[i].name, name) != 0))
		i++;
	return i;
}

static void add_op(struct nb_suite *suite, const char *name, size_t family)
{
	if (find_op(suite, name, family) < suite->op_count)
		return;
	suite->ops = nb_grow(suite->ops, suite->op_count, sizeof(*suite->ops));
	suite->ops[suite->op_count++] = (struct nb_suite_op){.name = name, .family = family};
}

/* Updates the range of sample counts, and marks an operation whose status is not "ok". */
static void look_at_samples(struct drawing *d, const struct nb_match *match)
{
	struct nb_suite *suite = &d->suite;
	struct nb_suite_op *op =
		&suite->ops[find_op(suite, match->any->op, add_family(suite, nb_family_of(match->any)))];

	for (size_t side = 0; side < d->matches->sides->count; side++) {
		if (!(match->measured >> side & 1))
			continue;
		suite->n_min = fmin(suite->n_min, (double)match->row[side]->sample_count);
		suite->n_max = fmax(suite->n_max, (double)match->row[side]->sample_count);
		op->doubted |= strcmp(match->row[side]->status, "ok") != 0;
	}
}

/*
 * Adds the rows of means first: one for each family and one for all. The operations follow, family
 * by family.
 */
static void collect_ops(struct drawing *d)
{
	struct nb_suite *suite = &d->suite;
	const size_t means = add_family(suite, MEANS);

	for (size_t i = 0; i < d->rows; i++)
		add_family(suite, nb_family_of(d->row[i]->any));
	for (size_t family = means + 1; family < suite->family_count && suite->family_count > 2; family++)
		add_op(suite, suite->families[family], means);
	add_op(suite, "all", means);
	for (size_t family = means + 1; family < suite->family_count; family++)
		for (size_t i = 0; i < d->rows; i++)
			if (strcmp(nb_family_of(d->row[i]->any), suite->families[family]) == 0)
				add_op(suite, d->row[i]->any->op, family);
	for (size_t i = 0; i < d->rows; i++)
		look_at_samples(d, d->row[i]);
}

/* Each side except the first is a series. */
static void collect_series(struct drawing *d)
{
	const struct nb_sides *sides = d->matches->sides;
	struct nb_suite *suite = &d->suite;

	for (size_t side = 1; side < sides->count; side++) {
		suite->configs = nb_grow(suite->configs, suite->config_count, sizeof(*suite->configs));
		snprintf(suite->configs[suite->config_count++].title, sizeof(suite->configs->title), "%.70s",
			 sides->side[side].head);
	}
}

/* Sorts panels by level. Panels of the same level keep the order of the files. */
static void sort_panels(struct drawing *d)
{
	for (size_t i = 1; i < d->panels; i++)
		for (size_t j = i; j > 0 && strcmp(d->panel[j - 1]->level, d->panel[j]->level) > 0; j--) {
			const struct nb_loaded_row *row = d->panel[j];

			d->panel[j] = d->panel[j - 1];
			d->panel[j - 1] = row;
		}
}

static void collect(struct drawing *d)
{
	const struct nb_loaded *first = &d->matches->sides->side[0].result->loaded;
	size_t kept = 0;

	d->suite = (struct nb_suite){.machine = first->machine, .clock = first->clock, .n_min = INFINITY};
	d->row = nb_matches_in_order(d->matches);
	for (size_t i = 0; i < d->matches->compared; i++) {
		size_t panel;

		if (!is_drawn(d->matches, d->row[i]))
			continue;
		panel = find_panel(d, d->row[i]->any);
		if (panel == PANELS_MAX)
			continue;
		d->panel[panel] = d->row[i]->any;
		d->panels += panel == d->panels;
		d->row[kept++] = d->row[i];
	}
	d->rows = kept;
	sort_panels(d);
	collect_ops(d);
	collect_series(d);
}

/* Writes one line: panel, series, y, ratio, text of the ratio. Widens the axis range. */
static void write_point(struct drawing *d, size_t panel, size_t side, double y, double ratio)
{
	if (!is_ratio(ratio))
		return;
	fprintf(d->out, "%zu\t%zu\t%.1f\t%.9g\t%.3f\n", panel + 1, side, y, ratio, ratio);
	d->low = fmin(d->low, ratio);
	d->high = fmax(d->high, ratio);
}

/*
 * Returns the geometric mean over the rows of one panel and one family, or of all families if
 * family is NULL. Returns NAN without rows.
 */
static double mean_of(const struct drawing *d, size_t panel, size_t side, const char *family)
{
	double sum = 0;
	size_t count = 0;

	for (size_t i = 0; i < d->rows; i++) {
		const double ratio = d->row[i]->ratio[side].ratio;

		if (find_panel(d, d->row[i]->any) != panel || !is_ratio(ratio) ||
		    (family && strcmp(nb_family_of(d->row[i]->any), family) != 0))
			continue;
		sum += log(ratio);
		count++;
	}
	return count ? exp(sum / (double)count) : NAN;
}

static void write_points(struct drawing *d, const struct nb_rows *rows)
{
	const struct nb_suite *suite = &d->suite;
	const size_t sides = d->matches->sides->count;

	nb_block(d->out, "means");
	for (size_t op = 0; op < suite->op_count && suite->ops[op].family == 0; op++)
		for (size_t panel = 0; panel < d->panels; panel++)
			for (size_t side = 1; side < sides; side++)
				write_point(
					d, panel, side, nb_rows_middle(rows, op),
					mean_of(d, panel, side,
						strcmp(suite->ops[op].name, "all") == 0 ? NULL : suite->ops[op].name));
	nb_block(d->out, "points");
	for (size_t i = 0; i < d->rows; i++) {
		const struct nb_match *match = d->row[i];
		const size_t op = find_op(suite, match->any->op, add_family(&d->suite, nb_family_of(match->any)));

		for (size_t side = 1; side < sides; side++)
			write_point(d, find_panel(d, match->any), side, nb_rows_middle(rows, op),
				    match->ratio[side].ratio);
	}
}

/* Appends a word if it is needed to tell this panel from others. */
static void add_to_head(char head[HEAD_BYTES], const char *word, bool needed)
{
	const size_t at = strlen(head);

	if (needed)
		snprintf(head + at, HEAD_BYTES - at, "%s%s", at ? ", " : "", *word ? word : "-");
}

/*
 * Writes a head such as "L2, shadow_vmcs=on". The configuration appears only if the level has
 * several.
 */
static void write_head(const struct drawing *d, size_t panel, char head[HEAD_BYTES])
{
	const struct nb_loaded_row *own = d->panel[panel];
	const enum nb_sides_by by = d->matches->sides->by;
	bool config = false, kernel = false, args = false, cpu = false;

	for (size_t i = 0; i < d->panels; i++) {
		const struct nb_loaded_row *other = d->panel[i];

		config |= strcmp(other->config, own->config) != 0 &&
			  (by == NB_BY_LEVEL || strcmp(other->level, own->level) == 0);
		kernel |= by != NB_BY_VARIANT && by != NB_BY_KERNEL && strcmp(other->kernel, own->kernel) != 0;
		args |= by != NB_BY_VARIANT && by != NB_BY_KERNEL_ARGS &&
			strcmp(other->kernel_args, own->kernel_args) != 0;
		cpu |= by != NB_BY_VARIANT && by != NB_BY_CPU && strcmp(other->cpu, own->cpu) != 0;
	}
	head[0] = '\0';
	add_to_head(head, own->level, by != NB_BY_LEVEL);
	add_to_head(head, own->config, config && by != NB_BY_CONFIG);
	add_to_head(head, own->kernel, kernel);
	add_to_head(head, own->kernel_args, args);
	add_to_head(head, own->cpu, cpu);
}

static double panel_width(const struct drawing *d)
{
	double width = fmax(PANEL_NARROW, fmin(PANEL_WIDE, PANELS_WIDE / (double)d->panels));

	for (size_t i = 0; i < d->panels; i++) {
		char head[HEAD_BYTES];

		write_head(d, i, head);
		width = fmax(width, NB_HEAD_LETTER * (double)strlen(head));
	}
	return width;
}

/*
 * Computes the axis, with space at the right end for the number beside a point. The block "scale"
 * says whether the axis is linear.
 */
static void write_axis(struct drawing *d, double width, struct nb_panel *panel)
{
	const double low = fmin(d->low, 1), high = fmax(d->high, 1), share = ROOM_FOR_TEXT / width;
	const bool linear = high / low <= LINEAR_MOST;

	if (linear) {
		const double margin = fmax((high - low) * 0.08, 0.01);

		panel->low = low - margin;
		panel->high = high + margin + (high - low + 2 * margin) * share / (1 - share);
	} else {
		panel->low = low / 1.2;
		panel->high = nb_room_behind(panel->low, high * 1.1, width, ROOM_FOR_TEXT);
	}
	nb_block(d->out, "scale");
	fprintf(d->out, "%d\n", linear);
}

static double write_panels(struct drawing *d, const struct nb_rows *rows)
{
	const double width = panel_width(d);
	struct nb_panel panel = {.left = rows->labels, .top = rows->above, .width = width, .height = rows->total};

	write_axis(d, width, &panel);
	nb_block(d->out, "panels");
	for (size_t i = 0; i < d->panels; i++) {
		char head[HEAD_BYTES];

		write_head(d, i, head);
		panel.head = head;
		nb_panel_write(d->out, &panel);
		panel.left += width + NB_FIGURE_GAP;
	}
	return panel.left - NB_FIGURE_GAP + NB_FIGURE_SIDE;
}

static void write_all(struct drawing *d)
{
	const struct nb_sides *sides = d->matches->sides;
	char title[2 * NB_SIDE_HEAD + 60], axis[NB_SIDE_HEAD + 60];
	unsigned *lanes = nb_zeroed(d->suite.op_count, sizeof(*lanes));
	struct nb_figure figure = {
		.title = title,
		.axis = axis,
		.reading = "ratio of medians, operations that exit to L0; above: geometric means of them",
	};
	struct nb_rows rows;

	for (size_t op = 0; op < d->suite.op_count; op++)
		lanes[op] = 1;
	nb_rows_place(&rows, &d->suite, lanes, LANE_WIDEST, LANE_THINNEST);
	free(lanes);
	write_points(d, &rows);
	figure.wide = write_panels(d, &rows);
	figure.high = rows.above + rows.total + NB_FIGURE_BOTTOM;
	if (sides->count == 2)
		snprintf(title, sizeof(title), "What changes from %s to %s", sides->side[0].head, sides->side[1].head);
	else
		snprintf(title, sizeof(title), "Compared with %s", sides->side[0].head);
	snprintf(axis, sizeof(axis), "times the ticks of %s", sides->side[0].head);
	nb_configs_write(d->out, &d->suite);
	nb_figure_write(d->out, &d->suite, &figure);
	nb_rows_write(d->out, &d->suite, &rows);
	nb_rows_free(&rows);
}

const char *nb_compare_figure_write(FILE *out, const struct nb_matches *matches)
{
	struct drawing d = {.out = out, .matches = matches, .low = INFINITY};

	collect(&d);
	if (d.rows)
		write_all(&d);
	free(d.row);
	free(d.suite.ops);
	free(d.suite.families);
	free(d.suite.configs);
	return d.rows ? NULL
		      : "no operation that exits was measured on the first machine and on another one in the same configuration";
}

/* A result with one machine has nothing to compare. It returns "", so no message is printed. */
const char *nb_plot_compare(const struct nb_plot_input *input, FILE *out)
{
	struct nb_result result = {.path = ""};
	struct nb_matches matches;
	struct nb_sides *sides;
	const char *lack = "";
	bool several = false;

	for (size_t i = 1; input->samples && i < input->samples->row_count; i++)
		several = several || !nb_loaded_same_machine(&input->samples->rows[0], &input->samples->rows[i]);
	if (!several)
		return lack;
	result.loaded = *input->samples;
	sides = nb_zeroed(1, sizeof(*sides));
	if (nb_sides_build(sides, &result, 1, NB_BY_VARIANT)) {
		nb_matches_build(&matches, sides, 0, false, 1);
		lack = nb_compare_figure_write(out, &matches);
		nb_matches_free(&matches);
	}
	nb_sides_free(sides);
	free(sides);
	return lack;
}
