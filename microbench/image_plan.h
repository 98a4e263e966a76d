/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What to run, by the words "ops=a,b,c n=1000 warmup=64 seed=1" of an image's command line.
 */
#ifndef NB_PLAN_H
#define NB_PLAN_H

#include <stdbool.h>
#include <stdint.h>

struct nb_plan {
	const char *ops; /* names separated by commas, ending at a space or the end; NULL: the level below tells */
	uint32_t n;      /* samples an operation, 1.. */
	uint32_t warmup; /* executions before each window opens */
	uint32_t seed;   /* of the order of windows */
};

/* Parses a command line; other words are left to others. False if a number is malformed, n is 0 or ops is empty. */
bool nb_plan_parse(const char *cmdline, struct nb_plan *plan);

#endif
