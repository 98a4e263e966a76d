/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * `nestbed trace --pid`: what a VM of this computer exits for, while it runs.
 */
#ifndef NB_L0_LIVE_H
#define NB_L0_LIVE_H

#include <argp.h>
#include <stdbool.h>
#include <sys/types.h>

#include "l0/base/options.h"
#include "l0/base/table_file.h"
#include "trace/tracer.h"

struct live_options {
	const char *pid, *vm;      /* one of them, as typed */
	double interval, duration; /* seconds; interval 0: not given, 1; duration 0: until it is ended */
	struct tracer_options tracer;
};

/* The options that only a live table has: --pid, --vm, --interval, --duration, --vcpu, --reason. Input: a struct live_options. */
extern const struct argp live_argp;

/* Do these options want a live table? */
bool live__wanted(const struct options_given *given);

/*
 * Do all options go with what is wanted, a live table or an operation? Takes over the level that is to be watched, as typed, or NULL.
 * False with one line in why.
 */
#define LIVE_WHY 200
bool live__check(struct live_options *options, const struct options_given *given, const char *level,
		 char why[LIVE_WHY]);

/* Watches. Returns an exit code. files: those of --csv, --json, --markdown and --latex. */
int live__watch(struct live_options *options, const struct table_files *files);

#endif
