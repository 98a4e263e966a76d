// SPDX-License-Identifier: GPL-2.0-only
/* Line buffering, and a look at the end at whether all was written. */
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

/* Something was printed, and the stream has an error or gets one. errno of an earlier failure is gone. */
static void check_at_exit(void)
{
	const bool failed = ferror(stdout);

	errno = 0;
	if (fflush(stdout) == 0 && !failed)
		return;
	/* What is there is broken already: another byte finds out why. */
	if (errno == 0 && write(STDOUT_FILENO, "\n", 1) == 1)
		errno = EIO;
	if (was_closed)
		pr_err("cannot write to standard output: it is closed");
	else
		pr_err("cannot write to standard output: %s", strerror(errno));
	_exit(NB_EXIT_FAILED);
}

/*
 * A closed descriptor would be taken by the next file that is opened, and that file would get what is printed. A closed standard output
 * becomes one on which every write fails.
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
