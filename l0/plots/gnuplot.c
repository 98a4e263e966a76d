// SPDX-License-Identifier: GPL-2.0-only
/*
 * Starts gnuplot without a shell. File names are arguments (ARG1... in the script), so no name
 * needs quoting.
 */
#include "l0/plots/gnuplot.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "l0/base/util.h"

extern char **environ;

#define PATH_BYTES 1024
#define LIMIT_MS   60000 /* the slowest plot takes about a second */

/*
 * Returns a copy of this process' environment with LC_ALL=C.UTF-8, or NULL if memory runs out. The
 * strings are shared.
 */
static char **copy_environment(void)
{
	static char locale[] = "LC_ALL=C.UTF-8";
	size_t count = 0, kept = 0;
	char **copy;

	while (environ[count])
		count++;
	copy = calloc(count + 2, sizeof(*copy));
	if (!copy)
		return NULL;
	for (size_t i = 0; i < count; i++)
		if (strncmp(environ[i], "LC_ALL=", 7) != 0)
			copy[kept++] = environ[i];
	copy[kept] = locale;
	return copy;
}

bool nb_gnuplot_start(struct nb_gnuplot *g)
{
	char frame[PATH_BYTES], script[PATH_BYTES], data[PATH_BYTES], base[PATH_BYTES];
	char *const argv[] = {"gnuplot", "-c", frame, script, data, base, NULL};
	char **environment;
	int error;

	text__format(frame, sizeof(frame), "%s/frame.gp", g->scripts);
	text__format(script, sizeof(script), "%s/%s.gp", g->scripts, g->script);
	text__format(data, sizeof(data), "%s.tsv", g->base);
	text__format(base, sizeof(base), "%s", g->base);
	/* Number formats and encoding must not depend on the user's locale. */
	environment = copy_environment();
	if (!environment) {
		pr_err("no plots of %s: out of memory", g->folder);
		return false;
	}
	error = posix_spawnp(&g->pid, "gnuplot", NULL, NULL, argv, environment);
	free(environment);
	if (!error)
		return true;
	g->pid = 0;
	if (error == ENOENT)
		pr_err("no plots of %s: gnuplot is not installed: sudo apt-get install gnuplot-nox", g->folder);
	else
		pr_err("no plots of %s: cannot start gnuplot: %s", g->folder, strerror(error));
	return false;
}

/* Waits up to LIMIT_MS for gnuplot, then kills it. */
static void limit(const struct nb_gnuplot *g)
{
	struct pollfd end = {.fd = pidfd_open(g->pid, 0), .events = POLLIN};
	int ended;

	if (end.fd < 0)
		return;
	do
		ended = poll(&end, 1, LIMIT_MS);
	while (ended < 0 && errno == EINTR);
	if (ended == 0) {
		pr_err("no plots of %s: gnuplot does not end", g->folder);
		kill(g->pid, SIGKILL);
	}
	close(end.fd);
}

bool nb_gnuplot_wait(const struct nb_gnuplot *g)
{
	int status;

	limit(g);
	while (waitpid(g->pid, &status, 0) < 0) {
		if (errno != EINTR) {
			pr_err("no plots of %s: cannot wait for gnuplot: %s", g->folder, strerror(errno));
			return false;
		}
	}
	if (WIFSIGNALED(status))
		pr_err("no plots of %s: gnuplot died by signal %d", g->folder, WTERMSIG(status));
	else if (WEXITSTATUS(status))
		pr_err("no plots of %s: gnuplot failed on %s/%s.gp with status %d", g->folder, g->scripts, g->script,
		       WEXITSTATUS(status));
	return status == 0;
}
