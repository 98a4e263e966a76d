// SPDX-License-Identifier: GPL-2.0-only
/*
 * The command `nestbed recover` makes all files of a run again from its records and its run.json,
 * as the run does at its end.
 */
#include <argp.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "l0/base/allocate.h"
#include "l0/base/layout.h"
#include "l0/base/options.h"
#include "l0/base/util.h"
#include "l0/cli/commands.h"
#include "l0/cli/run_env.h"
#include "l0/report/output_files.h"
#include "l0/report/output_folder.h"
#include "l0/report/recover_old.h"
#include "l0/report/run_file.h"
#include "l0/request/old_words.h"
#include "l0/results/load.h"

struct options {
	char **folder;
	unsigned folders;
	bool no_plot, quiet;
};

static const struct run_command *find_command(const char *name)
{
	static const struct run_command *const commands[] = {&run_command, &trace_command, &fields_command,
							     &walk_command, &chase_command};

	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	return NULL;
}

static bool is_there(const char *folder, const char *name)
{
	char path[700];

	text__format(path, sizeof(path), "%s/%s", folder, name);
	return access(path, F_OK) == 0;
}

static size_t count_samples(const struct nb_results *results)
{
	size_t count = 0;

	for (size_t i = 0; i < results->run_count; i++)
		for (size_t j = 0; j < results->runs[i].op_count; j++)
			count += results->runs[i].ops[j].sample_count;
	return count;
}

/* Loads results.json of the folder. Returns false if it is missing or invalid. */
static bool load_present(struct nb_loaded *loaded, const char *folder)
{
	char path[700], why[NB_LOAD_REASON];
	struct file_data file;
	bool good;

	text__format(path, sizeof(path), "%s/results.json", folder);
	if (access(path, R_OK) != 0 || !file__read(path, &file))
		return false;
	good = nb_load_text(loaded, (const char *)file.data, file.size, why);
	free(file.data);
	return good;
}

/*
 * Returns why the records would make a worse result than the stored one, or NULL if they would not.
 */
static const char *worse(const char *folder, const struct nb_results *results)
{
	static const char *const outcomes[] = {"results.json", "walk.csv", "fields.json", "chase.csv",
					       "trace-cost.csv"};
	struct nb_loaded loaded;
	const char *why = NULL;

	if (nb_results_incomplete(results) && !is_there(folder, OUTPUT_MARK))
		for (size_t i = 0; i < sizeof(outcomes) / sizeof(outcomes[0]); i++)
			if (is_there(folder, outcomes[i]))
				return "the result is whole, but its records are not any more";
	if (!load_present(&loaded, folder))
		return NULL;
	if (loaded.sample_count > count_samples(results))
		why = "the result has more samples than the records have now";
	nb_loaded_free(&loaded);
	return why;
}

/* Makes the results. env holds the description of the folder. Returns an exit code. */
static int make(struct run_env *env, struct nb_results *results)
{
	const bool whole = !nb_results_incomplete(results) && results->run_count >= env->runs;
	const char *why;

	if (results->run_count == 0) {
		pr_err("%s: the run ended before its first record: nothing can be recovered", env->folder);
		return NB_EXIT_FAILED;
	}
	why = worse(env->folder, results);
	if (why) {
		pr_err("%s: %s: nothing is changed", env->folder, why);
		return NB_EXIT_FAILED;
	}
	if ((!whole && !output_folder__mark(env->folder)) || !output_files__remove_temporary(env->folder)) {
		pr_err("cannot write to %s: %s", env->folder, strerror(errno));
		return NB_EXIT_FAILED;
	}
	return run_env__finish(env, NB_EXIT_GOOD, results);
}

/* Records of version 0.1 use other words for L0. */
static void rename_words(struct nb_results *results)
{
	for (size_t i = 0; i < results->run_count; i++) {
		struct nb_run *run = &results->runs[i];
		char *l0 = nb_strdup(nb_renamed("l0", run->l0));

		free(run->l0);
		run->l0 = l0;
	}
}

static int recover_run(struct run_env *env)
{
	struct nb_results results = {0};
	int result = NB_EXIT_FAILED;

	env->command = find_command(env->file.command);
	env->request.machine = env->file.machine;
	env->request.ops = env->file.ops;
	text__format(env->all_ops, sizeof(env->all_ops), "%s", env->file.ops);
	env->address = *env->file.address ? env->file.address : NULL;
	env->depth = (unsigned)env->file.depth;
	env->no_plot = env->no_plot || !env->file.plots;
	if (run_file__collect(&env->file, env->folder, &results, &env->runs)) {
		if (!env->described)
			rename_words(&results);
		result = make(env, &results);
	}
	nb_results_free(&results);
	return result;
}

/* A folder of `nestbed boot` has no results, so this prints the texts of the image. */
static int recover_boot(const struct run_env *env)
{
	boot__print(&env->file, env->folder);
	return NB_EXIT_GOOD;
}

/*
 * Reads run.json, or guesses its contents for a folder of version 0.1. Returns false after one
 * line.
 */
