/* SPDX-License-Identifier: GPL-2.0-only */
/* `nestbed trace --pid`: shows the exits of a VM on this computer while the VM runs. */
#ifndef NB_L0_LIVE_H
#define NB_L0_LIVE_H

#include <argp.h>
#include <stdbool.h>
#include <sys/types.h>

#include "l0/base/options.h"
#include "l0/base/result_table.h"
#include "trace/tracer.h"

struct live_options {
	const char *pid, *vm;      /* one of these is set, as typed */
	double interval, duration; /* seconds; interval 0: not given, live__check() sets 1; duration 0: no limit */
	struct tracer_options tracer;
};

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

/*
 * Watches the VM and returns an exit code. files are the files of --csv, --json, --markdown and
 * --latex.
 */
int live__watch(struct live_options *options, const struct table_files *files);

#endif
