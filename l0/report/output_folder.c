// SPDX-License-Identifier: GPL-2.0-only
/*
 * Creates, locks and marks the output folder, with mkdir(), flock(), and open() with O_EXCL for the
 * mark.
 */
#include "l0/report/output_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "l0/base/util.h"
#include "l0/report/output_files.h"

/* More runs than a computer can start in one second. */
#define SUFFIX_MAX 10000

static int cannot_write(const char *path)
{
	pr_err("cannot write to the output folder %s: %s; name another with -o", path, strerror(errno));
	return NB_EXIT_FAILED;
}

/*
 * Reports that the folder cannot be made. If a parent could not be made, errno becomes parent_error
 * (from make_parents()).
 */
static int cannot_make(const char *path, int parent_error)
{
	if (errno == ENOENT && parent_error)
		errno = parent_error;
	return cannot_write(path);
}

/*
 * Creates the parent folders. Returns the first error, or 0. The error does not matter if the
 * folder itself can still be made.
 */
static int make_parents(const char *path)
{
	char part[512];
	int error = 0;

	text__format(part, sizeof(part), "%s", path);
	for (char *p = part + 1; *p; p++) {
		if (*p == '/') {
			*p = '\0';
			if (mkdir(part, 0777) != 0 && errno != EEXIST && !error)
				error = errno;
			*p = '/';
		}
	}
	return error;
}

static bool write_mark(const char *path, int flags)
{
	static const char text[] =
		"This run has not come to a good end, or goes on. records*.bin hold what it has measured so far:\n"
		"`nestbed recover FOLDER` makes results of them.\n";
	char mark[600];
	int fd, error;
	bool good;

	text__format(mark, sizeof(mark), "%s/" OUTPUT_MARK, path);
	fd = open(mark, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0644);
	if (fd < 0)
		return false;
	good = fd__write_all(fd, text, sizeof(text) - 1);
	error = errno;
	if (close(fd) != 0 && good) {
		error = errno;
		good = false;
	}
	if (!good && flags & O_EXCL)
		unlink(mark);
	errno = error;
	return good;
}

bool output_folder__mark(const char *path)
{
	return write_mark(path, O_TRUNC);
}

bool output_folder__unmark(const char *path)
{
	char mark[600];

	text__format(mark, sizeof(mark), "%s/" OUTPUT_MARK, path);
	if (output_files__sync(path) && (unlink(mark) == 0 || errno == ENOENT))
		return true;
	pr_err("cannot bring the results in %s to the disk, so they stay marked INCOMPLETE: %s", path, strerror(errno));
	return false;
}

/*
 * Returns 1 if the folder is locked now. Returns 0 if another process holds the lock, and -1 with
 * errno set if the path is no folder.
 */
static int lock(struct output_folder *folder, const char *path)
{
	char *real;

	folder->lock = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (folder->lock < 0)
		return -1;
	if (flock(folder->lock, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
		close(folder->lock);
		return 0;
	}
	real = realpath(path, NULL);
	text__format(folder->path, sizeof(folder->path), "%s", real ? real : path);
	free(real);
	return 1;
}

bool output_folder__lock(struct output_folder *folder, const char *path)
{
	const int locked = lock(folder, path);

	if (locked < 0)
		pr_err("%s: %s", path, errno == ENOTDIR ? "not a folder" : strerror(errno));
	else if (locked == 0)
		pr_err("%s: a run still writes into this folder", path);
	return locked > 0;
}

/* Claims an existing, locked folder for this run. */
static int take(struct output_folder *folder, bool force)
{
	char name[256];
	int found = output_files__find(folder->path, name, sizeof(name));

	if (found < 0)
		return cannot_write(folder->path);
	if (found > 0 && !force) {
		pr_err("the output folder %s holds a result already (%s): name another with -o, or remove that result with --force",
		       folder->path, name);
		return NB_EXIT_USAGE;
	}
	/*
	 * The mark comes first, because a kill between two removals must not leave a folder that
	 * looks complete.
	 */
	if (found > 0)
		return write_mark(folder->path, O_TRUNC) && output_files__remove(folder->path)
			       ? NB_EXIT_GOOD
			       : cannot_write(folder->path);
	return write_mark(folder->path, O_EXCL) ? NB_EXIT_GOOD : cannot_write(folder->path);
}

/* Reports why there can be no folder at an existing path. */
static int not_a_folder(const char *path)
{
	struct stat status;

	if (stat(path, &status) == 0)
		pr_err("the output folder %s is a file; name another with -o", path);
	else
		pr_err("the output folder %s is a symbolic link that leads nowhere; name another with -o", path);
	return NB_EXIT_FAILED;
}

int output_folder__make(struct output_folder *folder, const char *path, bool force)
{
	int locked, result, parent_error;
	bool fresh;

	folder->lock = -1;
	if (!*path) {
		pr_err("-o wants the name of a folder");
		return NB_EXIT_USAGE;
	}
	parent_error = make_parents(path);
	fresh = mkdir(path, 0777) == 0;
	if (!fresh && errno != EEXIST)
		return cannot_make(path, parent_error);
	locked = lock(folder, path);
	if (locked < 0 && (errno == ENOTDIR || errno == ENOENT || errno == ELOOP))
		return not_a_folder(path);
	if (locked < 0)
		return cannot_write(path);
	if (locked == 0) {
		pr_err("another run writes into the output folder %s: name another with -o", path);
		return NB_EXIT_USAGE;
	}
	result = take(folder, force);
	if (result != NB_EXIT_GOOD && fresh)
		rmdir(path); /* removes only an empty folder */
	return result;
}

/* Writes the host's name in a form that is safe in a file name. */
static void host_name(char *name, size_t size)
{
	if (gethostname(name, size) != 0 || !*name)
		text__format(name, size, "unknown");
	name[size - 1] = '\0';
	for (char *c = name; *c; c++)
		if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_", *c))
			*c = '_';
}

int output_folder__make_new(struct output_folder *folder, const char *parent, const char *machine, time_t when)
{
	char stamp[32], host[65], path[512], suffix[16] = "";
	int parent_error;
	struct tm utc;

	folder->lock = -1;
	strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H-%M-%SZ", gmtime_r(&when, &utc));
	host_name(host, sizeof(host));
	text__format(path, sizeof(path), "%s/x", parent);
	parent_error = make_parents(path);
	for (unsigned i = 2; i <= SUFFIX_MAX; i++) {
		text__format(path, sizeof(path), "%s/%s-%s-%s%s", parent, stamp, host, machine, suffix);
		if (mkdir(path, 0777) == 0)
			return lock(folder, path) > 0 ? take(folder, false) : cannot_write(path);
		if (errno != EEXIST)
			return cannot_make(path, parent_error);
		text__format(suffix, sizeof(suffix), "-%u", i);
	}
	return cannot_write(path);
}

void output_folder__link_latest(const char *path)
{
	char link[600], fresh[600], name[512];

	text__format(name, sizeof(name), "%s", path);
	text__format(link, sizeof(link), "%s/../latest", path);
	text__format(fresh, sizeof(fresh), "%s/../.latest.%d", path, getpid());
	if (symlink(basename(name), fresh) == 0 && rename(fresh, link) == 0)
		return;
	pr_info("results/out/latest could not be renewed: %s", strerror(errno));
	unlink(fresh);
}
