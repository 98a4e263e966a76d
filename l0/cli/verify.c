// SPDX-License-Identifier: GPL-2.0-only
/* The command `nestbed verify` compares a result with a reference. */
#include "l0/report/verify.h"

#include <argp.h>
#include <stdio.h>

#include "l0/base/layout.h"
#include "l0/base/options.h"
#include "l0/base/util.h"
#include "l0/cli/commands.h"
#include "l0/results/load.h"

enum { OPT_PART = 256 };

struct options {
	const char *path[2];
	bool part;
};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct options *options = state->input;

	switch (key) {
	case OPT_PART:
		options->part = true;
		return 0;
	case ARGP_KEY_ARG:
		if (state->arg_num > 1)
			option__error(state, "unexpected argument %s: a result is held against one reference", arg);
		else
			options->path[state->arg_num] = arg;
		return 0;
	case ARGP_KEY_END:
		if (state->arg_num < 1)
			option__error(state, "a result is needed");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_option argp_options[] = {
	{"part", OPT_PART, NULL, 0, "RESULT has only some of the reference's rows", 0},
	{0},
};

static const struct argp argp = {
	.options = argp_options,
	.parser = parse_option,
	.args_doc = "RESULT [REFERENCE]",
	.doc = "Hold RESULT against REFERENCE (results/reference): a folder or a results.json each. Exits of an execution must be "
	       "equal on every kernel; exits that time or a policy of L0 decides (apic_timer), within 10%. Ticks must lie "
	       "within 3% where kernel, emulator and compiler are those of the reference; within 20% or 30 ticks where kernels are of one series, such as 6.1; otherwise within a factor of 2 or 30 ticks."
	       "\vExamples:\n"
	       "  nestbed run --machine bochs --op all -o today && nestbed verify today\n"
	       "  nestbed run --machine bochs --op cpuid -o one && nestbed verify --part one\n"
	       "  nestbed verify with-6.12 with-6.1\n\n"
	       "Exit codes: 0 no difference, 1 a difference, 2 usage.",
};

/* Returns true if this is the first row of its machine. */
static bool is_first(const struct nb_loaded *result, size_t row)
{
	for (size_t i = 0; i < row; i++)
		if (nb_loaded_same_machine(&result->rows[i], &result->rows[row]))
			return false;
	return true;
}

static int verify(const struct nb_loaded *result, const struct nb_loaded *reference, const struct options *options)
{
	unsigned differences = 0;

	if (!verify__are_comparable(result, reference, options->path))
		return NB_EXIT_FAILED;
	for (size_t i = 0; i < result->row_count; i++) {
		struct verify_band band;

		if (!is_first(result, i))
			continue;
		verify__choose(result, &result->rows[i], reference, &band);
		printf("allowed: exits equal, ticks %s (%s)\n", verify__width(band.kind), band.why);
		differences += verify__differences(result, &result->rows[i], reference, &band, options->part, stdout);
	}
	printf("%zu rows, %u differences\n", result->row_count, differences);
	return differences ? NB_EXIT_FAILED : NB_EXIT_GOOD;
}

int verify__main(int argc, char **argv)
{
	struct options options = {0};
	struct nb_loaded result, reference;
	int status = NB_EXIT_FAILED;
	struct layout layout;

	options__parse(&argp, argc, argv, NULL, NULL, NULL, &options);
	if (!options.path[1] && !layout__of_self(&layout))
		return NB_EXIT_FAILED;
	if (!options.path[1])
		options.path[1] = layout.reference;
	if (!nb_load(&result, options.path[0]))
		return NB_EXIT_FAILED;
	if (nb_load(&reference, options.path[1])) {
		status = verify(&result, &reference, &options);
		nb_loaded_free(&reference);
	}
	nb_loaded_free(&result);
	return status;
}