static bool describe(struct run_env *env)
{
	char why[RUN_FILE_REASON];

	env->described = run_file__read(&env->file, env->folder, why);
	if (!env->described) {
		if (*why) {
			pr_err("cannot use %s/" OUTPUT_DESCRIPTION
			       ": %s; move it away, and what was run is guessed from "
			       "the other files",
			       env->folder, why);
			return false;
		}
		if (!recover_old__guess(&env->file, env->folder, why)) {
			pr_err("%s: %s", env->folder, why);
			return false;
		}
		pr_info("%s has no " OUTPUT_DESCRIPTION ", as of nestbed 0.1: %s", env->folder, why);
	}
	if (env->file.part) {
		pr_err("%s is a part of the result in the folder above it: recover that one", env->folder);
		return false;
	}
	if (strcmp(env->file.command, "boot") == 0 || find_command(env->file.command))
		return true;
	pr_err("%s was made by `nestbed %s`, which this nestbed does not have: use a newer one", env->folder,
	       env->file.command);
	return false;
}

static int recover(const char *folder, const struct options *options)
{
	static struct run_env env;
	int result = NB_EXIT_FAILED;

	env = (struct run_env){.out = folder, .no_plot = options->no_plot, .quiet = options->quiet, .recovers = true};
	if (!programs__folder(env.programs, sizeof(env.programs)) || !output_folder__lock(&env.output, folder))
		return NB_EXIT_FAILED;
	text__format(env.folder, sizeof(env.folder), "%s", env.output.path);
	if (describe(&env))
		result = strcmp(env.file.command, "boot") == 0 ? recover_boot(&env) : recover_run(&env);
	fflush(stdout);
	if (env.file.root)
		run_file__free(&env.file);
	close(env.output.lock);
	return result;
}

static int is_run(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/*
 * Returns true if `make bench` or `make experiments` made the folder. It has no run.json, but the
 * mark or a file that these targets copy there.
 */
static bool is_of_experiments(const char *folder)
{
	return !is_there(folder, OUTPUT_DESCRIPTION) &&
	       (is_there(folder, OUTPUT_MARK) || is_there(folder, "results.json") || is_there(folder, "claims.md"));
}

/*
 * Recovers each run in a folder of experiments. Sets *result to NB_EXIT_FAILED if one fails.
 * Returns false if there is no run. Other folders are not searched; it returns false for them, too.
 */
static bool recover_inside(const char *folder, const struct options *options, int *result)
{
	struct dirent **entries;
	char path[600];
	int count;
	bool any = false;

	if (!is_of_experiments(folder) || (count = scandir(folder, &entries, is_run, alphasort)) < 0)
		return false;
	for (int i = 0; i < count; i++) {
		text__format(path, sizeof(path), "%s/%s", folder, entries[i]->d_name);
		free(entries[i]);
		if (!is_there(path, OUTPUT_DESCRIPTION))
			continue;
		printf("%s%s:\n", any ? "\n" : "", path);
		any = true;
		if (recover(path, options) != NB_EXIT_GOOD)
			*result = NB_EXIT_FAILED;
	}
	free(entries);
	return any;
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct options *options = state->input;

	switch (key) {
	case 'p':
		options->no_plot = true;
		return 0;
	case 'q':
		options->quiet = true;
		return 0;
	case ARGP_KEY_ARGS:
		options->folder = state->argv + state->next;
		options->folders = (unsigned)(state->argc - state->next);
		state->next = state->argc;
		return 0;
	case ARGP_KEY_NO_ARGS:
		option__error(state, "it wants the folder of a run");
	default:
		(void)arg;
		return ARGP_ERR_UNKNOWN;
	}
}

int recover__main(int argc, char **argv)
{
	static const struct argp_option descriptions[] = {
		{"no-plot", 'p', NULL, 0, "do not draw", 0},
		{"quiet", 'q', NULL, 0, "no news on stderr", 0},
		{0},
	};
	static const struct argp argp = {
		.options = descriptions,
		.parser = parse_option,
		.args_doc = "FOLDER...",
		.doc = "Make tables, files and plots of a run again, from its records and run.json alone: of a run that was killed, too.\v"
		       "What a run measured before it ended is kept. Rows that are not whole say complete=no, and the folder stays marked "
		       "INCOMPLETE; if its records are whole, the mark goes. A result that is whole becomes the same, byte for byte. Of a folder "
		       "that make bench or make experiments has made, each run in it is recovered.\n\n"
		       "Example:\n  nestbed recover results/out/2026-11-30T15-20-11Z-HOST-bochs\n\n"
		       "Exit codes: 0 good, 1 of a folder nothing could be made, or its witnesses disagree (the others are done all the "
		       "same), 2 usage.",
	};
	struct options options = {0};
	int result = NB_EXIT_GOOD;

	options__parse(&argp, argc, argv, NULL, NULL, NULL, &options);
	pr_quiet(options.quiet);
	for (unsigned i = 0; i < options.folders; i++) {
		if (options.folders > 1)
			printf("%s%s:\n", i ? "\n" : "", options.folder[i]);
		fflush(stdout);
		if (!recover_inside(options.folder[i], &options, &result) &&
		    recover(options.folder[i], &options) != NB_EXIT_GOOD)
			result = NB_EXIT_FAILED;
	}
	return result;
}
