// SPDX-License-Identifier: GPL-2.0-only
/*
 * Parses the command line of a command that measures. Combines its option groups under one argp and
 * gives each group its input.
 */
#include <string.h>

#include "l0/base/options.h"
#include "l0/base/result_table.h"
#include "l0/base/util.h"
#include "l0/cli/live_options.h"
#include "l0/cli/run_env.h"
#include "l0/cli/run_option_groups.h"

/* Options that may be repeated, because their values add up. */
static const char *const adding[] = {"config", "kvm-param", "kernel-args", "pages", "word", NULL};

/* Only names of options are here. The parser of an option rejects values of version 0.1. */
static const struct option_renamed renamed[] = {{"-j", "--json - (or --json FILE)"}, {NULL, NULL}};

static void *input_of(struct run_env *env, const struct argp *group)
{
	if (group == &variants_argp)
		return &env->machines;
	if (group == &table_files_argp)
		return &env->files;
	return group == &live_argp ? (void *)&env->live : env;
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct run_env *env = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		for (unsigned i = 0; env->command->groups[i].argp; i++)
			state->child_inputs[i] = input_of(env, env->command->groups[i].argp);
		return 0;
	case ARGP_KEY_ARG:
		option__error(state, "unexpected argument %s", arg);
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static void point_into(struct run_env *env)
{
	env->request.kvm_params = env->kvm_params;
	env->request.words = env->words;
	env->request.under_words = env->under_words;
	env->request.programs = env->programs;
}

void run_env__copy(struct run_env *to, const struct run_env *from)
{
	*to = *from;
	point_into(to);
}

void run_env__parse(struct run_env *env, int argc, char **argv, const struct run_command *command)
{
	/* Each number is the group number of the options below the header. */
	const struct argp_option headers[] = {
		{NULL, 0, NULL, 0, command->what ? command->what : "What is measured:", 1},
		{NULL, 0, NULL, 0, "The machine and its stack:", 2},
		{NULL, 0, NULL, 0, "Settings:", 4},
		{NULL, 0, NULL, 0, "Where results go:", 5},
		{NULL, 0, NULL, 0, TABLE_FILES_HEADER, 6},
		{0},
	};
	const struct argp argp = {
		/* A command without options for what it measures needs no header for them. */
		.options = command->what && !*command->what ? headers + 1 : headers,
		.parser = parse_option,
		.doc = command->doc,
		.children = command->groups,
	};

	*env = (struct run_env){
		.machine = "auto",
		.command = command,
		.request =
			{.l0 = command->l0, .iterations = command->iterations, .warmup = 64, .timeout = 20, .seed = 1},
	};
	options__parse(&argp, argc, argv, adding, renamed, &env->given, env);
	point_into(env);
	if (env->mmus == 1)
		run_env__use_mmu(env, env->mmu[0]);
}

void run_env__default_to_shadowing(struct run_env *env)
{
	if (!env->shadow && !env->config_on && !env->config_off)
		env->usual_shadow = "on";
}

char *run_groups__without(const char *text, const char *part)
{
	const char *at = strstr(text, part);

	return at ? strndup(text, (size_t)(at - text)) : (char *)text;
}
