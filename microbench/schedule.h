/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The schedule: in which order the windows of a measurement come. Every operation of every place is measured once a round,
 * each round in another order, so that what drifts with time falls on all alike. The order follows from the seed alone.
 */
#ifndef NB_SCHEDULE_H
#define NB_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

#include "microbench/ops.h"

#define NB_SCHEDULE_MAX    (16 * NB_OP_COUNT) /* operations times places times modes of the tracer */
#define NB_SCHEDULE_ROUNDS 4                  /* unless more are needed, or there are fewer samples */

struct nb_schedule_entry {
	uint8_t op;
	uint8_t place; /* a number of the caller's */
};

struct nb_schedule {
	struct nb_schedule_entry entry[NB_SCHEDULE_MAX];
	uint32_t count;
	uint32_t n; /* samples an operation, all rounds together */
	uint32_t rounds;
	uint32_t round, at; /* the next window: entry `at` of round `round` */
	uint64_t random;
};

/* An empty schedule. n: samples an operation, 1 or more. Rounds follow from it: a window holds NB_WINDOW_MAX at most. */
void nb_schedule_begin(struct nb_schedule *schedule, uint32_t n, uint32_t seed);

/* How many rounds n samples an operation take. */
uint32_t nb_schedule_rounds(uint32_t n);

/* Adds an operation at a place. False if there is no room. */
bool nb_schedule_add(struct nb_schedule *schedule, enum nb_op op, unsigned place);

/*
 * Adds the operations named in a list (separated by commas, ending at a blank or the end) that the filter, if any, lets pass.
 * The length of the first name that is unknown with *unknown at it, or 0.
 */
unsigned nb_schedule_add_list(struct nb_schedule *schedule, const char *ops, unsigned place,
			      bool (*filter)(enum nb_op op), const char **unknown);

/* The next window and its number of samples; false when all is measured. */
bool nb_schedule_next(struct nb_schedule *schedule, struct nb_schedule_entry *entry, uint32_t *n);

#endif
