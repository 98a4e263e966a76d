// SPDX-License-Identifier: GPL-2.0-only
/* Finds the names nearest to a misspelt word, by edit distance. */
#include "l0/base/suggest.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* Longest word or name to compare, in characters, and the largest distance that counts as near. */
#define LENGTH_MAX 40
#define FARTHEST   3

static bool same(char a, char b)
{
	return tolower((unsigned char)a) == tolower((unsigned char)b);
}

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/*
 * Returns the Damerau-Levenshtein distance in its restricted form: no part is edited twice. Row i
 * of the table holds the distances of word[0..i) from each beginning of name.
 */
static unsigned distance(const char *word, size_t length, const char *name, size_t name_length)
{
	unsigned row[LENGTH_MAX + 1][LENGTH_MAX + 1];

	for (size_t i = 0; i <= length; i++)
		row[i][0] = (unsigned)i;
	for (size_t j = 0; j <= name_length; j++)
		row[0][j] = (unsigned)j;
	for (size_t i = 1; i <= length; i++)
		for (size_t j = 1; j <= name_length; j++) {
			row[i][j] = least(least(row[i - 1][j], row[i][j - 1]) + 1,
					  row[i - 1][j - 1] + !same(word[i - 1], name[j - 1]));
			if (i > 1 && j > 1 && same(word[i - 1], name[j - 2]) && same(word[i - 2], name[j - 1]))
				row[i][j] = least(row[i][j], row[i - 2][j - 2] + 1);
		}
	return row[length][name_length];
}

/*
 * Returns the largest distance that counts as near. In a name of one or two letters no letter may
 * be wrong, only the case may differ.
 */
static unsigned allowed(size_t length, size_t name_length)
{
	size_t longer = length > name_length ? length : name_length;

	return longer < 3 ? 0 : least(FARTHEST, (unsigned)(longer + 2) / 3);
}

static void (*listener)(const char *const *names);

void suggest__listen(void (*take)(const char *const *names))
{
	listener = take;
}

void suggest__names(char text[SUGGEST_SIZE], const char *before, const char *word, size_t length,
		    const char *const *names)
{
	const char *near[SUGGEST_NAMES];
	unsigned nearest = FARTHEST;
	size_t count = 0, used;

	text[0] = '\0';
	if (listener) {
		listener(names);
		return;
	}
	if (length == 0 || length > LENGTH_MAX)
		return;
	for (; *names; names++) {
		size_t name_length = strlen(*names);
		unsigned far;

		if (name_length > LENGTH_MAX)
			continue;
		far = distance(word, length, *names, name_length);
		if (far > allowed(length, name_length) || far > nearest)
			continue;
		if (far < nearest)
			count = 0;
		nearest = far;
		if (count < SUGGEST_NAMES)
			near[count++] = *names;
	}
	if (count == 0)
		return;
	/* SUGGEST_SIZE has room for SUGGEST_NAMES names of LENGTH_MAX characters. */
	used = (size_t)snprintf(text, SUGGEST_SIZE, "%.10sdid you mean ", before);
	for (size_t i = 0; i < count; i++)
		used += (size_t)snprintf(text + used, SUGGEST_SIZE - used, "%s%s",
					 i == 0           ? ""
					 : i + 1 == count ? " or "
							  : ", ",
					 near[i]);
	snprintf(text + used, SUGGEST_SIZE - used, "?");
}
