/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The measurement: runs operations and writes one record a sample into the ring.
 * The same source is compiled for every level; the level tells it where it is and how to ring its doorbell.
 */
#ifndef NB_MEASURE_H
#define NB_MEASURE_H

#include <stdbool.h>
#include <stdint.h>

#include "abi/doorbell.h"
#include "abi/ring.h"

struct nb_place {
	struct nb_ring *ring;
	unsigned where;                          /* one of NB_RING3, NB_RING0, NB_GUEST */
	void (*doorbell)(enum nb_doorbell what); /* OPEN and CLOSE of each window */
};

/* What to run, parsed from the words "ops=a,b,c n=1000 warmup=64"; other words are left to others. */
struct nb_plan {
	const char *ops; /* names separated by commas, ending at a space or the end */
	uint32_t n;      /* samples an operation, 1.. */
	uint32_t warmup; /* executions before the window opens */
};

/* Parses a command line. False if a number is malformed, n is 0 or ops is missing. */
bool nb_plan_parse(const char *cmdline, struct nb_plan *plan);

/*
 * Runs the plan. An operation that is illegal in this place is skipped with its reason in the stream.
 * False if the plan names an unknown operation (the rest has been run).
 */
bool nb_measure(const struct nb_place *place, const struct nb_plan *plan);

#endif
