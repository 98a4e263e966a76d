// SPDX-License-Identifier: GPL-2.0-only
/* Finds the kernel of a request. */
#include "kernel.h"

#include <glob.h>
#include <string.h>

#include "util.h"

int kernel__find(struct kernel *kernel, const char *spec, size_t length, const char *programs)
{
	char pattern[512];
	glob_t found;

	if (spec) {
		pr_err("--kernel %.*s: only the distribution's own kernel is known", (int)length, spec);
		return NB_EXIT_USAGE;
	}
	text__format(pattern, sizeof(pattern), "%s/kernel/boot/vmlinuz-*", programs);
	if (glob(pattern, 0, NULL, &found) != 0) {
		pr_err("no kernel at %s: make it with `make kernel`", pattern);
		return NB_EXIT_SKIPPED;
	}
	text__format(kernel->image, sizeof(kernel->image), "%s", found.gl_pathv[0]);
	text__format(kernel->release, sizeof(kernel->release), "%s",
		     strstr(found.gl_pathv[0], "vmlinuz-") + strlen("vmlinuz-"));
	text__format(kernel->name, sizeof(kernel->name), "%s", kernel->release);
	text__format(kernel->modules, sizeof(kernel->modules), "%s/kernel/lib/modules", programs);
	globfree(&found);
	return NB_EXIT_GOOD;
}
