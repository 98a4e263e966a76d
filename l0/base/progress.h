/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The progress of a run, computed from the records as they arrive. Draws one line on a terminal,
 * and nothing elsewhere.
 */
#ifndef NB_L0_PROGRESS_H
#define NB_L0_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "microbench/abi/record.h"

struct progress {
	int fd;                /* the stream's file, read as it grows; -1: not open yet */
	struct nb_record part; /* a record of which only the first part_length bytes have arrived */
	size_t part_length;
	uint64_t records;
	unsigned windows; /* windows that were measured or skipped */
	unsigned of;      /* expected number of windows; 0: unknown */
	double first;     /* time of the first window, CLOCK_MONOTONIC; 0: none yet */
	char level[8];
	char op[NB_OP_NAME_LEN + 1];
	uint32_t end_status; /* status of the first level that ended with an error; 0: none */
	double drawn;        /* time of the last drawing, CLOCK_MONOTONIC */
	double started;      /* time of the start; seconds, CLOCK_MONOTONIC */
	double first_l2;     /* seconds from the start to the first L2 sample; 0: none yet */
	double last_change;  /* time of the last record, CLOCK_MONOTONIC */
};

/*
 * Starts the clock. windows is the approximate number of windows that the machine will measure or
 * skip; 0: unknown.
 */
void progress__begin(struct progress *progress, unsigned windows);

/* Reads the new bytes of the file at path. Returns true if there were any. */
bool progress__update(struct progress *progress, const char *path);

/*
 * Draws the line at most five times a second, if stderr is a terminal. `what` is the name of the
 * machine.
 */
void progress__draw(struct progress *progress, const char *what);
/* Erases the line and closes the file. */
void progress__end(struct progress *progress);

/* Returns the seconds of CLOCK_MONOTONIC. */
double progress__now(void);

#endif
