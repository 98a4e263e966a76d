/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * `nestbed trace --pid`: what a VM of this computer exits for, while it runs.
 */
#ifndef NB_L0_LIVE_H
#define NB_L0_LIVE_H

#include <stdbool.h>
#include <sys/types.h>

#include "../trace/tracer.h"

enum live_format { LIVE_TEXT, LIVE_CSV, LIVE_JSON };

struct live_options {
	const char *pid, *vm; /* one of them, as typed */
	const char *running;  /* an option for operations was given too, which contradicts; or NULL */
	bool csv, json;
	double interval, duration; /* seconds; duration 0: until it is ended */
	struct tracer_options tracer;
};

/* Do these arguments of `nestbed trace` want a live table? live_options.c */
bool live__wanted(int argc, char **argv);

/* An option among them, "--vcpu", that only such a table has; NULL: none. */
const char *live__watching(int argc, char **argv);

/* Reads them; ends the program on a usage error of a single option. False after a line about options that contradict. */
bool live__parse(struct live_options *options, int argc, char **argv);

int live__main(int argc, char **argv);

#endif
