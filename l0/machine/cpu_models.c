// SPDX-License-Identifier: GPL-2.0-only
/* The list of CPU models, and how a name on the command line is looked up in it. */
#include "cpu_models.h"

#include <string.h>

#include "suggest.h"
#include "util.h"

static const struct cpu_model models[] = {
	{"skylake-x", "corei7_skylake_x"},
};

#define MODELS (sizeof(models) / sizeof(models[0]))

const struct cpu_model *cpu_model__default(void)
{
	return &models[0];
}

static bool is_named(const char *name, const char *spec, size_t length)
{
	return strlen(name) == length && strncmp(name, spec, length) == 0;
}

const struct cpu_model *cpu_model__find(const char *spec, size_t length)
{
	const char *names[MODELS + 1] = {NULL};
	char suggestion[SUGGEST_SIZE];

	for (size_t i = 0; i < MODELS; i++) {
		if (is_named(models[i].name, spec, length) || is_named(models[i].bochs, spec, length))
			return &models[i];
		names[i] = models[i].name;
	}
	suggest__names(suggestion, ": ", spec, length, names);
	pr_err("--cpu %.*s: there is no such model%s", (int)length, spec, suggestion);
	return NULL;
}
