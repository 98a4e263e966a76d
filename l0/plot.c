// SPDX-License-Identifier: GPL-2.0-only
/* nestbed plot: draws the plots of stored results again, from their files alone. */
#include <argp.h>
#include <signal.h>
#include <unistd.h>

#include "commands.h"
#include "layout.h"
#include "plots/plots.h"
#include "util.h"

#define FOLDERS_MAX 256

static struct {
	const char *folder[FOLDERS_MAX];
	unsigned folders;
	bool keep_data;
} env;

static volatile sig_atomic_t stopped;

static void on_stop(int signal)
{
	(void)signal;
	stopped = 1;
}

/* The folder at hand comes to its end, so that nothing temporary is left in it; a terminal's ^C ends gnuplot itself. */
static void catch_signals(void)
{
	static const int signals[] = {SIGINT, SIGTERM, SIGHUP};

	for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++)
		signal(signals[i], on_stop);
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	switch (key) {
	case 'k':
		env.keep_data = true;
		return 0;
	case ARGP_KEY_ARG:
		if (env.folders == FOLDERS_MAX)
			argp_error(state, "more than %d folders", FOLDERS_MAX);
		env.folder[env.folders++] = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* The reference of an installation is the package's: nobody draws into it. */
static void add_usual_folders(struct layout *layout)
{
	static char latest[LAYOUT_PATH + 16];

	text__format(latest, sizeof(latest), "%s/latest", layout->results);
	if (!layout->installed && access(layout->reference, F_OK) == 0)
		env.folder[env.folders++] = layout->reference;
	if (env.folders == 0 || access(latest, F_OK) == 0)
		env.folder[env.folders++] = latest;
}

int plot__main(int argc, char **argv)
{
	static const struct argp_option options[] = {
		{"keep-data", 'k', NULL, 0, "leave the data of each plot beside it, as NAME.tsv", 0},
		{0},
	};
	static const struct argp argp = {
		.options = options,
		.parser = parse_option,
		.args_doc = "[FOLDER...]",
		.doc = "Draw the plots of stored results again, as SVG and PNG beside them.\v"
		       "Without a folder: results/reference, if it is there, and results/out/latest.\n\n"
		       "Example:\n  nestbed plot results/out/*/",
	};
	struct layout layout;
	int result = NB_EXIT_GOOD;

	argp_parse(&argp, argc, argv, 0, NULL, NULL);
	if (!layout__of_self(&layout))
		return NB_EXIT_FAILED;
	if (env.folders == 0)
		add_usual_folders(&layout);
	catch_signals();
	for (unsigned i = 0; i < env.folders && !stopped; i++) {
		if (nb_plots_draw(env.folder[i], layout.scripts, env.keep_data))
			pr_info("plots in %s", env.folder[i]);
		else
			result = NB_EXIT_FAILED;
	}
	return stopped ? NB_EXIT_FAILED : result;
}
