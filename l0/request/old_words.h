/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Maps words in older results to their present names. Readers of results use this map, so no other
 * code knows the old words.
 */
#ifndef NB_L0_OLD_WORDS_H
#define NB_L0_OLD_WORDS_H

/*
 * Returns the present word for a cell of a column, or `word` itself if it has not changed. Callers
 * ask only for results of version 0.1, because "none" has a meaning now: its results.csv, or its
 * rows in results.json, do not name a kernel. config__parse() asks for each word of every
 * configuration.
 */
const char *nb_renamed(const char *column, const char *word);

/*
 * The values of --mmu in version 0.1, in the order of its help; then NULL. Its folders with the
 * records of one mode have these names, and no description.
 */
extern const char *const nb_old_mmus[];

#endif
