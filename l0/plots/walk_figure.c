// SPDX-License-Identifier: GPL-2.0-only
/* Writes a cell for each shape of page walk, in three panels of one scale. */
#include "l0/plots/walk_figure.h"

#include "l0/base/util.h"
#include "l0/plots/figure.h"

#define CELL   104.0
#define LEFT   104.0
#define APART  30.0
#define LEVELS (WALK_LEVELS_MAX - WALK_LEVELS_MIN + 1)

/*
 * Writes the block "cells": panel, levels of the EPT, levels of the guest's tables, value, text
 * below the value.
 */
static void write_cells(FILE *out, const struct walk_shape *shapes)
{
	nb_block(out, "cells");
	for (unsigned i = 0; i < WALK_SHAPES; i++) {
		const struct walk_shape *s = &shapes[i];
		const unsigned all = s->guest_entries + s->ept_entries;

		if (s->skip)
			continue;
		fprintf(out, "1\t%u\t%u\t%u\t%u + %u\n", s->ept, s->guest, all, s->guest_entries, s->ept_entries);
		fprintf(out, "2\t%u\t%u\t%u\t%u steps of %u\n", s->ept, s->guest, s->ept_entries, s->guest + 1,
			s->step[0]);
		fprintf(out, "3\t%u\t%u\t%u\t%u read again\n", s->ept, s->guest, s->distinct,
			s->ept_entries - s->distinct);
	}
}

void nb_walk_figure_write(FILE *out, const char *machine, const struct nb_run *run,
			  const struct walk_shape shapes[WALK_SHAPES])
{
	static const char *const heads[] = {"all entries read: guest's + EPT's", "EPT entries among them",
					    "different EPT entries"};
	const struct nb_suite suite = {.machine = machine, .clock = "references", .n_min = 1, .n_max = 1};
	char title[160];
	struct nb_figure figure = {
		.title = title,
		.reading =
			"by the accessed flags that one walk leaves after INVEPT and INVVPID; the page itself is one reference more",
		.axis = "levels of the EPT",
		.wide = LEFT + 3 * LEVELS * CELL + 2 * APART + NB_FIGURE_SIDE,
		.high = NB_FIGURE_TOP + LEVELS * CELL + NB_FIGURE_BOTTOM,
	};

	snprintf(title, sizeof(title), "References of one two-dimensional page walk, L0 = %s%s%s", run->l0,
		 *run->config ? ", " : "", run->config);
	write_cells(out, shapes);
	nb_block(out, "panels");
	for (unsigned panel = 0; panel < 3; panel++)
		nb_panel_write(out, &(struct nb_panel){LEFT + panel * (LEVELS * CELL + APART), NB_FIGURE_TOP,
						       LEVELS * CELL, LEVELS * CELL, WALK_LEVELS_MIN - 0.5,
						       WALK_LEVELS_MAX + 0.5, heads[panel]});
	nb_figure_write(out, &suite, &figure);
}

bool nb_walk_figure_draw(const struct nb_single *single, const char *machine, const struct nb_run *run,
			 const struct walk_shape shapes[WALK_SHAPES])
{
	FILE *data = nb_single_data(single);

	if (!data)
		return false;
	nb_walk_figure_write(data, machine, run, shapes);
	return nb_single_draw(single, data, "walk-references", "walk-references");
}
