/* SPDX-License-Identifier: GPL-2.0-only */
/* The plan of a run: the words "ops=a,b,c n=1000 warmup=64 seed=1" of an image's command line. */
#ifndef NB_PLAN_H
#define NB_PLAN_H

#include <stdbool.h>
#include <stdint.h>

struct nb_plan {
	const char *ops; /* names separated by commas, ending at a space or NUL; NULL: the level below decides */
	uint32_t n;      /* samples per operation, 1 or more */
	uint32_t warmup; /* executions before each window opens */
	uint32_t seed;   /* seed for the order of windows */
};

/*
 * Parses a command line and ignores other words. Missing words mean n=1000, warmup=64 and seed=1.
 * Returns false if a number is malformed, n is 0 or ops is empty.
 */
bool nb_plan_parse(const char *cmdline, struct nb_plan *plan);

#endif
