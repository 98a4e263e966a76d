// SPDX-License-Identifier: GPL-2.0-only
/* A plot is made under a name of its own and gets its place when both formats are there. */
#include "trace_draw.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cascade_times.h"
#include "machine/availability.h"
#include "ops.h"
#include "plots/gnuplot.h"
#include "results/memory.h"
#include "util.h"

bool trace_draw__begin(struct trace_drawing *d, const char *folder, const char *programs)
{
	char gnuplot[600];

	*d = (struct trace_drawing){.folder = folder};
	text__format(d->scripts, sizeof(d->scripts), "%s/../results/plots", programs);
	if (program__find("gnuplot", gnuplot, sizeof(gnuplot)))
		return true;
	pr_err("no gnuplot, so no plot (sudo apt-get install gnuplot-nox); the traces are whole");
	return false;
}

void trace_draw__end(struct trace_drawing *d)
{
	free(d->bars);
	d->bars = NULL;
}

/* Of a plot in work; text has 700 bytes. */
static const char *in_work(const struct trace_drawing *d, const char *ending, char *text)
{
	text__format(text, 700, "%s/.trace-plot%s", d->folder, ending);
	return text;
}

static bool publish(const struct trace_drawing *d, const char *name)
{
	static const char *const endings[] = {".svg", ".png"};
	char from[700], to[700];
	struct stat status;

	for (size_t i = 0; i < 2; i++) {
		if (stat(in_work(d, endings[i], from), &status) == 0 && status.st_size > 0)
			continue;
		pr_err("no plot %s: gnuplot left nothing in %s: is the disk full?", name, from);
		return false;
	}
	for (size_t i = 0; i < 2; i++) {
		text__format(to, sizeof(to), "%s/%s%s", d->folder, name, endings[i]);
		if (rename(in_work(d, endings[i], from), to) == 0)
			continue;
		pr_err("cannot write %s: %s", to, strerror(errno));
		return false;
	}
	return true;
}

/* Opens the data file; NULL after a message. */
static FILE *begin_data(const struct trace_drawing *d)
{
	char path[700];
	FILE *out = fopen(in_work(d, ".tsv", path), "we");

	if (!out)
		pr_err("cannot write %s: %s", path, strerror(errno));
	return out;
}

static bool draw(const struct trace_drawing *d, FILE *data, const char *script, const char *name)
{
	static const char *const endings[] = {".tsv", ".svg", ".png"};
	char base[700], path[700];
	struct nb_gnuplot gnuplot = {d->folder, d->scripts, script, in_work(d, "", base), 0};
	bool good = fflush(data) == 0 && !ferror(data);

	if (fclose(data) != 0 || !good) {
		pr_err("cannot write %s: %s", in_work(d, ".tsv", path), strerror(errno));
		good = false;
	}
	good = good && nb_gnuplot_start(&gnuplot) && nb_gnuplot_wait(&gnuplot) && publish(d, name);
	for (size_t i = 0; i < 3; i++)
		unlink(in_work(d, endings[i], path));
	return good;
}

bool trace_draw__cascade(struct trace_drawing *d, const char *name, const char *op, const struct cascade_group *group,
			 size_t whole)
{
	const struct nb_op_info *info = nb_op_get(op);
	char file[200];
	FILE *data;

	d->bars = nb_grow(d->bars, d->bar_count, sizeof(*d->bars));
	d->bars[d->bar_count] = (struct nb_trace_bar){.op = op, .family = info ? info->family : ""};
	cascade__parts(group, d->source.per_ns, d->bars[d->bar_count++].part);
	data = begin_data(d);
	if (!data)
		return false;
	nb_trace_cascade_write(data, &d->source, op, group, whole);
	text__format(file, sizeof(file), "trace-cascade-%s", name);
	return draw(d, data, "trace-cascade", file);
}

bool trace_draw__breakdown(struct trace_drawing *d, const char *name)
{
	FILE *data = d->bar_count ? begin_data(d) : NULL;

	if (!data)
		return d->bar_count == 0;
	nb_trace_breakdown_write(data, &d->source, d->bars, d->bar_count);
	d->bar_count = 0;
	return draw(d, data, "trace-breakdown", name);
}
