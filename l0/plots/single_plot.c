// SPDX-License-Identifier: GPL-2.0-only
/* Draws a single plot: writes its data, runs gnuplot, and moves the plot to its final place. */
#include "l0/plots/single_plot.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "l0/base/layout.h"
#include "l0/base/util.h"
#include "l0/plots/gnuplot.h"
#include "l0/request/availability.h"

bool nb_single_begin(struct nb_single *s, const char *folder, const char *programs)
{
	char gnuplot[600];

	*s = (struct nb_single){.folder = folder};
	places__scripts(s->scripts, sizeof(s->scripts), programs);
	if (program__find("gnuplot", gnuplot, sizeof(gnuplot)))
		return true;
	pr_err("no gnuplot, so no plot (sudo apt-get install gnuplot-nox); the results are whole");
	return false;
}

/* Returns the path of a temporary file of the plot. text has 700 bytes. */
static const char *in_work(const struct nb_single *s, const char *ending, char *text)
{
	text__format(text, 700, "%s/.single-plot%s", s->folder, ending);
	return text;
}

static bool publish(const struct nb_single *s, const char *name)
{
	static const char *const endings[] = {".svg", ".png"};
	char from[700], to[700];
	struct stat status;

	for (size_t i = 0; i < 2; i++) {
		if (stat(in_work(s, endings[i], from), &status) == 0 && status.st_size > 0)
			continue;
		pr_err("no plot %s: gnuplot left nothing in %s: is the disk full?", name, from);
		return false;
	}
	for (size_t i = 0; i < 2; i++) {
		text__format(to, sizeof(to), "%s/%s%s", s->folder, name, endings[i]);
		if (rename(in_work(s, endings[i], from), to) == 0)
			continue;
		pr_err("cannot write %s: %s", to, strerror(errno));
		return false;
	}
	return true;
}

FILE *nb_single_data(const struct nb_single *s)
{
	char path[700];
	FILE *out = fopen(in_work(s, ".tsv", path), "we");

	if (!out)
		pr_err("cannot write %s: %s", path, strerror(errno));
	return out;
}

bool nb_single_draw(const struct nb_single *s, FILE *data, const char *script, const char *name)
{
	static const char *const endings[] = {".tsv", ".svg", ".png"};
	char base[700], path[700];
	struct nb_gnuplot gnuplot = {s->folder, s->scripts, script, in_work(s, "", base), 0};
	bool good = fflush(data) == 0 && !ferror(data);

	if (fclose(data) != 0 || !good) {
		pr_err("cannot write %s: %s", in_work(s, ".tsv", path), strerror(errno));
		good = false;
	}
	good = good && nb_gnuplot_start(&gnuplot) && nb_gnuplot_wait(&gnuplot) && publish(s, name);
	for (size_t i = 0; i < 3; i++)
		unlink(in_work(s, endings[i], path));
	return good;
}

void nb_single_drop(const struct nb_single *s, FILE *data)
{
	char path[700];

	fclose(data);
	unlink(in_work(s, ".tsv", path));
}
