/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A machine is where L0 runs. All that one does: follow a request and leave streams of records in the output folder.
 */
#ifndef NB_L0_MACHINE_H
#define NB_L0_MACHINE_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

#include "l0/request/request.h"

/* On this computer, a guest of our hypervisor without a doorbell for so many million ticks (some seconds) hangs. */
#define HOST_WATCHDOG_MTICKS 10000

/* A file that a run writes its records to. */
struct stream_file {
	char path[512];
	unsigned variant; /* of the request: the machine that the records are from */
	int result; /* how that machine has ended: an exit code, NB_EXIT_NO_BOOT where its kernel has not come to PID 1 */
};

/* All of them, in the order in which they are to be read. Begins as {0}; free with streams__free(). */
struct streams {
	struct stream_file *file;
	unsigned count;
	bool (*named)(void *user, const struct streams *streams); /* NULL: nobody wants to know */
	void *user;
};

/* Appends a file. streams.c */
void streams__add(struct streams *streams, const char *path, unsigned variant);

/*
 * A machine calls this once all its files are named, and before the first record can come: they are written down then. False after one
 * line: the machine must not run.
 */
bool streams__named(const struct streams *streams);
void streams__free(struct streams *streams);

/*
 * Runs the request. streams names the files even when the run fails: what is in them counts.
 * NB_EXIT_GOOD, or after a line that says why, NB_EXIT_FAILED, NB_EXIT_SKIPPED, or NB_EXIT_NO_BOOT where all that failed is
 * that a kernel has not come to PID 1.
 */
int machine_host__run(const struct request *request, struct streams *streams);
int machine_bochs__run(const struct request *request, struct streams *streams);

/* Set by SIGINT and SIGTERM: machines end what they run and return. */
extern volatile sig_atomic_t machine_told_to_stop;

#endif
