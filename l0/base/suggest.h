/* SPDX-License-Identifier: GPL-2.0-only */
/* Suggests the names of a list that are nearest to a word that the list does not hold. */
#ifndef NB_L0_SUGGEST_H
#define NB_L0_SUGGEST_H

#include <stddef.h>

#define SUGGEST_NAMES 3 /* at most */
#define SUGGEST_SIZE  160

/*
 * Writes "BEFOREdid you mean A, B or C?" into text, or "" if no name is near. BEFORE has at most 10
 * characters. A to C are up to three names (the list ends with NULL) that are equally near to
 * word[0..length).
 *
 * A name is near if inserting, deleting, replacing or swapping adjacent letters turns the word into
 * it. The changes are at most a third of the longer text, rounded up, and at most three. A text of
 * one or two letters allows no change. Upper and lower case are equal.
 */
void suggest__names(char text[SUGGEST_SIZE], const char *before, const char *word, size_t length,
		    const char *const *names);

/*
 * Serves the completion of command lines. After this call, suggest__names() passes its names to
 * `take` and writes "".
 */
void suggest__listen(void (*take)(const char *const *names));

#endif
