// SPDX-License-Identifier: GPL-2.0-only
/* Identifies a result folder by the files that each command writes. */
#include "l0/base/result_folder.h"

#include <dirent.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "l0/base/layout.h"
#include "l0/base/util.h"

static const struct {
	const char *file, *command;
	enum result_kind kind;
} kinds[] = {
	/*
	 * A folder of the suite has the files of all commands, and counts as a folder of run. So
	 * run comes first.
	 */
	{"results.csv", "run", RESULT_RUN},     {"results.json", "run", RESULT_RUN},
	{"walk.csv", "walk", RESULT_WALK},      {"chase.csv", "chase", RESULT_CHASE},
	{"trace-*.csv", "trace", RESULT_TRACE}, {"fields.json", "fields", RESULT_FIELDS},
};

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static bool has(const char *folder, const char *file)
{
	char path[1024];

	glob_t files;
	bool any;

	text__format(path, sizeof(path), "%s/%s", folder, file);
	if (!strchr(file, '*'))
		return access(path, F_OK) == 0;
	any = glob(path, 0, NULL, &files) == 0;
	globfree(&files);
	return any;
}

enum result_kind result_folder__kind(const char *path)
{
	for (size_t i = 0; i < KINDS; i++)
		if (has(path, kinds[i].file))
			return kinds[i].kind;
	return RESULT_UNKNOWN;
}

const char *result_folder__command(enum result_kind kind)
{
	for (size_t i = 0; i < KINDS; i++)
		if (kinds[i].kind == kind)
			return kinds[i].command;
	return "run";
}

bool result_folder__may_be_of_run(const char *path)
{
	const enum result_kind kind = result_folder__kind(path);

	if (kind == RESULT_UNKNOWN || kind == RESULT_RUN)
		return true;
	pr_err("%s is of nestbed %s: name a folder of nestbed run", path, result_folder__command(kind));
	return false;
}

/*
 * Finds the newest folder in `out` with a results.json. Names of folders begin with the time, so
 * the order of names is the order of time.
 */
static bool find_newest(const char *out, char *path, size_t size)
{
	struct dirent **entries = NULL;
	const int count = scandir(out, &entries, NULL, alphasort);
	bool found = false;

	for (int i = count - 1; i >= 0; i--) {
		char folder[1024];

		text__format(folder, sizeof(folder), "%s/%s", out, entries[i]->d_name);
		if (!found && entries[i]->d_name[0] != '.' && strcmp(entries[i]->d_name, "latest") != 0 &&
		    has(folder, "results.json")) {
			text__format(path, size, "%s", folder);
			found = true;
		}
		free(entries[i]);
	}
	free(entries);
	return found;
}

bool result_folder__usual(char *path, size_t size)
{
	struct layout layout;

	if (!layout__of_self(&layout))
		return false;
	text__format(path, size, "%s/latest", layout.results);
	if (has(path, "results.json"))
		return true;
	if (!find_newest(layout.results, path, size))
		text__format(path, size, "%s", layout.reference);
	if (!has(path, "results.json")) {
		pr_err("there is no result in %s: nestbed run makes one, or name a folder", layout.results);
		return false;
	}
	pr_info("the newest result is %s", path);
	return true;
}
