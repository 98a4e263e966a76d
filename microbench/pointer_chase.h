/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The pointer chase: loads that each depend on the one before, a cache line in every 4 KiB of a working set, so that what a load takes
 * shows what its translation takes. Which points are measured stands here, once; every level and the tables are made from it.
 */
#ifndef NB_CHASE_H
#define NB_CHASE_H

#include <stdbool.h>
#include <stdint.h>

#include "microbench/measure.h"

/* X(name, in names of windows, in words) */
#define NB_CHASE_ORDER_LIST(X)                                                                                         \
	X(RANDOM, "rnd", "random")                                                                                     \
	X(SEQUENTIAL, "seq", "sequential")

/*
 * How the lines lie: a line each 4 KiB, in memory of 4 KiB or of 2 MiB pages; or, as control, as many lines side by side, which few pages hold:
 * what a load takes there is the caches', not the translation's.
 */
#define NB_CHASE_LAYOUT_LIST(X)                                                                                        \
	X(4K, "4K", "4 KiB pages")                                                                                     \
	X(2M, "2M", "2 MiB pages")                                                                                     \
	X(DENSE, "dense", "dense")

#define X(name, shortly, words) NB_CHASE_##name,
enum nb_chase_order { NB_CHASE_ORDER_LIST(X) NB_CHASE_ORDERS };
enum nb_chase_layout { NB_CHASE_LAYOUT_LIST(X) NB_CHASE_LAYOUTS };
#undef X

#define NB_CHASE_LINE   64ull
#define NB_CHASE_STRIDE 4096ull

/* Working sets: every power of two from the first to the last. */
#define NB_CHASE_SET_MIN (16ull << 10)
#define NB_CHASE_SET_MAX (4ull << 30)
#define NB_CHASE_SETS    19

#define NB_CHASE_POINTS (NB_CHASE_LAYOUTS * NB_CHASE_ORDERS * NB_CHASE_SETS)

/* Loads of a sample. */
#define NB_CHASE_LOADS 1024u

/* A load of a line that the nearest cache holds takes a CPU a few ticks. Above this it is not a CPU that executes it. */
#define NB_CHASE_EMULATED 64

struct nb_chase_point {
	enum nb_chase_layout layout;
	enum nb_chase_order order;
	uint64_t set; /* bytes over which the lines lie, and would if they were not dense */
};

extern const char *const nb_chase_order_text[NB_CHASE_ORDERS];
extern const char *const nb_chase_layout_text[NB_CHASE_LAYOUTS];

/* The point of that number, 0..NB_CHASE_POINTS - 1: layout by layout, in each order by order, in each from the smallest set on. */
struct nb_chase_point nb_chase_point(unsigned number);
unsigned nb_chase_number(enum nb_chase_layout layout, enum nb_chase_order order, unsigned set);

/* What its windows are called: "rnd.4K.256M". */
void nb_chase_name(const struct nb_chase_point *point, char name[NB_OP_NAME_LEN]);

uint64_t nb_chase_lines(const struct nb_chase_point *point);
uint64_t nb_chase_span(const struct nb_chase_point *point); /* bytes of memory from the first to the last line */

/*
 * Lays the chain into memory at base (nb_chase_span() bytes, aligned to 4 KiB): each line begins with the address of the next, and all of
 * them are one cycle. The same seed makes the same chain. Where in its 4 KiB a line lies differs, so that no set of a cache has them all.
 */
void nb_chase_build(void *base, const struct nb_chase_point *point, uint64_t seed);

/* Memory for chains: bytes from base on, less than was wanted only with a reason ("skip=..."). */
struct nb_chase_memory {
	void *base;
	uint64_t bytes;
	const char *why;
};

struct nb_chase {
	uint64_t max_set; /* the largest, bytes */
	unsigned pages;   /* of the layouts 4K and 2M, bits: those that are wanted */
	uint32_t warmup;  /* samples before the first */
	uint32_t seed;
	uint32_t emulated; /* NB_CHASE_EMULATED; tests say otherwise */
	/* Memory in pages as the layout 4K or 2M has them. What it has given before may be gone then. */
	struct nb_chase_memory (*memory)(enum nb_chase_layout page, uint64_t wanted);
	bool (*stopped)(void); /* asked before each point; NULL: nobody stops it */
};

/*
 * Measures a window of n samples at each point that is wanted. A point for which there is no memory is skipped with the reason. The text
 * chase.dense says which pages the control had. False if it was stopped.
 */
bool nb_chase_run(const struct nb_place *place, const struct nb_chase *chase, uint32_t n);

#endif
