// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs gnuplot once for each plot, all in parallel, in a temporary folder inside the results
 * folder. The plots move to their final place only after all of them are complete. A failure never
 * replaces a good plot by a partial one.
 */
#include "l0/plots/plots.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "l0/base/util.h"
#include "l0/plots/gnuplot.h"

#define PATH_BYTES 1024

enum {
	PLOT_COUNT = 0
#define X(function, name) +1
	NB_PLOTS(X)
#undef X
};

static const struct plot {
	const char *name;
	const char *(*write)(const struct nb_plot_input *input, FILE *out);
} plots[PLOT_COUNT] = {
#define X(function, file) {.name = (file), .write = nb_plot_##function},
	NB_PLOTS(X)
#undef X
};

static const char *const endings[] = {"svg", "png", "tsv"};

#define ENDINGS (sizeof(endings) / sizeof(*endings))

struct drawing {
	const char *folder, *scripts;
	char temporary[PATH_BYTES];
	bool drawn[PLOT_COUNT]; /* its data is written, because the results allow the plot */
};

static bool write_data(struct drawing *d, size_t i, const struct nb_plot_input *input)
{
	char path[PATH_BYTES];
	const char *lack;
	bool good;
	FILE *out;

	text__format(path, sizeof(path), "%s/%s.tsv", d->temporary, plots[i].name);
	out = fopen(path, "we");
	if (!out) {
		pr_err("cannot write %s: %s", path, strerror(errno));
		return false;
	}
	lack = plots[i].write(input, out);
	good = fflush(out) == 0 && !ferror(out);
	if (fclose(out) != 0 || !good) {
		pr_err("cannot write %s: %s", path, strerror(errno));
		return false;
	}
	if (lack && *lack)
		pr_info("no plot %s of %s: %s", plots[i].name, d->folder, lack);
	d->drawn[i] = !lack;
	return true;
}

/*
 * Starts all gnuplot processes, then waits for every started process, even if another one failed.
 */
static bool run_gnuplot(const struct drawing *d)
{
	struct nb_gnuplot running[PLOT_COUNT] = {0};
	char base[PLOT_COUNT][PATH_BYTES];
	bool good = true;

	for (size_t i = 0; i < PLOT_COUNT && good; i++) {
		if (!d->drawn[i])
			continue;
		text__format(base[i], sizeof(base[i]), "%s/%s", d->temporary, plots[i].name);
		running[i] = (struct nb_gnuplot){d->folder, d->scripts, plots[i].name, base[i], 0};
		good = nb_gnuplot_start(&running[i]);
	}
	for (size_t i = 0; i < PLOT_COUNT; i++)
		if (running[i].pid > 0)
			good = nb_gnuplot_wait(&running[i]) && good;
	return good;
}

/* gnuplot may report success although the disk was full. */
static bool is_whole(const char *path)
{
	struct stat status;

	if (stat(path, &status) == 0 && status.st_size > 0)
		return true;
	pr_err("no plots: gnuplot left nothing in %s: is the disk full?", path);
	return false;
}

static bool all_whole(const struct drawing *d)
{
	char path[PATH_BYTES];

	for (size_t i = 0; i < PLOT_COUNT; i++) {
		for (size_t e = 0; e < ENDINGS && d->drawn[i]; e++) {
			text__format(path, sizeof(path), "%s/%s.%s", d->temporary, plots[i].name, endings[e]);
			if (!is_whole(path))
				return false;
		}
	}
	return true;
}

/*
 * Moves the plots to their final place. A plot that these results do not allow is deleted, because
 * it would show other results.
 */
static bool publish(const struct drawing *d, bool keep_data)
{
	char from[PATH_BYTES], to[PATH_BYTES];

	for (size_t i = 0; i < PLOT_COUNT; i++) {
		for (size_t e = 0; e < ENDINGS; e++) {
			text__format(from, sizeof(from), "%s/%s.%s", d->temporary, plots[i].name, endings[e]);
			text__format(to, sizeof(to), "%s/%s.%s", d->folder, plots[i].name, endings[e]);
			if (!d->drawn[i] || (!keep_data && strcmp(endings[e], "tsv") == 0)) {
				unlink(to);
			} else if (rename(from, to) != 0) {
				pr_err("cannot write %s: %s", to, strerror(errno));
				return false;
			}
		}
	}
	return true;
}

static enum nb_plots_outcome draw_all(struct drawing *d, const struct nb_plot_input *input, bool keep_data)
{
	bool any = false;

	for (size_t i = 0; i < PLOT_COUNT; i++) {
		if (!write_data(d, i, input))
			return NB_PLOTS_FAILED;
		any = any || d->drawn[i];
	}
	if (!any) {
		pr_err("no plot of %s: nothing in it can be drawn", d->folder);
		return NB_PLOTS_NONE;
	}
	return run_gnuplot(d) && all_whole(d) && publish(d, keep_data) ? NB_PLOTS_DRAWN : NB_PLOTS_FAILED;
}

static void clean_up(const struct drawing *d)
{
	char path[PATH_BYTES];

	for (size_t i = 0; i < PLOT_COUNT; i++) {
		for (size_t e = 0; e < ENDINGS; e++) {
			text__format(path, sizeof(path), "%s/%s.%s", d->temporary, plots[i].name, endings[e]);
			unlink(path);
		}
	}
	rmdir(d->temporary);
}

static bool make_temporary(struct drawing *d)
{
	text__format(d->temporary, sizeof(d->temporary), "%s/.plots.XXXXXX", d->folder);
	if (mkdtemp(d->temporary))
		return true;
	pr_err("cannot write plots to %s: %s", d->folder, strerror(errno));
	return false;
}

/* A missing results.json only means that there are no samples. A bad results.json is a failure. */
static bool load_samples(const char *folder, struct nb_loaded *loaded, bool *there)
{
	char path[PATH_BYTES];

	text__format(path, sizeof(path), "%s/results.json", folder);
	*there = access(path, F_OK) == 0;
	return !*there || nb_load(loaded, path);
}

enum nb_plots_outcome nb_plots_draw(const char *folder, const char *scripts, bool keep_data)
{
	struct drawing d = {.folder = folder, .scripts = scripts};
	struct nb_plot_input input = {0};
	char path[PATH_BYTES], why[NB_CSV_REASON] = "";
	struct nb_loaded loaded = {0};
	struct nb_suite suite;
	struct nb_csv csv;
	enum nb_plots_outcome outcome = NB_PLOTS_FAILED;
	bool there;

	text__format(path, sizeof(path), "%s/results.csv", folder);
	if (access(path, F_OK) != 0) {
		pr_err("no results.csv in %s: name a folder that `nestbed run` made", folder);
		return NB_PLOTS_FAILED;
	}
	if (!nb_csv_read(&csv, path))
		return NB_PLOTS_FAILED;
	if (!nb_suite_build(&suite, &csv, why)) {
		pr_err("no plot of %s: %s", path, why);
		return NB_PLOTS_FAILED;
	}
	input.suite = &suite;
	if (load_samples(folder, &loaded, &there) && make_temporary(&d)) {
		input.samples = there ? &loaded : NULL;
		outcome = draw_all(&d, &input, keep_data);
		clean_up(&d);
	}
	nb_loaded_free(&loaded);
	nb_suite_free(&suite);
	return outcome;
}
