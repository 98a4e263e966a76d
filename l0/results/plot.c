// SPDX-License-Identifier: GPL-2.0-only
/* Runs gnuplot without a shell: file names are arguments (ARG1, ARG2 in the script), so none needs quoting. */
#include "plot.h"

#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

extern char **environ;

bool nb_plot(const char *script, const char *csv, const char *base)
{
	char *const argv[] = {"gnuplot", "-c", (char *)script, (char *)csv, (char *)base, NULL};
	int status;
	pid_t pid;
	int error = posix_spawnp(&pid, "gnuplot", NULL, NULL, argv, environ);

	if (error == ENOENT) {
		fprintf(stderr, "nestbed: no plot of %s: gnuplot is not installed: sudo apt-get install gnuplot-nox\n",
			csv);
		return false;
	}
	if (error) {
		fprintf(stderr, "nestbed: no plot of %s: cannot start gnuplot: %s\n", csv, strerror(error));
		return false;
	}
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR) {
			fprintf(stderr, "nestbed: no plot of %s: cannot wait for gnuplot: %s\n", csv, strerror(errno));
			return false;
		}
	if (WIFSIGNALED(status)) {
		fprintf(stderr, "nestbed: no plot of %s: gnuplot died by signal %d\n", csv, WTERMSIG(status));
		return false;
	}
	if (WEXITSTATUS(status)) {
		fprintf(stderr, "nestbed: no plot of %s: gnuplot failed on %s with status %d\n", csv, script,
			WEXITSTATUS(status));
		return false;
	}
	return true;
}
