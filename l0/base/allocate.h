/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory for the results. A process that runs out of memory cannot keep its results, so it exits
 * with code 1. The results that are already on disk stay there.
 */
#ifndef NB_RESULTS_MEMORY_H
#define NB_RESULTS_MEMORY_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Returns array[0..count) with room for one more element of `size` bytes, which is zeroed. The
 * array grows in powers of two. Exits with code 1 if there is no memory.
 */
static inline void *nb_grow(void *array, size_t count, size_t size)
{
	if ((count & (count - 1)) == 0) {
		array = reallocarray(array, count ? 2 * count : 1, size);
		if (!array) {
			fprintf(stderr, "nestbed: no memory for the results\n");
			exit(1);
		}
	}
	memset((char *)array + count * size, 0, size);
	return array;
}

/* Returns a copy of text, which the caller frees. Exits with code 1 if there is no memory. */
static inline char *nb_strdup(const char *text)
{
	char *copy = strdup(text);

	if (!copy) {
		fprintf(stderr, "nestbed: no memory for the results\n");
		exit(1);
	}
	return copy;
}

#endif
