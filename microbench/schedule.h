/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The schedule: the order of a measurement's windows. A round measures every operation of every
 * place once. Each round has another order, so that drift over time affects all operations alike.
 * The order depends only on the seed.
 */
#ifndef NB_SCHEDULE_H
#define NB_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

#include "microbench/ops.h"

#define NB_SCHEDULE_MAX    (16 * NB_OP_COUNT) /* operations times places times modes of the tracer */
#define NB_SCHEDULE_ROUNDS 4                  /* more if needed; fewer if there are fewer samples */

struct nb_schedule_entry {
	uint8_t op;
	uint8_t place; /* a number that the caller chooses */
};

struct nb_schedule {
	struct nb_schedule_entry entry[NB_SCHEDULE_MAX];
	uint32_t count;
	uint32_t n; /* samples per operation in all rounds */
	uint32_t rounds;
	uint32_t round, at; /* the next window is entry `at` of round `round` */
	uint64_t random;
};

/*
 * Makes an empty schedule. n is the number of samples per operation, 1 or more. It determines the
 * number of rounds, because a window holds at most NB_WINDOW_MAX samples.
 */
void nb_schedule_begin(struct nb_schedule *schedule, uint32_t n, uint32_t seed);

/* Returns the number of rounds for n samples per operation, n >= 1. */
uint32_t nb_schedule_rounds(uint32_t n);

/* Adds an operation at a place. Returns false if there is no room. */
bool nb_schedule_add(struct nb_schedule *schedule, enum nb_op op, unsigned place);

/*
 * Adds the operations of a list that pass the filter. A NULL filter passes all. Commas separate the
 * names, and a space or NUL ends the list. If a name is unknown or there is no room, sets *unknown
 * to the name and returns its length (1 or more). Otherwise returns 0.
 */
unsigned nb_schedule_add_list(struct nb_schedule *schedule, const char *ops, unsigned place,
			      bool (*filter)(enum nb_op op), const char **unknown);

/* Gives the next window and its number of samples. Returns false when all windows are done. */
bool nb_schedule_next(struct nb_schedule *schedule, struct nb_schedule_entry *entry, uint32_t *n);

#endif
