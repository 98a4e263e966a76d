/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The measurement: one window of one operation at a time, with one record per sample in the ring.
 * Every level compiles the same source. A level describes itself, and its link to the level below,
 * by a struct nb_place.
 */
#ifndef NB_MEASURE_H
#define NB_MEASURE_H

#include <stdbool.h>
#include <stdint.h>

#include "microbench/abi/doorbell.h"
#include "microbench/abi/ring.h"
#include "microbench/ops.h"

struct nb_place {
	struct nb_ring *ring;
	unsigned where;                          /* one of NB_RING3, NB_RING0, NB_GUEST, NB_ROOT */
	void (*doorbell)(enum nb_doorbell what); /* called with OPEN, CLOSE and REHEARSE */
	unsigned offered;                        /* trap requests (trap_requests.h) that the level below offers */
	/* Asks the level below for these trap requests and no others. NULL if it offers none. */
	void (*grant)(unsigned traps);
};

/*
 * The parts of a window, for a level that measures without the list of operations. The n samples
 * come between open and close.
 */
void nb_measure_open(const struct nb_place *place, const char *name, uint32_t n);
void nb_measure_close(const struct nb_place *place, const char *name, uint32_t n);
void nb_measure_skip(const struct nb_place *place, const char *name, const char *reason); /* reason: "skip=..." */

/*
 * Makes every level do what it does at a window's end, and discards the records. Afterwards no
 * window pays for a first touch.
 */
void nb_measure_rehearse(const struct nb_place *place);

/*
 * Measures n samples (1..NB_WINDOW_MAX) of the operation after `warmup` executions. If the
 * operation is illegal here or cannot run, writes the reason into the ring instead. Returns false
 * if the operation is legal here but is not linked in, which is a bug.
 */
bool nb_measure_window(const struct nb_place *place, enum nb_op op, uint32_t n, uint32_t warmup);

#endif
