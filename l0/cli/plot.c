// SPDX-License-Identifier: GPL-2.0-only
/*
 * The command `nestbed plot` draws the plots of stored results again, from their files alone. It
 * draws every plot that the files of a folder allow.
 */
#include <argp.h>
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "l0/base/layout.h"
#include "l0/base/options.h"
#include "l0/base/result_folder.h"
#include "l0/base/util.h"
#include "l0/cli/commands.h"
#include "l0/cli/redraw.h"
#include "l0/plots/plots.h"

#define FOLDERS_MAX 4096

struct options {
	const char *folder[FOLDERS_MAX];
	unsigned folders;
	bool keep_data;
};

static volatile sig_atomic_t stopped;

static void on_stop(int signal)
{
	(void)signal;
	stopped = 1;
}

/*
 * After a signal, the current folder is completed, so that no temporary file stays in it. Ctrl-C on
 * a terminal also ends gnuplot directly.
 */
static void catch_signals(void)
{
	static const int signals[] = {SIGINT, SIGTERM, SIGHUP};

	for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++)
		signal(signals[i], on_stop);
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct options *options = state->input;

	switch (key) {
	case 'k':
		options->keep_data = true;
		return 0;
	case ARGP_KEY_ARG:
		if (options->folders == FOLDERS_MAX)
			option__error(state, "more than %d folders", FOLDERS_MAX);
		if (!*arg)
			option__error(state, "the name of a folder is empty");
		options->folder[options->folders++] = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* The reference result of an installation belongs to the package, so no plots are drawn into it. */
static void add_usual_folders(struct options *options, struct layout *layout)
{
	static char latest[LAYOUT_PATH + 16];

	text__format(latest, sizeof(latest), "%s/latest", layout->results);
	if (!layout->installed && access(layout->reference, F_OK) == 0)
		options->folder[options->folders++] = layout->reference;
	if (options->folders == 0 || access(latest, F_OK) == 0)
		options->folder[options->folders++] = latest;
}

static enum plot_outcome draw(const char *folder, const struct layout *layout, bool keep_data)
{
	const enum result_kind kind = result_folder__kind(folder);
	struct stat status;
	enum plot_outcome outcome = NOTHING_TO_DRAW;

	switch (kind) {
	case RESULT_RUN:
		switch (nb_plots_draw(folder, layout->scripts, keep_data)) {
		case NB_PLOTS_DRAWN:
			outcome = DRAWN;
			break;
		case NB_PLOTS_NONE:
			break;
		default:
			outcome = BROKEN;
		}
		break;
	case RESULT_WALK:
		outcome = plot_again__walk(folder, layout->programs);
		break;
	case RESULT_CHASE:
		outcome = plot_again__chase(folder, layout->programs);
		break;
	case RESULT_TRACE:
	case RESULT_FIELDS:
		pr_info("no plot of %s: it is of nestbed %s, whose %s", folder, result_folder__command(kind),
			kind == RESULT_TRACE ? "figures nestbed recover draws again" : "result is a table");
		return NOTHING_TO_DRAW;
	default:
		if (stat(folder, &status) != 0)
			pr_err("cannot read %s: %s", folder, strerror(errno));
		else
			pr_err("no plot of %s: no results.csv in it: name a folder that nestbed made", folder);
		return stat(folder, &status) == 0 && S_ISDIR(status.st_mode) ? NOTHING_TO_DRAW : BROKEN;
	}
	if (outcome == DRAWN)
		pr_info("plots in %s", folder);
	return outcome;
}

int plot__main(int argc, char **argv)
{
	static const struct argp_option descriptions[] = {
		{"keep-data", 'k', NULL, 0, "leave the data of each plot beside it, as NAME.tsv", 0},
		{0},
	};
	static const struct argp argp = {
		.options = descriptions,
		.parser = parse_option,
		.args_doc = "[FOLDER...]",
		.doc = "Draw the plots of stored results again, as SVG and PNG beside them.\v"
		       "Without a folder: results/reference, if it is there, and results/out/latest. A folder that has nothing to be "
		       "drawn is named and left out.\n\n"
		       "Examples:\n  nestbed plot results/out/*/\n  nestbed plot --keep-data results/out/latest\n\n"
		       "Exit codes: 0 good, 1 nothing could be drawn or something is broken, 2 usage.",
	};
	static struct options options;
	unsigned count[BROKEN + 1] = {0};
	static struct layout layout;

	options__parse(&argp, argc, argv, NULL, NULL, NULL, &options);
	if (!layout__of_self(&layout))
		return NB_EXIT_FAILED;
	if (options.folders == 0)
		add_usual_folders(&options, &layout);
	catch_signals();
	for (unsigned i = 0; i < options.folders && !stopped; i++)
		count[draw(options.folder[i], &layout, options.keep_data)]++;
	return stopped || count[BROKEN] || !count[DRAWN] ? NB_EXIT_FAILED : NB_EXIT_GOOD;
}
