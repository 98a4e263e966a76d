/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A machine is the place where L0 runs. It follows a request and leaves streams of records in the
 * output folder.
 */
#ifndef NB_L0_MACHINE_H
#define NB_L0_MACHINE_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

#include "l0/request/request.h"

/*
 * On this computer, a guest of our hypervisor hangs if it rings no doorbell for this many million
 * ticks (some seconds).
 */
#define HOST_WATCHDOG_MTICKS 10000

/* One file of records that a run writes. */
struct stream_file {
	char path[512];
	unsigned variant; /* index in the request of the machine that writes the records */
	int result;       /* exit code of that machine; NB_EXIT_NO_BOOT if its kernel did not reach PID 1 */
};

/* All record files, in reading order. Initialize with {0}; free with streams__free(). */
struct streams {
	struct stream_file *file;
	unsigned count;
	bool (*named)(void *user, const struct streams *streams); /* called by streams__named(); may be NULL */
	void *user;
};

/* Appends a file. (streams.c) */
void streams__add(struct streams *streams, const char *path, unsigned variant);

/*
 * A machine calls this after it has named all its files, and before it writes the first record. It
 * calls the `named` callback, which saves the names. Returns false if the callback printed an
 * error; then the machine must not run.
 */
bool streams__named(const struct streams *streams);
void streams__free(struct streams *streams);

/*
 * Runs the request. `streams` names the files even if the run fails, because their records count.
 * Returns NB_EXIT_GOOD, or after an error message NB_EXIT_FAILED, NB_EXIT_SKIPPED or
 * NB_EXIT_NO_BOOT. NB_EXIT_NO_BOOT means that the only failure is a kernel that did not reach PID
 * 1.
 */
int machine_host__run(const struct request *request, struct streams *streams);
int machine_bochs__run(const struct request *request, struct streams *streams);

/* Set by SIGINT and SIGTERM. Machines then stop their programs and return. */
extern volatile sig_atomic_t machine_told_to_stop;

#endif
