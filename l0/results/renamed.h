/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Words that results of 0.1 have, and what they are called now. Readers of results use these, so that nobody else knows the old words.
 */
#ifndef NB_RENAMED_H
#define NB_RENAMED_H

#include <stdbool.h>

/*
 * The present word for a cell of that column in a result of 0.1; word itself where it has not changed. A result is of 0.1 if its
 * results.csv or its rows of results.json do not name a kernel.
 */
const char *nb_renamed(const char *column, const char *word);

#endif
