// SPDX-License-Identifier: GPL-2.0-only
/*
 * The options for the operations, the number of samples, the eBPF witness and the results, and the
 * hidden options for tests.
 */
#include <stdio.h>
#include <string.h>

#include "l0/base/options.h"
#include "l0/base/util.h"
#include "l0/cli/run_env.h"
#include "l0/cli/run_option_groups.h"
#include "trace/modes.h"

/* There are no samples during warm-up, so a watchdog cannot tell a long warm-up from a hang. */
#define WARMUP_MAX 10000

enum {
	OPT_OP = 256,
	OPT_LEVEL,
	OPT_WARMUP,
	OPT_SEED,
	OPT_TRACE,
	OPT_TRACE_BUFFER,
	OPT_FORCE,
	OPT_DRY,
	OPT_NO_PLOT,
	OPT_FAULT,
	OPT_UNDER,
	OPT_WORD,
	OPT_CHECK_PROGRAMS,
};

/* --- Operations, levels and samples --- */

static const struct argp_option ops_options[] = {
	{"op", OPT_OP, "LIST", 0,
	 "operations or families of them, separated by commas, or all (`nestbed list` shows them); `empty` is always measured",
	 1},
	{0},
};

static error_t parse_ops(int key, char *arg, struct argp_state *state)
{
	struct run_env *env = state->input;

	if (key != OPT_OP)
		return ARGP_ERR_UNKNOWN;
	env->ops = arg;
	return 0;
}

const struct argp run_ops_argp = {.options = ops_options, .parser = parse_ops};

static const struct argp_option levels_options[] = {{"level", OPT_LEVEL, "LIST", 0, "", 1}, {0}};

static char *filter_levels(int key, const char *text, void *input)
{
	const struct run_env *env = input;

	if (key != OPT_LEVEL || !env)
		return (char *)text;
	if (env->command->deep)
		return strdup(
			"levels, of L0,L1,L2 (default: these; with --l0 own L0,L1; with --l0 none L0); also where our "
			"hypervisor runs itself: L2 with --l0 own, L3, L4");
	return strdup("levels, of L0,L1,L2");
}

static error_t parse_levels(int key, char *arg, struct argp_state *state)
{
	struct run_env *env = state->input;

	if (key != OPT_LEVEL)
		return ARGP_ERR_UNKNOWN;
	env->levels = arg;
	return 0;
}

const struct argp run_levels_argp = {.options = levels_options, .parser = parse_levels, .help_filter = filter_levels};

static const struct argp_option samples_options[] = {
	{"iterations", 'n', "N", 0, "", 1},
	{"warmup", OPT_WARMUP, "N", 0, "executions before the first sample, up to 10000 (default 64)", 1},
	{"seed", OPT_SEED, "N", 0, "of the order in which operations and levels take turns (default 1)", 1},
	{0},
};

static char *filter_samples(int key, const char *text, void *input)
{
	const struct run_env *env = input;
	char *own = NULL;

	if (key != 'n' || !env)
		return (char *)text;
	return asprintf(&own, "samples an operation (default %u)", env->command->iterations) < 0 ? NULL : own;
}

