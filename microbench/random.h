/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Random numbers that are the same on every machine: SplitMix64 (Steele, Lea, Flood, OOPSLA 2014).
 */
#ifndef NB_RANDOM_H
#define NB_RANDOM_H

#include <stdint.h>

/* Returns the next number, of 64 bits. The first state is the seed, which may be any number. */
static inline uint64_t nb_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

#endif
