// SPDX-License-Identifier: GPL-2.0-only
/*
 * The command `nestbed compare`: reads results, matches their rows and prints the differences. Its
 * exit code says whether a difference is above the threshold.
 */
#include "l0/report/compare.h"

#include <argp.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "l0/base/options.h"
#include "l0/base/util.h"
#include "l0/report/compare_table.h"

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

bool compare__same_clock(const struct comparison *c)
{
	for (size_t i = 1; i < c->results; i++)
		if (strcmp(c->result[0].loaded.clock, c->result[i].loaded.clock) != 0)
			return false;
	return true;
}

const char *compare__side_name(char name[COMPARE_NAME], size_t side)
{
	if (side < 26)
		snprintf(name, COMPARE_NAME, "%c", (char)('A' + side));
	else
		snprintf(name, COMPARE_NAME, "S%u", (unsigned)side % 1000 + 1);
	return name;
}

/* Returns false, after one line, if these results must not be compared. */
static bool may_be_compared(const struct comparison *c)
{
	for (size_t i = 0; i < c->results; i++)
		if (!nb_loaded_is_whole(&c->result[i].loaded) && !c->options->incomplete_anyway) {
			pr_err("%s is incomplete: measure again, or add --incomplete-anyway", c->result[i].path);
			return false;
		}
	for (size_t i = 1; i < c->results; i++) {
		if (strcmp(c->result[0].loaded.clock, c->result[i].loaded.clock) == 0 || c->options->clock_anyway)
			continue;
		pr_err("the clock of %s is %s, that of %s is %s: their ticks cannot be compared (--clock-anyway does it "
		       "nevertheless)",
		       c->result[0].path, c->result[0].loaded.clock, c->result[i].path, c->result[i].loaded.clock);
		return false;
	}
	return true;
}

/*
 * Writes the files. CSV has all rows with all digits, and JSON has everything. Markdown and LaTeX
 * have the printed table.
 */
static bool write_files(struct comparison *c)
{
	const struct table_files *files = &c->options->files;
	struct table_files exact = {{[TABLE_CSV] = files->path[TABLE_CSV]}}, printed = *files;
	struct compare_table table;
	bool good = table_files__put(files, TABLE_JSON, compare_json__put, c);

	printed.path[TABLE_CSV] = printed.path[TABLE_JSON] = NULL;
	compare_table__of_rows(&table, c, true, true);
	good = good && table_files__write(&exact, &table.table);
	compare_table__free(&table);
	compare_table__of_rows(&table, c, c->options->all, false);
	good = good && table_files__write(&printed, &table.table);
	compare_table__free(&table);
	return good;
}

static bool write_all(struct comparison *c)
{
	const struct compare_options *options = c->options;
	bool good = write_files(c);

	if (options->plot)
		good = compare_plot__draw(c, options->plot) && good;
	if (table_files__take_stdout(&options->files))
		return good;
	compare_text__print(c, stdout);
	if (fflush(stdout) != 0 || ferror(stdout)) {
		pr_err("cannot write the comparison to standard output");
		return false;
	}
	return good;
}

static bool is_past_threshold(const struct comparison *c)
{
	for (size_t i = 0; i < c->matches.compared; i++)
		for (size_t side = 1; side < c->sides.count; side++)
			if (compare_threshold__slower(&c->options->threshold, &c->matches.match[i], side) ||
			    compare_threshold__more_exits(&c->options->threshold, &c->matches.match[i], side))
				return true;
	return false;
}

/*
 * Returns true if the results share more than the empty loop. Every result has the empty loop, so
 * it proves nothing unless the results have no other operation.
 */
static bool has_subject(const struct comparison *c)
{
	bool others = false;

	for (size_t i = 0; i < c->matches.count; i++) {
		const struct nb_match *match = &c->matches.match[i];
		const bool empty = strcmp(match->any->op, "empty") == 0;

		if (match->compared && !empty)
			return true;
		others = others || (match->measured && !empty);
	}
	return c->matches.compared > 0 && !others;
}

static enum compare_outcome compare_loaded(struct comparison *c)
{
	const struct compare_options *options = c->options;

	if (!may_be_compared(c) || !nb_sides_build(&c->sides, c->result, c->results, options->by))
		return COMPARE_FAILED;
	if (options->first_alone)
		nb_sides_keep_first(&c->sides);
	nb_matches_build(&c->matches, &c->sides, options->threshold.exits, true, options->seed);
	nb_means_build(&c->means, &c->matches);
	if (!has_subject(c)) {
		pr_err("nothing to compare: no operation has samples both in %s (%s) and on another side",
		       c->result[0].path, c->sides.side[0].head);
		return COMPARE_FAILED;
	}
	if (!write_all(c))
		return COMPARE_FAILED;
	return options->judged && is_past_threshold(c) ? COMPARE_PAST : COMPARE_GOOD;
}

enum compare_outcome compare__results(const struct compare_options *options)
{
	struct comparison *c = calloc(1, sizeof(*c));
	enum compare_outcome outcome = COMPARE_FAILED;
	bool good = true;

	if (!c) {
		pr_err("no memory for the comparison");
		return COMPARE_FAILED;
	}
	c->options = options;
	for (size_t i = 0; i < options->paths && good; i++) {
		c->result[i].path = options->path[i];
		good = table_files__spare(&options->files, options->path[i]) &&
		       nb_load(&c->result[i].loaded, options->path[i]);
		c->results += good;
	}
	if (good)
		outcome = compare_loaded(c);
	nb_means_free(&c->means);
	nb_matches_free(&c->matches);
	nb_sides_free(&c->sides);
	for (size_t i = 0; i < c->results; i++)
		nb_loaded_free(&c->result[i].loaded);
	free(c);
	return outcome;
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
