// SPDX-License-Identifier: GPL-2.0-only
/* Makes folders with mkdtemp() and locks them with flock(). */
#include "l0/base/work_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "l0/base/util.h"

/* Version 0.1 used other names for its folders, and no locks. */
#define NAME "nestbed-work-"

static const char *temporary(void)
{
	const char *tmp = getenv("TMPDIR");

	return tmp && *tmp ? tmp : "/tmp";
}

/*
 * Removes only files: nestbed makes no folder in a work folder. fd is the folder, which stays open.
 */
static void remove_files(int fd)
{
	DIR *list = fdopendir(dup(fd));
	const struct dirent *entry;

	while (list && (entry = readdir(list)) != NULL)
		unlinkat(fd, entry->d_name, 0);
	if (list)
		closedir(list);
}

/* Removes a folder if this user owns it and no process holds its lock. */
static void remove_abandoned(int parent, const char *name)
{
	const int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	struct stat status;

	if (fd < 0)
		return;
	if (fstat(fd, &status) == 0 && status.st_uid == geteuid() && flock(fd, LOCK_EX | LOCK_NB) == 0) {
		remove_files(fd);
		unlinkat(parent, name, AT_REMOVEDIR);
	}
	close(fd);
}

static void remove_all_abandoned(void)
{
	DIR *list = opendir(temporary());
	const struct dirent *entry;

	while (list && (entry = readdir(list)) != NULL)
		if (fnmatch(NAME "??????", entry->d_name, 0) == 0)
			remove_abandoned(dirfd(list), entry->d_name);
	if (list)
		closedir(list);
}

/*
 * Returns true if the path still names the locked folder. Another nestbed may find the new folder
 * before it is locked, and remove it.
 */
static bool is_there(const struct work_folder *folder)
{
	struct stat held, named;

	return fstat(folder->lock, &held) == 0 && stat(folder->path, &named) == 0 && held.st_ino == named.st_ino &&
	       held.st_dev == named.st_dev;
}

bool work_folder__make(struct work_folder *folder)
{
	remove_all_abandoned();
	do {
		text__format(folder->path, sizeof(folder->path), "%s/" NAME "XXXXXX", temporary());
		if (!mkdtemp(folder->path)) {
			pr_err("cannot make a temporary folder %s: %s", folder->path, strerror(errno));
			folder->path[0] = '\0';
			return false;
		}
		folder->lock = open(folder->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (folder->lock >= 0 && flock(folder->lock, LOCK_EX) == 0 && is_there(folder))
			return true;
		if (folder->lock >= 0)
			close(folder->lock);
	} while (access(folder->path, F_OK) != 0);
	pr_err("cannot lock the temporary folder %s: %s", folder->path, strerror(errno));
	rmdir(folder->path);
	folder->path[0] = '\0';
	return false;
}

void work_folder__remove(struct work_folder *folder)
{
	if (!folder->path[0])
		return;
	remove_files(folder->lock);
	rmdir(folder->path);
	close(folder->lock);
	folder->path[0] = '\0';
}
