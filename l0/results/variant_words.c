// SPDX-License-Identifier: GPL-2.0-only
/* Finds the names that differ, and appends them to configurations. */
#include "l0/results/variant_words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "l0/base/allocate.h"

static const char *const word[NB_VARIANT_NAMES] = {
	[NB_VARIANT_KERNEL] = "kernel=", [NB_VARIANT_KERNEL_ARGS] = "kernel_args=", [NB_VARIANT_CPU] = "cpu="};

size_t nb_common_ending(const char *const *names, size_t count)
{
	size_t common = 0;

	for (const char *dash = count ? strrchr(names[0], '-') : NULL; dash && dash > names[0];) {
		const size_t length = strlen(dash);
		size_t i = 0;

		while (i < count && strlen(names[i]) > length &&
		       strcmp(names[i] + strlen(names[i]) - length, dash) == 0)
			i++;
		if (i < count)
			break;
		common = length;
		do
			dash--;
		while (dash > names[0] && *dash != '-');
	}
	return common;
}

void nb_variant_words_find(struct nb_variant_words *words, const struct nb_variant_names *rows, size_t count)
{
	const char **kernels = NULL;

	*words = (struct nb_variant_words){.kernel_ending = 0};
	for (size_t i = 0; i < count; i++) {
		for (size_t name = 0; name < NB_VARIANT_NAMES; name++)
			words->differs[name] |= strcmp(rows[i].name[name], rows[0].name[name]) != 0;
		kernels = nb_grow(kernels, i, sizeof(*kernels));
		kernels[i] = rows[i].name[NB_VARIANT_KERNEL];
	}
	if (words->differs[NB_VARIANT_KERNEL])
		words->kernel_ending = nb_common_ending(kernels, count);
	free(kernels);
}

/*
 * Two settings of kernel arguments become equal if they differ only in characters that become '?'
 * or '+'. Real settings do not.
 */
static void append_clean(char *to, const char *text, size_t length)
{
	to += strlen(to);
	for (size_t i = 0; i < length; i++, to++) {
		*to = text[i];
		if (text[i] == ' ')
			*to = '+';
		else if ((unsigned char)text[i] <= 0x20 || (unsigned char)text[i] > 0x7e || text[i] == '"')
			*to = '?';
	}
	*to = '\0';
}

char *nb_variant_words_append(const struct nb_variant_words *words, const char *config,
			      const struct nb_variant_names *row)
{
	size_t size = strlen(config) + 1;
	char *text;

	for (size_t i = 0; i < NB_VARIANT_NAMES; i++)
		size += strlen(row->name[i]) + strlen(word[i]) + 2;
	text = malloc(size);
	if (!text) {
		fprintf(stderr, "nestbed: no memory for the results\n");
		exit(1);
	}
	strcpy(text, config);
	for (size_t i = 0; i < NB_VARIANT_NAMES; i++) {
		const char *name = *row->name[i] ? row->name[i] : "none";

		if (!words->differs[i])
			continue;
		strcat(text, *text ? " " : "");
		strcat(text, word[i]);
		append_clean(text, name,
			     strlen(name) - (i == NB_VARIANT_KERNEL && *row->name[i] ? words->kernel_ending : 0));
	}
	return text;
}
