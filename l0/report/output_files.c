// SPDX-License-Identifier: GPL-2.0-only
/* The name patterns of output files, and the functions that find, remove and sync these files. */
#include "l0/report/output_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "l0/base/util.h"
#include "l0/plots/plots.h"
#include "l0/request/old_words.h"

/* A command that writes a new file must add its name here; otherwise the test e2e-output fails. */
static const char *const patterns[] = {
	OUTPUT_MARK,
	OUTPUT_DESCRIPTION,
	"records*.bin",
	"console*.log",
	"kernel*.log",
	"bochs*.log",
	"results.csv",
	"results.json",
	"depth.csv",
	"fields.json",
	"walk.csv",
	"walk-steps.csv",
	"chase.csv",
	"trace-*.csv",
	"trace-*.json",
	"trace-*.folded",
	/* l0/suite copies these files from the folders of its experiments. */
	"depth-kvm.csv",
	"paging.csv",
	"policies.csv",
	"claims.md",
};

/* Each plot exists as .svg and .png, and with `plot --keep-data` as .tsv. */
static const char *const plots[] = {
#define X(function, name) name,
	NB_PLOTS(X)
#undef X
		"depth",
	"walk-references",
	"chase-latency",
	"trace-*",
	"paging-*",
	"policies-*",
};

/* The random suffix of mkstemp() and mkdtemp(). */
#define RANDOM_LENGTH 7
#define RANDOM_CLASS  "[a-zA-Z0-9]"
#define RANDOM_ENDING "." RANDOM_CLASS RANDOM_CLASS RANDOM_CLASS RANDOM_CLASS RANDOM_CLASS RANDOM_CLASS

static bool is_output(const char *name)
{
	static const char *const endings[] = {"svg", "png", "tsv"};
	char pattern[64];

	for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++)
		if (fnmatch(patterns[i], name, 0) == 0)
			return true;
	for (size_t i = 0; i < sizeof(plots) / sizeof(plots[0]); i++)
		for (size_t e = 0; e < sizeof(endings) / sizeof(endings[0]); e++) {
			text__format(pattern, sizeof(pattern), "%s.%s", plots[i], endings[e]);
			if (fnmatch(pattern, name, 0) == 0)
				return true;
		}
	return false;
}

/*
 * whole_file.h first writes NAME.XXXXXX, and a killed command leaves this file. A killed command
 * also leaves the data and the plot that gnuplot works on.
 */
static bool is_temporary(const char *name)
{
	char whole[NAME_MAX + 1];

	if (fnmatch(".single-plot.*", name, 0) == 0)
		return true;
	if (fnmatch("*" RANDOM_ENDING, name, 0) != 0 || strlen(name) > NAME_MAX)
		return false;
	text__format(whole, sizeof(whole), "%.*s", (int)(strlen(name) - RANDOM_LENGTH), name);
	return is_output(whole);
}

bool output_files__is_ours(const char *name)
{
	return is_output(name) || is_temporary(name);
}

/* Plots are drawn in this temporary folder. A killed command leaves it. */
static bool is_plot_folder(const char *name)
{
	return fnmatch(".plots" RANDOM_ENDING, name, 0) == 0;
}

/*
 * Returns true for a folder with the records of one mode in a list for --mmu. Version 0.1 wrote no
 * description into such a folder.
 */
static bool is_part(const char *folder, const char *name)
{
	char path[PATH_MAX];
	struct file_data file;
	bool found = false;

	if (snprintf(path, sizeof(path), "%s/%s/" OUTPUT_DESCRIPTION, folder, name) >= (int)sizeof(path))
		return false;
	if (access(path, R_OK) == 0 && file__read(path, &file)) {
		found = memmem(file.data, file.size, "\"part\": true", strlen("\"part\": true")) != NULL;
		free(file.data);
		return found;
	}
	text__format(path, sizeof(path), "%s/%s/records.bin", folder, name);
	for (const char *const *mmu = nb_old_mmus; *mmu; mmu++)
		found = found || strcmp(name, *mmu) == 0;
	return found && access(path, F_OK) == 0;
}

