// SPDX-License-Identifier: GPL-2.0-only
/* Parses the command line of an image. The code is freestanding. */
#include "microbench/abi/words.h"

#include <stddef.h>

static bool is_separator(const char *word)
{
	return word[0] == '-' && word[1] == '-' && (word[2] == ' ' || word[2] == '\0');
}

static const char *next_word(const char *word)
{
	while (*word && *word != ' ')
		word++;
	while (*word == ' ')
		word++;
	return word;
}

const char *nb_word(const char *cmdline, const char *key)
{
	while (*cmdline == ' ')
		cmdline++;
	for (const char *word = cmdline; *word && !is_separator(word); word = next_word(word)) {
		size_t i = 0;

		while (key[i] && word[i] == key[i])
			i++;
		if (key[i] == '\0' && word[i] == '=')
			return word + i + 1;
	}
	return NULL;
}

bool nb_word_is(const char *cmdline, const char *key, const char *value)
{
	const char *found = nb_word(cmdline, key);

	if (!found)
		return false;
	while (*value && *found == *value) {
		found++;
		value++;
	}
	return *value == '\0' && (*found == ' ' || *found == '\0');
}

bool nb_word_u32(const char *cmdline, const char *key, uint32_t *number)
{
	const char *found = nb_word(cmdline, key);
	uint64_t value = 0;

	if (!found)
		return true;
	if (*found < '0' || *found > '9')
		return false;
	for (; *found && *found != ' '; found++) {
		if (*found < '0' || *found > '9')
			return false;
		value = value * 10 + (uint64_t)(*found - '0');
		if (value > UINT32_MAX)
			return false;
	}
	*number = (uint32_t)value;
	return true;
}

const char *nb_words_of_guest(const char *cmdline)
{
	for (const char *word = cmdline; *word; word = next_word(word)) {
		if (is_separator(word)) {
			word += 2;
			while (*word == ' ')
				word++;
			return word;
		}
	}
	return "";
}
