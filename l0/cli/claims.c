// SPDX-License-Identifier: GPL-2.0-only
/*
 * The command `nestbed claims` reads a stored result and prints a verdict for each claim of the
 * literature.
 */
#include "l0/claims/claims.h"

#include <argp.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "l0/base/options.h"
#include "l0/base/result_folder.h"
#include "l0/base/suggest.h"
#include "l0/base/result_table.h"
#include "l0/base/util.h"
#include "l0/cli/commands.h"

#define CLAIMS_MAX 64

enum { OPT_INCOMPLETE = 256 };

struct options {
	const char *folder;
	struct table_files files;
	const struct claims_claim *only;
	bool incomplete_anyway;
};

static const struct claims_claim *claim_of(struct argp_state *state, const char *name)
{
	const char *names[CLAIMS_MAX + 1] = {NULL};
	char suggestion[SUGGEST_SIZE];

	for (size_t i = 0; i < claims_count; i++)
		if (strcmp(claims_table[i].name, name) == 0)
			return &claims_table[i];
	for (size_t i = 0; i < claims_count && i < CLAIMS_MAX; i++)
		names[i] = claims_table[i].name;
	suggest__names(suggestion, ": ", name, strlen(name), names);
	option__error(state, "--claim %s: no such claim%s", name, suggestion);
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct options *options = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &options->files;
		return 0;
	case 'c':
		options->only = claim_of(state, arg);
		return 0;
	case OPT_INCOMPLETE:
		options->incomplete_anyway = true;
		return 0;
	case ARGP_KEY_ARG:
		if (options->folder)
			option__error(state, "unexpected argument %s: one result is read", arg);
		options->folder = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

struct shown {
	const struct nb_loaded *loaded;
	const struct options *options;
};

static bool put_document(FILE *out, void *data)
{
	const struct shown *shown = data;

	claims__put(shown->loaded, shown->options->folder, shown->options->only, out);
	return true;
}

/* Writes the claims as a Markdown document, and in the other formats as one row for each claim. */
static bool put_claims(const struct nb_loaded *loaded, const struct options *options)
{
	const struct table_files *files = &options->files;
	const struct table_files tables = table_files__without(files, TABLE_MARKDOWN);
	struct shown shown = {loaded, options};
	bool good = true;

	if (!files->path[TABLE_MARKDOWN] && !table_files__take_stdout(files))
		put_document(stdout, &shown);
	good = table_files__put(files, TABLE_MARKDOWN, put_document, &shown);
	if (good && (tables.path[TABLE_CSV] || tables.path[TABLE_JSON] || tables.path[TABLE_LATEX])) {
		struct table table;

		claims__make_table(loaded, options->folder, options->only, &table);
		good = table_files__write(&tables, &table);
		table__free(&table);
	}
	return good;
}

int claims__main(int argc, char **argv)
{
	static const struct argp_option descriptions[] = {
		{"claim", 'c', "NAME", 0, "only this claim", 1},
		{"incomplete-anyway", OPT_INCOMPLETE, NULL, 0, "judge a result of a run that did not come to its end",
		 1},
		{0},
	};
	static const struct argp_child children[] = {{&table_files_argp, 0, TABLE_FILES_HEADER, 2}, {0}};
	static const struct option_renamed renamed[] = {
		{"-o", "--markdown FILE"}, {"--output", "--markdown FILE"}, {NULL, NULL}};
	static const struct argp argp = {
		.options = descriptions,
		.parser = parse_option,
		.children = children,
		.args_doc = "[FOLDER]",
		.doc = "Say of each claim of the literature whether a stored result reproduces it, as Markdown on standard "
		       "output, or with --markdown in a file.\v"
		       "Without a folder: the newest result of `nestbed run` in results/out, or results/reference. A claim that is "
		       "contradicted is an answer, not a failure: the exit code is 0. Rows that the result does not have make a "
		       "claim \"not measured\".\n"
		       "Examples:\n  nestbed run --op cpuid && nestbed claims results/out/latest --claim cpuid-direct\n"
		       "  nestbed claims results/reference --markdown paper-notes/claims.md\n"
		       "  nestbed claims results/reference --csv - | grep contradicted"};
	static char usual[512];
	struct options options = {0};
	struct nb_loaded loaded;
	int code = NB_EXIT_FAILED;

	options__parse(&argp, argc, argv, NULL, renamed, NULL, &options);
	if (!options.folder) {
		if (!result_folder__usual(usual, sizeof(usual)))
			return NB_EXIT_FAILED;
		options.folder = usual;
	}
	if (!table_files__spare(&options.files, options.folder) || !result_folder__may_be_of_run(options.folder) ||
	    !nb_load(&loaded, options.folder))
		return NB_EXIT_FAILED;
	nb_loaded_keep_first_machine(&loaded);
	if (loaded.left_out)
		pr_info("%s is of several machines: the claims are about the first, kernel %s%s%s, CPU %s",
			options.folder, loaded.rows[0].kernel, *loaded.rows[0].kernel_args ? " " : "",
			loaded.rows[0].kernel_args, loaded.rows[0].cpu);
	if (!nb_loaded_is_whole(&loaded) && !options.incomplete_anyway)
		pr_err("%s is incomplete: measure again, or add --incomplete-anyway", options.folder);
	else if (put_claims(&loaded, &options))
		code = NB_EXIT_GOOD;
	nb_loaded_free(&loaded);
	return code;
}
