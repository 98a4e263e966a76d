// SPDX-License-Identifier: GPL-2.0-only
/* The words of results that have changed. */
#include "l0/request/old_words.h"

#include <stddef.h>
#include <string.h>

static const struct {
	const char *column, *old, *now;
} words[] = {
	/*
	 * Our hypervisor as L0. Version 0.1 did not have today's "none", which means no hypervisor.
	 */
	{"l0", "none", "own"},
	/* A word of a configuration. */
	{"config", "mmu=synced", "mmu=shadow-wp"},
};

const char *const nb_old_mmus[] = {"ept", "shadow", "synced", "ept-on-ept", "shadow-on-ept", "shadow-on-shadow", NULL};

const char *nb_renamed(const char *column, const char *word)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strcmp(words[i].column, column) == 0 && strcmp(words[i].old, word) == 0)
			return words[i].now;
	return word;
}