static bool is_folder(const char *folder, const char *name)
{
	char path[PATH_MAX];
	struct stat status;

	return snprintf(path, sizeof(path), "%s/%s", folder, name) < (int)sizeof(path) && lstat(path, &status) == 0 &&
	       S_ISDIR(status.st_mode);
}

static bool is_listed(const char *folder, const char *name)
{
	if (is_folder(folder, name))
		return is_plot_folder(name) || is_part(folder, name);
	return output_files__is_ours(name);
}

int output_files__find(const char *folder, char *name, size_t size)
{
	struct dirent **entries;
	int count = scandir(folder, &entries, NULL, alphasort), found = 0;

	if (count < 0)
		return -1;
	for (int i = 0; i < count; i++) {
		if (!found && is_listed(folder, entries[i]->d_name)) {
			snprintf(name, size, "%s", entries[i]->d_name);
			found = 1;
		}
		free(entries[i]);
	}
	free(entries);
	return found;
}

/*
 * Calls remove_one() for each entry of the folder until it fails, which leaves errno. Returns false
 * then, or if the folder cannot be read.
 */
static bool remove_entries(const char *folder, bool (*remove_one)(const char *folder, const char *name))
{
	struct dirent **entries;
	const int count = scandir(folder, &entries, NULL, alphasort);
	bool good = count >= 0;

	for (int i = 0; i < count; i++) {
		const char *name = entries[i]->d_name;

		if (good && strcmp(name, ".") != 0 && strcmp(name, "..") != 0)
			good = remove_one(folder, name);
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
	return good;
}

static bool remove_file(const char *folder, const char *name)
{
	char path[PATH_MAX];

	text__format(path, sizeof(path), "%s/%s", folder, name);
	return unlink(path) == 0;
}

static bool remove_file_of_part(const char *folder, const char *name)
{
	return !output_files__is_ours(name) || remove_file(folder, name);
}

/*
 * Removes the files of nestbed in a part folder, or all files of a temporary plot folder. Then
 * removes the folder.
 */
static bool remove_folder(const char *folder, const char *name)
{
	char path[PATH_MAX];

	text__format(path, sizeof(path), "%s/%s", folder, name);
	/* A part folder with a foreign file stays. */
	return remove_entries(path, is_plot_folder(name) ? remove_file : remove_file_of_part) &&
	       (rmdir(path) == 0 || errno == ENOTEMPTY || errno == EEXIST);
}

static bool remove_listed(const char *folder, const char *name)
{
	if (strcmp(name, OUTPUT_MARK) == 0 || !is_listed(folder, name))
		return true;
	return is_folder(folder, name) ? remove_folder(folder, name) : remove_file(folder, name);
}

static bool remove_temporary(const char *folder, const char *name)
{
	if (is_plot_folder(name) && is_folder(folder, name))
		return remove_folder(folder, name);
	return !is_temporary(name) || remove_file(folder, name);
}

bool output_files__remove(const char *folder)
{
	return remove_entries(folder, remove_listed);
}

bool output_files__remove_temporary(const char *folder)
{
	return remove_entries(folder, remove_temporary);
}

static bool sync_file(int folder, const char *name)
{
	int fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	bool good;

	/*
	 * A run has just written its files, so a file that cannot be opened is not from this run.
	 */
	if (fd < 0)
		return true;
	good = fsync(fd) == 0 || errno == EINVAL || errno == EROFS;
	close(fd);
	return good;
}

bool output_files__sync(const char *folder)
{
	DIR *list = opendir(folder);
	struct dirent *entry;
	bool good = list != NULL;

	while (good && (entry = readdir(list)) != NULL)
		if (output_files__is_ours(entry->d_name))
			good = sync_file(dirfd(list), entry->d_name);
	if (list) {
		good = good && (fsync(dirfd(list)) == 0 || errno == EINVAL);
		closedir(list);
	}
	return good;
}
