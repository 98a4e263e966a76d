// SPDX-License-Identifier: GPL-2.0-only
/* nestbed plot: draws the plots of stored results again, from their files alone. */
#include <argp.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "results/plot.h"
#include "util.h"

#define FOLDERS_MAX 256

static struct {
	const char *folder[FOLDERS_MAX];
	unsigned folders;
} env;

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	switch (key) {
	case ARGP_KEY_ARG:
		if (env.folders == FOLDERS_MAX)
			argp_error(state, "more than %d folders", FOLDERS_MAX);
		env.folder[env.folders++] = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static bool draw(const char *folder, const char *programs)
{
	char csv[600], script[600], base[600];

	text__format(csv, sizeof(csv), "%s/results.csv", folder);
	text__format(script, sizeof(script), "%s/../results/plots/exit-latency.gp", programs);
	text__format(base, sizeof(base), "%s/exit-latency", folder);
	if (access(csv, R_OK) != 0) {
		pr_err("no results.csv in %s: name a folder that `nestbed run` made", folder);
		return false;
	}
	if (!nb_plot(script, csv, base))
		return false;
	pr_info("%s.svg and .png", base);
	return true;
}

int plot__main(int argc, char **argv)
{
	static const struct argp argp = {
		.parser = parse_option,
		.args_doc = "[FOLDER...]",
		.doc = "Draw the plots of stored results again.\v"
		       "Without a folder: results/out/latest.\n\n"
		       "Example:\n  nestbed plot results/out/*/",
	};
	static char latest[512];
	char programs[256];
	int result = NB_EXIT_GOOD;

	argp_parse(&argp, argc, argv, 0, NULL, NULL);
	if (!programs__folder(programs, sizeof(programs)))
		return NB_EXIT_FAILED;
	if (env.folders == 0) {
		text__format(latest, sizeof(latest), "%s/../results/out/latest", programs);
		env.folder[env.folders++] = latest;
	}
	for (unsigned i = 0; i < env.folders; i++)
		if (!draw(env.folder[i], programs))
			result = NB_EXIT_FAILED;
	return result;
}
