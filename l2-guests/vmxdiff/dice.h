/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Random numbers of a case. Everything random in a case comes from them, so a seed and a number
 * give the same case on every machine.
 */
#ifndef VMXDIFF_DICE_H
#define VMXDIFF_DICE_H

#include <stdbool.h>
#include <stdint.h>

#include "microbench/random.h"

struct dice {
	uint64_t state;
};

/* Starts the random numbers of case `number` under this seed. */
static inline struct dice dice_of(uint64_t seed, uint64_t number)
{
	struct dice d = {seed};

	d.state = nb_random(&d.state) + number;
	d.state = nb_random(&d.state);
	return d;
}

static inline uint64_t dice_64(struct dice *d)
{
	return nb_random(&d->state);
}

/* Returns a number from 0 to n - 1. */
static inline uint32_t dice_below(struct dice *d, uint32_t n)
{
	return (uint32_t)((dice_64(d) >> 32) * n >> 32);
}

/* Returns true with a probability of `percent` in 100. */
static inline bool dice_percent(struct dice *d, uint32_t percent)
{
	return dice_below(d, 100) < percent;
}

/* Returns one of the bits that are set in `mask`. `mask` must not be 0. */
static inline uint64_t dice_bit(struct dice *d, uint64_t mask)
{
	uint32_t bits = 0, n;

	for (uint64_t left = mask; left; left &= left - 1)
		bits++;
	n = dice_below(d, bits);
	while (n--)
		mask &= mask - 1;
	return mask & -mask;
}

/* One element of an array, chosen at random. */
#define DICE_OF(d, values) ((values)[dice_below(d, sizeof(values) / sizeof((values)[0]))])

#endif
