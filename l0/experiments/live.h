/* SPDX-License-Identifier: GPL-2.0-only */
/* `nestbed trace --pid`: shows the exits of a VM on this computer while the VM runs. */
#ifndef NB_L0_LIVE_H
#define NB_L0_LIVE_H

#include <stdbool.h>
#include <sys/types.h>

#include "l0/base/result_table.h"
#include "trace/tracer.h"

struct live_options {
	const char *pid, *vm;      /* one of these is set, as typed */
	double interval, duration; /* seconds; interval 0: not given, live__check() sets 1; duration 0: no limit */
	struct tracer_options tracer;
};

/*
 * Watches the VM and returns an exit code. files are the files of --csv, --json, --markdown and
 * --latex.
 */
int live__watch(struct live_options *options, const struct table_files *files);

#endif
