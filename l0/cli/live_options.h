/* SPDX-License-Identifier: GPL-2.0-only */
/* The options of `nestbed trace` for watching a VM. Its other options run operations. */
#ifndef NB_L0_LIVE_OPTIONS_H
#define NB_L0_LIVE_OPTIONS_H

#include <argp.h>
#include <stdbool.h>

#include "l0/base/options.h"
#include "l0/experiments/live.h"

/*
 * The options that only a live table has: --pid, --vm, --interval, --duration, --vcpu and --reason.
 * The input is a struct live_options.
 */
extern const struct argp live_argp;

/* Returns true if these options request a live table. */
bool live__wanted(const struct options_given *given);

/*
 * Checks that all options fit the request, which is a live table or an operation. For a live table
 * it also stores level, sets the default interval, and enables timing. level is the level to watch
 * as typed, or NULL. Returns false with one line in why.
 */
#define LIVE_WHY 200
bool live__check(struct live_options *options, const struct options_given *given, const char *level,
		 char why[LIVE_WHY]);

#endif