static error_t parse_samples(int key, char *arg, struct argp_state *state)
{
	struct run_env *env = state->input;
	struct request *r = &env->request;

	switch (key) {
	case 'n':
		r->iterations = option__number(state, "iterations", arg, 1, 10000000);
		return 0;
	case OPT_WARMUP:
		r->warmup = option__number(state, "warmup", arg, 0, WARMUP_MAX);
		return 0;
	case OPT_SEED:
		r->seed = option__number(state, "seed", arg, 0, UINT32_MAX);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp run_samples_argp = {
	.options = samples_options, .parser = parse_samples, .help_filter = filter_samples};

/* --- The third witness --- */

static const struct argp_option trace_options[] = {
	{"trace", OPT_TRACE, "LIST", 0,
	 "a third witness: count lets eBPF programs count exits at KVM's tracepoints, time adds up how long each took too, "
	 "stream keeps every event; of several, and off, windows take turns, which shows what each costs",
	 1},
	{"trace-buffer", OPT_TRACE_BUFFER, "KIB", 0,
	 "of the ring buffer that events go through, a power of two from 4 to 1048576 (default 32768); events that find it full "
	 "fail the run",
	 1},
	{0},
};

static error_t parse_trace(int key, char *arg, struct argp_state *state)
{
	struct run_env *env = state->input;
	struct request *r = &env->request;

	switch (key) {
	case OPT_TRACE:
		r->trace = trace_modes__parse(arg);
		if (!r->trace)
			option__error(state, "--trace %s: not a list of off, count, time and stream", arg);
		env->trace_asked = true;
		if (r->trace == 1u << TRACE_MODE_OFF)
			r->trace = 0;
		return 0;
	case OPT_TRACE_BUFFER:
		r->trace_buffer = option__number(state, "trace-buffer", arg, 4, 1 << 20);
		if (r->trace_buffer & (r->trace_buffer - 1))
			option__error(state, "--trace-buffer %s: not a power of two", arg);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp run_trace_argp = {.options = trace_options, .parser = parse_trace};

/* --- Where results go --- */

static const struct argp_option output_options[] = {
	{"output", 'o', "DIR", 0,
	 "output folder, new or without a result (default: results/out/TIME-HOST-MACHINE, linked from results/out/latest)",
	 5},
	{"force", OPT_FORCE, NULL, 0, "remove the result that the output folder holds", 5},
	{"quiet", 'q', NULL, 0, "no news on stderr", 5},
	{"dry-run", OPT_DRY, NULL, 0, "only say what would be run", 5},
	{0},
};

static error_t parse_output(int key, char *arg, struct argp_state *state)
{
	struct run_env *env = state->input;

	switch (key) {
	case OPT_FORCE:
		env->force = true;
		return 0;
	case OPT_DRY:
		env->dry_run = true;
		return 0;
	case 'q':
		env->quiet = true;
		return 0;
	case 'o':
		env->out = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp run_output_argp = {.options = output_options, .parser = parse_output};

static const struct argp_option plot_options[] = {{"no-plot", OPT_NO_PLOT, NULL, 0, "do not draw", 5}, {0}};

static error_t parse_plot(int key, char *arg, struct argp_state *state)
{
	struct run_env *env = state->input;

	(void)arg;
	if (key != OPT_NO_PLOT)
		return ARGP_ERR_UNKNOWN;
	env->no_plot = true;
	return 0;
}

const struct argp run_plot_argp = {.options = plot_options, .parser = parse_plot};

/* --- For tests --- */

static const struct argp_option test_options[] = {
	{"check-programs", OPT_CHECK_PROGRAMS, NULL, OPTION_HIDDEN,
	 "does L0's kernel take every eBPF program? The metadata say", 0},
	{"fault", OPT_FAULT, "HOW", OPTION_HIDDEN,
	 "our hypervisor dies by triple_fault, hang or exception, or its EPT goes bad", 0},
	{"under-own", OPT_UNDER, "WORDS", OPTION_ARG_OPTIONAL | OPTION_HIDDEN,
	 "run the emulated machine's whole Linux as a guest of our hypervisor, with more words for that", 0},
	{"word", OPT_WORD, "NAME=VALUE", OPTION_HIDDEN, "one more word for our hypervisor's command line", 0},
	{0},
};

static error_t parse_test(int key, char *arg, struct argp_state *state)
{
	static const char *const faults[] = {"triple_fault",  "hang",     "exception",  "ept_reserved",
					     "ept_misconfig", "ept_type", "ept_beyond", NULL};
	struct run_env *env = state->input;
	struct request *r = &env->request;

	switch (key) {
	case OPT_UNDER:
		r->under_own = true;
		for (char *word = arg; word && *word;) {
			size_t length = strcspn(word, ",");

			text__format(env->under_words + strlen(env->under_words),
				     sizeof(env->under_words) - strlen(env->under_words), " %.*s", (int)length, word);
			word += length + (word[length] == ',');
		}
		return 0;
	case OPT_WORD:
		if (!strchr(arg, '=') || strpbrk(arg, " \t\n"))
			option__error(state, "--word %s: not NAME=VALUE", arg);
		text__format(env->words + strlen(env->words), sizeof(env->words) - strlen(env->words), " %s", arg);
		return 0;
	case OPT_CHECK_PROGRAMS:
		r->check_programs = true;
		return 0;
	case OPT_FAULT:
		r->fault = option__word(state, "fault", arg, faults);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp run_test_argp = {.options = test_options, .parser = parse_test};
