/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What somebody may have meant: the names of a list that are nearest to a word which is none of them.
 */
#ifndef NB_L0_SUGGEST_H
#define NB_L0_SUGGEST_H

#include <stddef.h>

#define SUGGEST_NAMES 3 /* at most */
#define SUGGEST_SIZE  160

/*
 * Writes "BEFOREdid you mean A, B or C?" into text, A to C being those of names (up to a NULL) that are equally near to
 * word[0..length); or "" if none is near. Near is: at most one letter of three must be inserted, left out, replaced or
 * swapped with its neighbour, and no more than three; upper and lower case are the same.
 */
void suggest__names(char text[SUGGEST_SIZE], const char *before, const char *word, size_t length,
		    const char *const *names);

/* For the completion of command lines: from now on suggest__names() hands its names to this function, and finds none. */
void suggest__listen(void (*take)(const char *const *names));

#endif
