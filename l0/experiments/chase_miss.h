/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Results of a pointer chase (microbench/pointer_chase.h) at a level, and the cost of a TLB miss
 * computed from them.
 */
#ifndef NB_L0_CHASE_MISS_H
#define NB_L0_CHASE_MISS_H

#include <stdbool.h>
#include <stdio.h>

#include "l0/results/collect.h"
#include "microbench/bootstrap.h"
#include "microbench/pointer_chase.h"
#include "microbench/stats.h"

/* Number of a set. Its 16 pages fit in every existing first-level TLB. */
#define CHASE_REACH 2

/* The result of one point. A sample consists of NB_CHASE_LOADS loads. */
struct chase_cell {
	bool there;       /* the point was requested */
	const char *skip; /* why it was not measured; NULL if it was */
	struct nb_summary ticks;
	struct nb_interval p50; /* 95% confidence interval of the median */
};

struct chase_level {
	const struct nb_run *run;
	struct chase_cell cell[NB_CHASE_POINTS];
};

/* The computer on which all levels were measured. */
struct chase_source {
	const char *machine, *clock, *cpu;
	double khz; /* frequency of the clock; NAN: unknown */
	bool in_vm; /* CPUID says that the machine is itself a virtual machine */
};

/* Returns true if the run contains a point of the chase. A run of `empty` alone contains none. */
bool chase__is_run(const struct nb_run *run);

/*
 * Reads the points of a run. Returns false if a window was cut off, or if a point has neither
 * samples nor a reason to skip it.
 */
bool chase__read(const struct nb_run *run, struct chase_level *level);

/*
 * Reads all runs of the chase, sorted by level and configuration. The caller frees *levels. Returns
 * false if chase__read() does so for a run.
 */
bool chase__read_all(const struct nb_results *results, struct chase_level **levels, size_t *count);

/*
 * The extra time of a load, compared with a load within reach of the TLB, in ticks per load.
 * `caches` is the part that the same number of lines in few pages costs too. `translation` is the
 * rest.
 *
 * A part is NAN if it was not measured, if the set is within reach, or if the order is sequential.
 * In sequential order the CPU prefetches neighbouring lines, so they are no control.
 */
struct chase_miss {
	double rise, caches, translation;
	double low, high; /* interval of translation, at least as wide as the 95% intervals of its four medians imply */
};
struct chase_miss chase__miss(const struct chase_level *level, enum nb_chase_layout layout, enum nb_chase_order order,
			      unsigned set);

/* Returns the number of the largest set measured in this layout and order, or -1. */
int chase__largest(const struct chase_level *level, enum nb_chase_layout layout, enum nb_chase_order order);

/*
 * Returns true if 2 MiB pages miss the TLB even where only one of them is used. The levels below
 * then map the 2 MiB page by smaller pages, so the TLB does not hold it as one entry.
 */
bool chase__is_splintered(const struct chase_level *level);

/* Returns the page size in bytes. For the dense control layout, the run tells the size. */
uint64_t chase__page(const struct chase_level *level, enum nb_chase_layout layout);

/* Formats a size in bytes, for example "256M". Returns text. */
#define CHASE_SIZE 8
const char *chase__size(uint64_t bytes, char text[CHASE_SIZE]);

/*
 * Print the tables of the levels, the cost of a miss at each level, and notes about them; or write
 * the points as CSV.
 */
void chase__print(FILE *out, const struct chase_source *source, const struct chase_level *levels, size_t count);
void chase__put_csv(FILE *out, const struct chase_source *source, const struct chase_level *levels, size_t count);

#endif
