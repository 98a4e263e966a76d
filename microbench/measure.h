/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The measurement: one window of one operation at a time, a record a sample into the ring.
 * The same source is compiled for every level; the level tells it where it is and how to speak to the level below.
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
	void (*doorbell)(enum nb_doorbell what); /* OPEN and CLOSE of each window */
	unsigned offered;                        /* wishes that the level below grants */
	void (*grant)(unsigned wishes);          /* asks it to; NULL if it grants none */
};

/* The parts of a window, for a level that measures by other means than the list of operations: n samples come between. */
void nb_measure_open(const struct nb_place *place, const char *name, uint32_t n);
void nb_measure_close(const struct nb_place *place, const char *name, uint32_t n);
void nb_measure_skip(const struct nb_place *place, const char *name, const char *reason); /* reason: "skip=..." */

/* Rings for all that a window's end does and throws the records away, so that no window pays for a first touch. */
void nb_measure_rehearse(const struct nb_place *place);

/*
 * Measures n samples (1..NB_WINDOW_MAX) of the operation after `warmup` executions. If it is illegal here, or cannot run, its
 * reason goes into the ring instead. False if the operation is legal here and yet was not linked in: a defect of ours.
 */
bool nb_measure_window(const struct nb_place *place, enum nb_op op, uint32_t n, uint32_t warmup);

#endif
