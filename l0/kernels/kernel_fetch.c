// SPDX-License-Identifier: GPL-2.0-only
/*
 * Runs the shell script fetch-kernel. The script is part of this program, so that an installation
 * needs no second file.
 */
#include "l0/kernels/kernel_fetch.h"

#include <errno.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "l0/base/util.h"

/*
 * The text of the script, with a final NUL. The Makefile lists the script as a dependency of this
 * file.
 */
extern const char fetch_kernel_script[];

__asm__(".pushsection .rodata\n"
	".globl fetch_kernel_script\n"
	"fetch_kernel_script: .incbin \"l0/kernels/fetch-kernel\"\n"
	".byte 0\n"
	".popsection");

int kernel_fetch__run(const char *what, const char *folder, const char *suite)
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		execlp("sh", "sh", "-c", fetch_kernel_script, "fetch-kernel", what, folder, suite, (char *)NULL);
		_exit(127);
	}
	while (child > 0 && waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			child = -1;
	if (child < 0 || !WIFEXITED(status) || WEXITSTATUS(status) == 127) {
		pr_err("cannot run the shell that fetches kernels: %s", child < 0 ? strerror(errno) : "it was ended");
		return NB_EXIT_FAILED;
	}
	return WEXITSTATUS(status);
}
