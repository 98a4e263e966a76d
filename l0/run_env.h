/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The `run` command between its command line and its request: what was typed, and what was chosen for the rest.
 */
#ifndef NB_L0_RUN_ENV_H
#define NB_L0_RUN_ENV_H

#include <stdbool.h>

#include "request.h"

struct run_env {
	struct request request;
	const char *machine, *ops, *levels, *shadow, *out;
	bool json, quiet, dry_run, no_plot;
	char all_ops[512]; /* the request's operations, `empty` in front */
	char folder[512];
	char programs[256];
	char note[200]; /* why this machine */
	char kvm_params[256];
};

/* Reads the command line; ends the program on a usage error. run_options.c */
void run_env__parse(struct run_env *env, int argc, char **argv);

/*
 * Fills the request: operations, levels, machine, VMCS shadowing. NB_EXIT_GOOD, or NB_EXIT_USAGE or NB_EXIT_SKIPPED after one
 * line that says why. env->programs is set before. run_choose.c
 */
int run_env__choose(struct run_env *env);

/* May this request's kvm_intel be reloaded? An emulated machine's is ours; this computer's only if the user says so. */
bool request__may_reload(const struct request *request);

#endif
