/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a pointer chase (microbench/pointer_chase.h) has measured at a level, and what a TLB miss costs by it.
 */
#ifndef NB_L0_CHASE_MISS_H
#define NB_L0_CHASE_MISS_H

#include <stdbool.h>
#include <stdio.h>

#include "l0/results/collect.h"
#include "microbench/bootstrap.h"
#include "microbench/pointer_chase.h"
#include "microbench/stats.h"

/* The working set within reach of every first TLB there is: 16 pages. Number of a set. */
#define CHASE_REACH 2

/* Of a sample, which is NB_CHASE_LOADS loads. */
struct chase_cell {
	bool there;       /* it was asked for */
	const char *skip; /* why it was not measured; NULL if it was */
	struct nb_summary ticks;
	struct nb_interval p50; /* 95% */
};

struct chase_level {
	const struct nb_run *run;
	struct chase_cell cell[NB_CHASE_POINTS];
};

/* Where all of it was measured. */
struct chase_source {
	const char *machine, *clock, *cpu;
	double khz; /* of the clock; NAN: unknown */
	bool in_vm; /* the machine is itself a virtual one, as CPUID says */
};

/* Is this a run of the chase? False for `empty` alone. */
bool chase__is_run(const struct nb_run *run);

/* False if a window was cut off. */
bool chase__read(const struct nb_run *run, struct chase_level *level);

/* All runs of the chase, by level and configuration, allocated. False if a window was cut off. */
bool chase__read_all(const struct nb_results *results, struct chase_level **levels, size_t *count);

/*
 * What a load takes beyond one within reach of the TLB: how much of it the same number of lines in few pages takes too, which is the caches'
 * part, and the rest, which is the translation's. Ticks a load. NAN where a part was not measured, the set is within reach, or the order is
 * sequential: lines side by side are then fetched ahead, so that they are no control.
 */
struct chase_miss {
	double rise, caches, translation;
	double low, high; /* of the translation's: no less sure than the four medians it is made of, each by 95% */
};
struct chase_miss chase__miss(const struct chase_level *level, enum nb_chase_layout layout, enum nb_chase_order order,
			      unsigned set);

/* The largest set measured in that layout and order, or -1. */
int chase__largest(const struct chase_level *level, enum nb_chase_layout layout, enum nb_chase_order order);

/*
 * Do pages of 2 MiB miss where a single one of them is used? Then it is none for the TLB: what lies below maps it by smaller ones.
 */
bool chase__is_splintered(const struct chase_level *level);

/* Bytes of the control's pages. */
uint64_t chase__page(const struct chase_level *level, enum nb_chase_layout layout);

/* "256M" */
#define CHASE_SIZE 8
const char *chase__size(uint64_t bytes, char text[CHASE_SIZE]);

/* Tables of the levels, what a miss costs at each, and what is to be known about it. */
void chase__print(FILE *out, const struct chase_source *source, const struct chase_level *levels, size_t count);
void chase__put_csv(FILE *out, const struct chase_source *source, const struct chase_level *levels, size_t count);

#endif
