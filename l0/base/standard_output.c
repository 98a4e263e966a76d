// SPDX-License-Identifier: GPL-2.0-only
/* Sets line buffering on standard output, and checks at exit that everything was written. */
#include "l0/base/standard_output.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "l0/base/util.h"

static bool was_closed;

/*
 * Reports a write error of standard output at exit. The errno of an earlier failed write is lost.
 */
static void check_at_exit(void)
{
	const bool failed = ferror(stdout);

	errno = 0;
	if (fflush(stdout) == 0 && !failed)
		return;
	/* The output is incomplete already. Writing one more byte sets errno to the reason. */
	if (errno == 0 && write(STDOUT_FILENO, "\n", 1) == 1)
		errno = EIO;
	if (was_closed)
		pr_err("cannot write to standard output: it is closed");
	else
		pr_err("cannot write to standard output: %s", strerror(errno));
	_exit(NB_EXIT_FAILED);
}

/*
 * Without this, the next opened file would take the closed descriptor, and would get the program's
 * output. A closed standard output becomes /dev/full, on which every write fails.
 */
static void occupy(int fd, const char *path, int flags)
{
	int other;

	if (fcntl(fd, F_GETFD) >= 0 || errno != EBADF)
		return;
	if (fd == STDOUT_FILENO)
		was_closed = true;
	other = open(path, flags);
	if (other >= 0 && other != fd) {
		dup2(other, fd);
		close(other);
	}
}

void standard_output__guard(void)
{
	occupy(STDIN_FILENO, "/dev/null", O_RDONLY);
	occupy(STDOUT_FILENO, "/dev/full", O_WRONLY);
	occupy(STDERR_FILENO, "/dev/null", O_WRONLY);
	setvbuf(stdout, NULL, _IOLBF, 0);
	signal(SIGPIPE, SIG_IGN);
	atexit(check_at_exit);
}
