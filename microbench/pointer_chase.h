/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The pointer chase: each load depends on the load before it. The loads touch one cache line in
 * every 4 KiB of a working set, so a load's time shows the cost of its translation. Only this file
 * lists the points to measure. Every level and the tables use this list.
 */
#ifndef NB_CHASE_H
#define NB_CHASE_H

#include <stdbool.h>
#include <stdint.h>

#include "microbench/measure.h"

/* X(name, name in window names, text) */
#define NB_CHASE_ORDER_LIST(X)                                                                                         \
	X(RANDOM, "rnd", "random")                                                                                     \
	X(SEQUENTIAL, "seq", "sequential")

/*
 * How the lines lie in memory. 4K and 2M have a line in each 4 KiB, in memory of 4 KiB or of 2 MiB
 * pages. DENSE is the control: the same number of lines side by side, which few pages hold. Its
 * load times come from the caches, not from the translation.
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

/* Working sets in bytes: every power of two from the first to the last. */
#define NB_CHASE_SET_MIN (16ull << 10)
#define NB_CHASE_SET_MAX (4ull << 30)
#define NB_CHASE_SETS    19

#define NB_CHASE_POINTS (NB_CHASE_LAYOUTS * NB_CHASE_ORDERS * NB_CHASE_SETS)

/* Loads per sample. */
#define NB_CHASE_LOADS 1024u

/*
 * Ticks per load. A CPU needs only a few ticks to load a line from the nearest cache. Above this
 * limit an emulator executes the load.
 */
#define NB_CHASE_EMULATED 64

struct nb_chase_point {
	enum nb_chase_layout layout;
	enum nb_chase_order order;
	uint64_t set; /* bytes over which the lines lie; dense lines take less memory */
};

extern const char *const nb_chase_order_text[NB_CHASE_ORDERS];
extern const char *const nb_chase_layout_text[NB_CHASE_LAYOUTS];

/*
 * Returns the point with this number, 0..NB_CHASE_POINTS - 1. The numbers go layout by layout, in
 * each layout order by order, and in each order from the smallest set to the largest.
 */
struct nb_chase_point nb_chase_point(unsigned number);
/* Returns the number of a point. `set` is an index, 0..NB_CHASE_SETS - 1. */
unsigned nb_chase_number(enum nb_chase_layout layout, enum nb_chase_order order, unsigned set);

/* Writes the name of the point's windows, e.g. "rnd.4K.256M". */
void nb_chase_name(const struct nb_chase_point *point, char name[NB_OP_NAME_LEN]);

/* Returns the number of lines in the chain. */
uint64_t nb_chase_lines(const struct nb_chase_point *point);
uint64_t nb_chase_span(const struct nb_chase_point *point); /* bytes of memory from the first line to the last */

/*
 * Builds the chain in memory at `base` (nb_chase_span() bytes, aligned to 4 KiB). Each line begins
 * with the address of the next line, and all lines form one cycle. The same seed makes the same
 * chain. Lines lie at different places in their 4 KiB, so that they do not all fall into one set of
 * a cache.
 */
void nb_chase_build(void *base, const struct nb_chase_point *point, uint64_t seed);

/*
 * Memory for chains: `bytes` bytes from `base` on. If this is less than the request, `why` gives
 * the reason ("skip=...").
 */
struct nb_chase_memory {
	void *base;
	uint64_t bytes;
	const char *why;
};

struct nb_chase {
	uint64_t max_set; /* the largest working set, bytes */
	unsigned pages;   /* the layouts 4K and 2M to measure, as bits 1 << layout */
	uint32_t warmup;  /* samples that are not recorded, before each window */
	uint32_t seed;
	uint32_t emulated; /* NB_CHASE_EMULATED; tests use other values */
	/*
	 * Returns memory in pages of the layout 4K or 2M. A call may free the memory of the call
	 * before.
	 */
	struct nb_chase_memory (*memory)(enum nb_chase_layout page, uint64_t wanted);
	bool (*stopped)(void); /* asked before each point; true stops the run; may be NULL */
};

/*
 * Measures a window of n samples at each requested point. A point without memory is skipped with
 * the reason. The text chase.dense says which pages the control had. Returns false if the run was
 * stopped.
 */
bool nb_chase_run(const struct nb_place *place, const struct nb_chase *chase, uint32_t n);

#endif
