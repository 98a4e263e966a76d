// SPDX-License-Identifier: GPL-2.0-only
/* nestbed claims: reads a stored result and says of each claim of the literature what came of it. */
#include "claims.h"

#include <argp.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "suggest.h"
#include "util.h"
#include "whole_file.h"

#define CLAIMS_MAX 64

struct options {
	const char *folder, *output;
	const struct claims_claim *only;
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
	argp_error(state, "--claim %s: no such claim%s", name, suggestion);
	return NULL;
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct options *options = state->input;

	switch (key) {
	case 'o':
		options->output = arg;
		return 0;
	case 'c':
		options->only = claim_of(state, arg);
		return 0;
	case ARGP_KEY_ARG:
		if (options->folder)
			argp_error(state, "unexpected argument %s: one result is read", arg);
		options->folder = arg;
		return 0;
	case ARGP_KEY_END:
		if (!options->folder)
			argp_error(state, "a result is needed: a folder of `nestbed run`");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static bool write_file(const char *path, const char *text, size_t size)
{
	struct whole_file file;

	return whole_file__begin(&file, path) && whole_file__end(&file, fwrite(text, 1, size, file.out) == size);
}

static bool put_claims(const struct nb_loaded *loaded, const struct options *options)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	bool good;

	if (!out) {
		pr_err("no memory for the claims");
		return false;
	}
	claims__put(loaded, options->folder, options->only, out);
	if (fclose(out) != 0) {
		pr_err("no memory for the claims");
		free(text);
		return false;
	}
	if (options->output) {
		good = write_file(options->output, text, size);
	} else {
		good = fwrite(text, 1, size, stdout) == size && fflush(stdout) == 0;
		if (!good)
			pr_err("cannot write the claims to standard output");
	}
	free(text);
	return good;
}

int claims__main(int argc, char **argv)
{
	static const struct argp_option descriptions[] = {
		{"output", 'o', "FILE", 0, "write there (default: standard output)", 0},
		{"claim", 'c', "NAME", 0, "only this claim", 0},
		{0},
	};
	static const struct argp argp = {
		.options = descriptions,
		.parser = parse_option,
		.args_doc = "FOLDER",
		.doc = "Say of each claim of the literature whether a stored result reproduces it, as Markdown.\v"
		       "A claim that is contradicted is an answer, not a failure: the exit code is 0. Rows that the "
		       "result does not have make a claim \"not measured\".\n"
		       "Examples:\n  nestbed run --op cpuid && nestbed claims results/out/latest --claim cpuid-direct\n"
		       "  nestbed claims results/reference -o paper-notes/claims.md"};
	struct options options = {0};
	struct nb_loaded loaded;
	int code = NB_EXIT_FAILED;

	argp_parse(&argp, argc, argv, 0, NULL, &options);
	if (!nb_load(&loaded, options.folder))
		return NB_EXIT_FAILED;
	nb_loaded_keep_first_machine(&loaded);
	if (loaded.left_out)
		pr_info("%s is of several machines: the claims are about the first, kernel %s%s%s, CPU %s",
			options.folder, loaded.rows[0].kernel, *loaded.rows[0].kernel_args ? " " : "",
			loaded.rows[0].kernel_args, loaded.rows[0].cpu);
	if (!loaded.complete)
		pr_err("%s is incomplete: measure again", options.folder);
	else if (put_claims(&loaded, &options))
		code = NB_EXIT_GOOD;
	nb_loaded_free(&loaded);
	return code;
}
