/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Maps words in results of version 0.1 to their present names. Readers of results use this map, so
 * no other code knows the old words.
 */
#ifndef NB_RENAMED_H
#define NB_RENAMED_H

#include <stdbool.h>

/*
 * Returns the present word for a cell of a column in a result of version 0.1, or `word` itself if
 * it has not changed. A result is of version 0.1 if its results.csv, or its rows in results.json,
 * do not name a kernel.
 */
const char *nb_renamed(const char *column, const char *word);

#endif
