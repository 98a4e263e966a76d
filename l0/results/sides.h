/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The sides of a comparison. A side holds the rows of one result from one machine: one kernel, its
 * arguments and one CPU. On request, another column tells sides apart.
 */
#ifndef NB_SIDES_H
#define NB_SIDES_H

#include <stdbool.h>
#include <stddef.h>

#include "l0/results/load.h"

/* A bit set of 64 bits holds all sides. */
#define NB_SIDES_MAX 64
#define NB_SIDE_HEAD 96

/* The columns that tell the sides of one result apart. */
enum nb_sides_by {
	NB_BY_VARIANT, /* kernel, kernel arguments and CPU together */
	NB_BY_KERNEL,
	NB_BY_KERNEL_ARGS,
	NB_BY_CPU,
	NB_BY_CONFIG,
	NB_BY_LEVEL,
};

/* One result, and the path of its file or folder. */
struct nb_result {
	const char *path;
	struct nb_loaded loaded;
};

struct nb_side {
	const struct nb_result *result;
	const struct nb_loaded_row *names; /* one of its rows, for its kernel, arguments and CPU */
	char head[NB_SIDE_HEAD];           /* short and unique among the sides */
	const struct nb_loaded_row **rows; /* in the order of the file */
	size_t row_count;
};

struct nb_sides {
	struct nb_side side[NB_SIDES_MAX];
	size_t count;
	enum nb_sides_by by;
};

/*
 * Finds the sides of the results, in the order of the files. Returns false, after one line on
 * stderr, if there are too many sides or fewer than two. The results must outlive the sides. Free
 * with nb_sides_free(), also after a failure.
 */
bool nb_sides_build(struct nb_sides *sides, const struct nb_result *results, size_t count, enum nb_sides_by by);

/* Keeps only the first side of the first result, and all sides of the other results. */
void nb_sides_keep_first(struct nb_sides *sides);

void nb_sides_free(struct nb_sides *sides);

/*
 * Returns true if both rows have the same measurement. The columns that tell sides apart are
 * ignored.
 */
bool nb_sides_same(enum nb_sides_by by, const struct nb_loaded_row *a, const struct nb_loaded_row *b);

/*
 * Returns the row of a side with the same measurement, or NULL. The search starts at the index
 * `near`, where the row often is.
 */
const struct nb_loaded_row *nb_side_find(const struct nb_sides *sides, size_t side, const struct nb_loaded_row *row,
					 size_t near);

#endif
