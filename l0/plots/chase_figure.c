// SPDX-License-Identifier: GPL-2.0-only
/* Writes the curves of a pointer chase on logarithmic axes, in three panels of one scale. */
#include "l0/plots/chase_figure.h"

#include <math.h>
#include <string.h>

#include "l0/base/util.h"
#include "l0/plots/figure.h"

#define LEFT   92.0
#define WIDE   400.0
#define HIGH   430.0
#define APART  34.0
#define MISSES (NB_CHASE_ORDERS + 1) /* index of the panel of misses */

/* Values below one tick are not drawn, because a logarithmic axis has no zero. */
#define LEAST 1.0

struct curves {
	FILE *out;
	unsigned count;
	double most;
	double n_min, n_max;
};

/*
 * Writes one line of the blocks "curve 001"...: bytes of the set, ticks per load, low end and high
 * end of the bar.
 */
static void put(struct curves *c, unsigned set, double p50, double low, double high)
{
	if (!(p50 >= LEAST))
		return;
	fprintf(c->out, "%.0f\t%.4f\t%.4f\t%.4f\n", (double)NB_CHASE_SET_MIN * exp2(set), p50, fmax(low, LEAST), high);
	c->most = fmax(c->most, high);
}

static void begin(struct curves *c)
{
	char name[32];

	text__format(name, sizeof(name), "curve %03u", ++c->count);
	nb_block(c->out, name);
}

static void put_latencies(struct curves *c, const struct chase_level *level, enum nb_chase_layout layout,
			  enum nb_chase_order order)
{
	begin(c);
	for (unsigned set = 0; set < NB_CHASE_SETS; set++) {
		const struct nb_summary *s = &level->cell[nb_chase_number(layout, order, set)].ticks;

		if (!s->n)
			continue;
		put(c, set, s->p50 / NB_CHASE_LOADS, (double)s->min / NB_CHASE_LOADS, s->p90 / NB_CHASE_LOADS);
		c->n_min = fmin(c->n_min, (double)s->n);
		c->n_max = fmax(c->n_max, (double)s->n);
	}
}

static void put_misses(struct curves *c, const struct chase_level *level, enum nb_chase_layout layout)
{
	begin(c);
	for (unsigned set = 0; set < NB_CHASE_SETS; set++) {
		const struct chase_miss miss = chase__miss(level, layout, NB_CHASE_RANDOM, set);

		put(c, set, miss.translation, miss.low, miss.high);
	}
}

/*
 * Writes curves in the order of list_curves(): by level, then by layout, then by order; the misses
 * come last.
 */
static void put_curves(struct curves *c, const struct chase_level *levels, size_t count)
{
	for (size_t i = 0; i < count; i++)
		for (unsigned layout = 0; layout < NB_CHASE_LAYOUTS; layout++) {
			for (unsigned order = 0; order < NB_CHASE_ORDERS; order++)
				put_latencies(c, &levels[i], layout, order);
			if (layout != NB_CHASE_DENSE)
				put_misses(c, &levels[i], layout);
		}
}

/*
 * Writes the blocks "curves" (panel and series of each curve) and "series" (level, layout, name).
 */
static void list_curves(FILE *out, const struct chase_level *levels, size_t count)
{
	nb_block(out, "curves");
	for (size_t i = 0; i < count; i++)
		for (unsigned layout = 0; layout < NB_CHASE_LAYOUTS; layout++)
			for (unsigned panel = 1; panel <= MISSES - (layout == NB_CHASE_DENSE); panel++)
				fprintf(out, "%u\t%zu\n", panel, i * NB_CHASE_LAYOUTS + layout + 1);
	nb_block(out, "series");
	for (size_t i = 0; i < count; i++)
		for (unsigned layout = 0; layout < NB_CHASE_LAYOUTS; layout++)
			fprintf(out, "%c\t%u\t%s%s%s, %s\n", levels[i].run->level[1], layout, levels[i].run->level,
				count > 3 ? " " : "", count > 3 ? levels[i].run->config : "",
				layout == NB_CHASE_DENSE ? "dense (control)" : nb_chase_layout_text[layout]);
}

void nb_chase_figure_write(FILE *out, const struct chase_source *source, const struct chase_level *levels, size_t count)
{
	const char *unit = strcmp(source->clock, "tsc_cycles") == 0 ? "TSC cycles" : source->clock;
	const double past = sqrt(2); /* the axis extends half a step beyond both ends */
	struct curves curves = {.out = out, .most = 10, .n_min = INFINITY};
	struct nb_suite suite = {.machine = source->in_vm ? "host (itself a virtual machine)" : source->machine,
				 .clock = source->clock};
	struct nb_figure figure = {
		.title = "Latency of dependent loads, a line each 4 KiB of a working set",
		.reading =
			"medians; bars from the minimum to the 90th percentile, of a miss its 95% interval. dense: as many lines in few "
			"pages; a miss is the rise beyond that of dense",
		.axis = "working set",
		.wide = LEFT + MISSES * WIDE + (MISSES - 1) * APART + NB_FIGURE_SIDE,
		.high = NB_FIGURE_TOP + HIGH + NB_FIGURE_BOTTOM,
	};

	put_curves(&curves, levels, count);
	list_curves(out, levels, count);
	nb_block(out, "ticks");
	fprintf(out, "%.9g\t%.9g\n", LEAST, curves.most * 1.3);
	nb_block(out, "panels");
	for (unsigned panel = 0; panel < MISSES; panel++) {
		char head[64];

		if (panel < NB_CHASE_ORDERS)
			text__format(head, sizeof(head), "%s order: %s a load", nb_chase_order_text[panel], unit);
		else
			text__format(head, sizeof(head), "what a miss costs, random order: %s", unit);
		nb_panel_write(out, &(struct nb_panel){LEFT + panel * (WIDE + APART), NB_FIGURE_TOP, WIDE, HIGH,
						       (double)NB_CHASE_SET_MIN / past, (double)NB_CHASE_SET_MAX * past,
						       head});
	}
	suite.n_min = curves.n_min;
	suite.n_max = curves.n_max;
	nb_figure_write(out, &suite, &figure);
}

bool nb_chase_figure_draw(const struct nb_single *single, const struct chase_source *source,
			  const struct chase_level *levels, size_t count)
{
	FILE *data = nb_single_data(single);

	if (!data)
		return false;
	nb_chase_figure_write(data, source, levels, count);
	return nb_single_draw(single, data, "chase-latency", "chase-latency");
}
