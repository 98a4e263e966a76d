// SPDX-License-Identifier: GPL-2.0-only
/*
 * Finds the parts of nestbed from the path of the running program. So a moved or copied tree still
 * runs.
 */
#include "l0/base/layout.h"

#include <libgen.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "l0/base/util.h"

#define LIBDIR_VARIABLE "NESTBED_LIBDIR"

static bool holds_programs(const char *folder)
{
	char path[LAYOUT_PATH + 32];

	text__format(path, sizeof(path), "%s/nestbed-vmm", folder);
	return access(path, F_OK) == 0;
}

/*
 * An installation has no gnuplot scripts at this path, so the path tells a source tree from an
 * installation.
 */
static void scripts_of_tree(char *folder, size_t size, const char *programs)
{
	text__format(folder, size, "%s/../results/plots", programs);
}

bool places__installed(const char *programs)
{
	char scripts[LAYOUT_PATH + 32];

	scripts_of_tree(scripts, sizeof(scripts), programs);
	return access(scripts, F_OK) != 0;
}

void places__scripts(char *folder, size_t size, const char *programs)
{
	if (places__installed(programs))
		text__format(folder, size, "%s/../../share/nestbed/plots", programs);
	else
		scripts_of_tree(folder, size, programs);
}

void layout__find(struct layout *l, const char *folder, const char *programs)
{
	if (programs && *programs) {
		text__format(l->programs, sizeof(l->programs), "%s", programs);
	} else {
		const char *last = strrchr(folder, '/');

		text__format(l->programs, sizeof(l->programs), "%.*s/lib/nestbed", last ? (int)(last - folder) : 0,
			     folder);
		if (holds_programs(folder) || !holds_programs(l->programs))
			text__format(l->programs, sizeof(l->programs), "%s", folder);
	}
	l->installed = places__installed(l->programs);
	places__scripts(l->scripts, sizeof(l->scripts), l->programs);
	if (l->installed) {
		text__format(l->results, sizeof(l->results), "results/out");
		text__format(l->reference, sizeof(l->reference), "%s/../../share/nestbed/reference", l->programs);
	} else {
		text__format(l->results, sizeof(l->results), "%s/../results/out", l->programs);
		text__format(l->reference, sizeof(l->reference), "%s/../results/reference", l->programs);
	}
}

bool layout__of_self(struct layout *l)
{
	const char *programs = getenv(LIBDIR_VARIABLE);
	char self[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (length <= 0) {
		pr_err("cannot tell where this program lies: /proc/self/exe is not readable");
		return false;
	}
	self[length] = '\0';
	if (programs && *programs && !holds_programs(programs)) {
		pr_err("%s=%s: there is no nestbed-vmm: name the folder that holds it, or unset the variable",
		       LIBDIR_VARIABLE, programs);
		return false;
	}
	layout__find(l, dirname(self), programs);
	return true;
}

bool programs__folder(char *folder, size_t size)
{
	struct layout layout;

	if (!layout__of_self(&layout))
		return false;
	text__format(folder, size, "%s", layout.programs);
	return true;
}

bool places__results(char *folder, size_t size)
{
	struct layout layout;

	if (!layout__of_self(&layout))
		return false;
	text__format(folder, size, "%s", layout.results);
	return true;
}
