/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Memory for the results: a process that cannot hold its results cannot do anything useful with them,
 * so running out of memory ends it, with what was already written left on disk.
 */
#ifndef NB_RESULTS_MEMORY_H
#define NB_RESULTS_MEMORY_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* array[0..count) with room for one more of size bytes, which is zeroed. Grows in powers of two. */
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
