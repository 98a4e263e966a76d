/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A machine is where L0 runs. All that one does: follow a request and leave streams of records in the output folder.
 */
#ifndef NB_L0_MACHINE_H
#define NB_L0_MACHINE_H

#include <signal.h>
#include <stddef.h>

#include "request.h"

/* Where our hypervisor is L0: the levels below which there is no setting of it, and the others in each of the settings. */
#define STREAMS_MAX (2 + (STACK_DEEPEST - 1) * NESTED_CONFIGS_MAX)

/* On this computer, a guest of our hypervisor without a doorbell for so many million ticks (some seconds) hangs. */
#define HOST_WATCHDOG_MTICKS 10000

/* The files that a run writes its records to, in the order in which they are to be read. */
struct streams {
	char path[STREAMS_MAX][512];
	unsigned count;
};

/*
 * Runs the request. streams names the files even when the run fails: what is in them counts.
 * NB_EXIT_GOOD, or after a line that says why, NB_EXIT_FAILED or NB_EXIT_SKIPPED.
 */
int machine_host__run(const struct request *request, struct streams *streams);
int machine_bochs__run(const struct request *request, struct streams *streams);

/* Set by SIGINT and SIGTERM: machines end what they run and return. */
extern volatile sig_atomic_t machine_told_to_stop;

#endif
