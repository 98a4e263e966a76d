// SPDX-License-Identifier: GPL-2.0-only
/*
 * Draws the figures of `nestbed walk` and `nestbed chase` again. The data comes from records*.bin.
 * The first row of the CSV file names the machine.
 */
#include "l0/cli/redraw.h"

#include <glob.h>
#include <stdlib.h>
#include <string.h>

#include "l0/base/util.h"
#include "l0/experiments/chase_miss.h"
#include "l0/experiments/walk_table.h"
#include "l0/plots/chase_figure.h"
#include "l0/plots/walk_figure.h"
#include "l0/results/collect.h"
#include "l0/results/csv.h"

/* The contents of a folder. */
struct stored {
	struct nb_csv csv;
	struct nb_results results;
};

static void stored__free(struct stored *s)
{
	nb_results_free(&s->results);
	nb_csv_free(&s->csv);
}

static bool read_records(const char *path, struct nb_results *results)
{
	struct nb_collector collector;
	struct file_data file;

	if (!file__read(path, &file))
		return false;
	nb_collect_begin(&collector, results);
	nb_collect_feed(&collector, file.data, file.size);
	nb_collect_end(&collector);
	free(file.data);
	return true;
}

/*
 * Reads the CSV file and the records of a folder. Returns DRAWN if both are there. Otherwise
 * returns another outcome after one line, and there is nothing to free.
 */
static enum plot_outcome stored__read(struct stored *s, const char *folder, const char *csv)
{
	enum plot_outcome outcome = DRAWN;
	char path[700];
	glob_t files;

	*s = (struct stored){.results = {0}};
	text__format(path, sizeof(path), "%s/%s", folder, csv);
	if (!nb_csv_read(&s->csv, path))
		return BROKEN;
	text__format(path, sizeof(path), "%s/records*.bin", folder);
	if (s->csv.rows == 0 || glob(path, 0, NULL, &files) != 0) {
		pr_err("no plot of %s: %s", folder,
		       s->csv.rows ? "its records*.bin are gone, which the figure is made of" : "its table is empty");
		nb_csv_free(&s->csv);
		return NOTHING_TO_DRAW;
	}
	for (size_t i = 0; i < files.gl_pathc && outcome == DRAWN; i++)
		if (!read_records(files.gl_pathv[i], &s->results))
			outcome = BROKEN;
	globfree(&files);
	if (outcome != DRAWN)
		stored__free(s);
	return outcome;
}

static enum plot_outcome incomplete(const char *folder)
{
	pr_err("no plot of %s: its records are incomplete: measure again", folder);
	return NOTHING_TO_DRAW;
}

static enum plot_outcome draw_walk(const struct stored *s, const char *folder, const char *programs)
{
	struct walk_shape shapes[WALK_SHAPES];
	const struct nb_run *run = NULL;
	struct nb_single single;

	for (size_t i = 0; i < s->results.run_count && !run; i++)
		if (nb_run_op(&s->results.runs[i], "walk.4.4"))
			run = &s->results.runs[i];
	if (!run || !walk__read(run, shapes))
		return incomplete(folder);
	return nb_single_begin(&single, folder, programs) &&
			       nb_walk_figure_draw(&single, nb_csv_cell(&s->csv, 0, "machine"), run, shapes)
		       ? DRAWN
		       : BROKEN;
}

static enum plot_outcome draw_chase(const struct stored *s, const char *folder, const char *programs)
{
	const struct chase_source source = {
		.machine = nb_csv_cell(&s->csv, 0, "machine"),
		.clock = nb_csv_cell(&s->csv, 0, "clock"),
		.cpu = nb_csv_cell(&s->csv, 0, "cpu"),
		.khz = nb_csv_number(&s->csv, 0, "tsc_khz"),
		.in_vm = strcmp(nb_csv_cell(&s->csv, 0, "in_vm"), "yes") == 0,
	};
	enum plot_outcome outcome = BROKEN;
	struct chase_level *levels;
	struct nb_single single;
	size_t count;

	if (!chase__read_all(&s->results, &levels, &count) || count == 0) {
		free(levels);
		return incomplete(folder);
	}
	if (nb_single_begin(&single, folder, programs) && nb_chase_figure_draw(&single, &source, levels, count))
		outcome = DRAWN;
	free(levels);
	return outcome;
}

/* Draws a figure from the folder's records and the machine's names in `table`. */
static enum plot_outcome draw_again(const char *folder, const char *programs, const char *table,
				    enum plot_outcome (*draw)(const struct stored *s, const char *folder,
							      const char *programs))
{
	struct stored stored;
	enum plot_outcome outcome = stored__read(&stored, folder, table);

	if (outcome != DRAWN)
		return outcome;
	outcome = draw(&stored, folder, programs);
	stored__free(&stored);
	return outcome;
}

enum plot_outcome plot_again__walk(const char *folder, const char *programs)
{
	return draw_again(folder, programs, "walk.csv", draw_walk);
}

enum plot_outcome plot_again__chase(const char *folder, const char *programs)
{
	return draw_again(folder, programs, "chase.csv", draw_chase);
}
