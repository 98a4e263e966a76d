// SPDX-License-Identifier: GPL-2.0-only
/* Writes to a file of mkstemp(), and calls rename() when all of it is on disk. */
#include "l0/base/whole_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "l0/base/util.h"

bool whole_file__begin(struct whole_file *f, const char *path)
{
	int fd;

	text__format(f->path, sizeof(f->path), "%s", path);
	text__format(f->temporary, sizeof(f->temporary), "%s.XXXXXX", path);
	fd = mkstemp(f->temporary);
	f->out = fd >= 0 ? fdopen(fd, "w") : NULL;
	if (f->out)
		return true;
	pr_err("cannot write %s: %s", path, strerror(errno));
	if (fd >= 0) {
		close(fd);
		unlink(f->temporary);
	}
	return false;
}

bool whole_file__end(struct whole_file *f, bool good)
{
	mode_t mask = umask(0);
	int error = errno;

	umask(mask);
	if (good) {
		/* mkstemp() makes a file that only its owner can read. */
		good = fflush(f->out) == 0 && !ferror(f->out) && fchmod(fileno(f->out), 0666 & ~mask) == 0 &&
		       fsync(fileno(f->out)) == 0;
		error = errno;
	}
	if (fclose(f->out) != 0 && good) {
		error = errno;
		good = false;
	}
	if (good && rename(f->temporary, f->path) != 0) {
		error = errno;
		good = false;
	}
	if (good)
		return true;
	pr_err("cannot write %s: %s", f->path, strerror(error));
	unlink(f->temporary);
	return false;
}

bool whole_file__put(const char *folder, const char *name, void (*put)(FILE *out, void *data), void *data)
{
	struct whole_file file;
	char path[700];

	text__format(path, sizeof(path), "%s/%s", folder, name);
	if (!whole_file__begin(&file, path))
		return false;
	put(file.out, data);
	return whole_file__end(&file, true);
}

void whole_file__drop(struct whole_file *f)
{
	fclose(f->out);
	unlink(f->temporary);
}
