// SPDX-License-Identifier: GPL-2.0-only
/* Draws a figure for each cascade, and a breakdown of all cascades. */
#include "l0/report/trace_draw.h"

#include <stdlib.h>

#include "l0/base/allocate.h"
#include "l0/base/util.h"
#include "microbench/ops.h"
#include "trace/cascade_times.h"

bool trace_draw__begin(struct trace_drawing *d, const char *folder, const char *programs)
{
	*d = (struct trace_drawing){0};
	return nb_single_begin(&d->single, folder, programs);
}

void trace_draw__end(struct trace_drawing *d)
{
	free(d->bars);
	d->bars = NULL;
}

bool trace_draw__cascade(struct trace_drawing *d, const char *name, const char *op, const struct cascade_group *group,
			 size_t whole)
{
	char file[240];
	FILE *data = nb_single_data(&d->single);

	if (!data)
		return false;
	nb_trace_cascade_write(data, &d->source, op, group, whole);
	text__format(file, sizeof(file), "trace-cascade-%s", name);
	return nb_single_draw(&d->single, data, "trace-cascade", file);
}

void trace_draw__remember(struct trace_drawing *d, const char *op, const struct cascades *cascades, size_t executions)
{
	const struct nb_op_info *info = nb_op_get(op);
	struct nb_trace_bar bar = {.op = op, .family = info ? info->family : ""};

	if (!(cascades__parts(cascades, executions, d->source.per_ns, bar.part) > 0))
		return;
	d->bars = nb_grow(d->bars, d->bar_count, sizeof(*d->bars));
	d->bars[d->bar_count++] = bar;
}

bool trace_draw__breakdown(struct trace_drawing *d, const char *name)
{
	FILE *data = d->bar_count ? nb_single_data(&d->single) : NULL;

	if (!data)
		return d->bar_count == 0;
	nb_trace_breakdown_write(data, &d->source, d->bars, d->bar_count);
	d->bar_count = 0;
	return nb_single_draw(&d->single, data, "trace-breakdown", name);
}
