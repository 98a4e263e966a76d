// SPDX-License-Identifier: GPL-2.0-only
/* The command `nestbed compare` shows the differences of results. */
#include "l0/report/compare.h"

#include <argp.h>
#include <limits.h>
#include <string.h>

#include "l0/base/options.h"
#include "l0/base/util.h"
#include "l0/cli/commands.h"

enum {
	OPT_THRESHOLD = 256,
	OPT_CLOCK,
	OPT_INCOMPLETE,
	OPT_SEED,
	OPT_BY,
	OPT_ALL,
	OPT_PLOT,
};

static const char *const by_words[] = {
	[NB_BY_VARIANT] = "variant", [NB_BY_KERNEL] = "kernel", [NB_BY_KERNEL_ARGS] = "kernel_args",
	[NB_BY_CPU] = "cpu",         [NB_BY_CONFIG] = "config", [NB_BY_LEVEL] = "level",
	[NB_BY_LEVEL + 1] = NULL};

static enum nb_sides_by parse_by(const struct argp_state *state, const char *arg)
{
	const char *word = option__word(state, "by", arg, by_words);
	enum nb_sides_by by = NB_BY_VARIANT;

	while (by_words[by] != word)
		by++;
	return by;
}

static void parse_threshold(const struct argp_state *state, struct compare_options *options, const char *arg)
{
	char why[COMPARE_WHY];

	options->judged = true;
	if (!compare_threshold__parse(&options->threshold, arg, why))
		option__error(state, "--threshold %s: %s", arg, why);
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct compare_options *options = state->input;

	switch (key) {
	case OPT_THRESHOLD:
		parse_threshold(state, options, arg);
		return 0;
	case OPT_CLOCK:
		options->clock_anyway = true;
		return 0;
	case OPT_INCOMPLETE:
		options->incomplete_anyway = true;
		return 0;
	case OPT_SEED:
		/* GSL replaces a seed of 0 by its default seed. */
		options->seed = option__number(state, "seed", arg, 1, UINT_MAX);
		return 0;
	case OPT_BY:
		options->by = parse_by(state, arg);
		return 0;
	case OPT_ALL:
		options->all = true;
		return 0;
	case OPT_PLOT:
		options->plot = arg;
		return 0;
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &options->files;
		return 0;
	case ARGP_KEY_ARG:
		if (options->paths == NB_SIDES_MAX)
			option__error(state, "more than %d results", NB_SIDES_MAX);
		options->path[options->paths++] = arg;
		return 0;
	case ARGP_KEY_END:
		if (!options->paths)
			option__error(state, "a result is needed, or several");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

int compare__main(int argc, char **argv)
{
	static const struct argp_option descriptions[] = {
		{"threshold", OPT_THRESHOLD, "LIMITS", 0,
		 "fail if an execution causes more exits to L0, or a median surely grew by more: exits=0.05,ticks=5%, or one "
		 "of both, where the other one is as here",
		 0},
		{"by", OPT_BY, "COLUMN", 0,
		 "what tells the sides of one result apart: variant (kernel, kernel_args and cpu together; the default), "
		 "kernel, kernel_args, cpu, config or level",
		 0},
		{"all", OPT_ALL, NULL, 0, "print equal rows, too, and name all operations that were not measured", 0},
		{"plot", OPT_PLOT, "FOLDER", 0, "draw compare.svg and compare.png there", 0},
		{"clock-anyway", OPT_CLOCK, NULL, 0, "compare real latencies with counted instructions", 0},
		{"incomplete-anyway", OPT_INCOMPLETE, NULL, 0, "take results of a run that did not come to its end", 0},
		{"seed", OPT_SEED, "N", 0, "of the bootstrap's random numbers (1)", 0},
		{0},
	};
	static const struct argp_child children[] = {{&table_files_argp, 0, NULL, 0}, {0}};
	static const struct option_renamed renamed[] = {{"-j", "--json FILE, and --json - for standard output"}, {0}};
	static const struct argp argp = {
		.options = descriptions,
		.parser = parse_option,
		.children = children,
		.args_doc = "RESULT...",
		.doc = "Compare results: folders of `nestbed run`, or their results.json.\v"
		       "A result of several kernels or CPUs has a side for each. Every side is held against the first one. A "
		       "ratio above 1 says that the side takes longer. \"Surely\" is: the low end of the 95% interval lies "
		       "above the limit. Exit code 1: a row is past the threshold, or nothing can be compared.\n\n"
		       "Examples:\n"
		       "  nestbed compare before after\n"
		       "  nestbed compare before after --threshold exits=0.05,ticks=3%\n"
		       "  nestbed run --machine bochs --op all --kernel 6.1,6.12\n"
		       "  nestbed compare results/out/latest\n"
		       "  nestbed compare results/reference --by config"};
	struct compare_options options = {.threshold = COMPARE_THRESHOLD_DEFAULT, .seed = 1};

	options__parse(&argp, argc, argv, NULL, renamed, NULL, &options);
	return compare__results(&options) == COMPARE_GOOD ? NB_EXIT_GOOD : NB_EXIT_FAILED;
}
