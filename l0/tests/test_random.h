/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Random numbers for tests: xorshift64*, the same on every computer, so that a failure shows again.
 * Start it with anything but 0.
 */
#ifndef NB_L0_TESTS_RANDOM_H
#define NB_L0_TESTS_RANDOM_H

#include <stdint.h>

struct random {
	uint64_t state;
};

static inline uint64_t random__next(struct random *random)
{
	random->state ^= random->state >> 12;
	random->state ^= random->state << 25;
	random->state ^= random->state >> 27;
	return random->state * UINT64_C(0x2545f4914f6cdd1d);
}

/* 0 to limit - 1; 0 for a limit of 0. */
static inline uint64_t random__below(struct random *random, uint64_t limit)
{
	return limit ? (random__next(random) >> 16) % limit : 0;
}

#endif
