/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How far a run has come, by looking at the records as they arrive. Draws one line on a terminal; silent elsewhere.
 */
#ifndef NB_L0_PROGRESS_H
#define NB_L0_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "microbench/abi/record.h"

struct progress {
	int fd;                /* of the stream's file, read as it grows; -1: not open yet */
	struct nb_record part; /* a record that is not whole yet */
	size_t part_length;
	uint64_t records;
	unsigned windows; /* measured or skipped */
	unsigned of;      /* how many there will be; 0: unknown */
	double first;     /* when the first of them came; 0: not yet */
	char level[8];
	char op[NB_OP_NAME_LEN + 1];
	uint32_t end_status; /* of the first level that did not end well; 0: none */
	double drawn;        /* when the line was last drawn */
	double started;      /* seconds, CLOCK_MONOTONIC */
	double first_l2;     /* seconds from the start to the first L2 sample; 0: none yet */
	double last_change;  /* when a record last came */
};

/* windows: how many the machine will measure or skip, about. */
void progress__begin(struct progress *progress, unsigned windows);

/* Reads what has been added to the file at path. True if anything was. */
bool progress__update(struct progress *progress, const char *path);

/* Draws the line a few times a second, if stderr is a terminal; `what` is the machine. */
void progress__draw(struct progress *progress, const char *what);
void progress__end(struct progress *progress);

/* Seconds of CLOCK_MONOTONIC. */
double progress__now(void);

#endif
