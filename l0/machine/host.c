// SPDX-License-Identifier: GPL-2.0-only
/*
 * The machine `host`: runs the plan's steps on this computer. Each VMM is a child process that
 * writes its records to a file.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "l0/base/progress.h"
#include "l0/base/util.h"
#include "l0/machine/machine.h"
#include "l0/request/cpu_support.h"
#include "l0/request/machine_plan.h"

#define ARGUMENTS_MAX 64
#define POLL_MS       100

volatile sig_atomic_t machine_told_to_stop;

static void exec_words(char *line, const char *separator) __attribute__((noreturn));
static void exec_words(char *line, const char *separator)
{
	char *argv[ARGUMENTS_MAX + 1] = {0};
	unsigned argc = 0;

	for (char *word; argc < ARGUMENTS_MAX && (word = strsep(&line, separator)) != NULL;)
		if (*word)
			argv[argc++] = word;
	if (argc > 0)
		execvp(argv[0], argv);
	pr_err("cannot run %s: %s", argc > 0 ? argv[0] : "an empty line", strerror(errno));
	_exit(127);
}

/* Reloads a module with modprobe. The arguments look like "kvm_intel a=1". */
static bool reload_module(const char *arguments)
{
	char commands[2][512];

	text__format(commands[0], sizeof(commands[0]), "modprobe -r %.*s", (int)strcspn(arguments, " "), arguments);
	text__format(commands[1], sizeof(commands[1]), "modprobe %s", arguments);
	for (int i = 0; i < 2; i++) {
		pid_t child = fork();
		int status;

		if (child == 0)
			exec_words(commands[i], " ");
		if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status) ||
		    WEXITSTATUS(status) != 0) {
			pr_err("%s failed: is a VM running, or are you not root?", commands[i]);
			return false;
		}
	}
	return true;
}

/*
 * Writes the step that restores kvm_intel: "kvm_intel nested=Y enable_shadow_vmcs=Y ...". It holds
 * every parameter that the plan may set.
 */
static void remember_module(char *step, size_t size, const struct request *request)
{
	char names[512], value[64], path[640];

	text__format(names, sizeof(names), "nested enable_shadow_vmcs %s", request->kvm_params);
	text__format(step, size, "kvm_intel");
	for (char *rest = names, *name; (name = strsep(&rest, " ")) != NULL;) {
		name[strcspn(name, "=")] = '\0';
		text__format(path, sizeof(path), "/sys/module/kvm_intel/parameters/%s", name);
		if (*name && file__read_text(path, value, sizeof(value)))
			text__format(step + strlen(step), size - strlen(step), " %s=%s", name, value);
	}
}

static int wait_for(pid_t child)
{
	int status;

	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return NB_EXIT_FAILED;
	if (WIFSIGNALED(status)) {
		pr_err("the VMM was killed by signal %d (%s): the samples so far are kept", WTERMSIG(status),
		       strsignal(WTERMSIG(status)));
		return NB_EXIT_FAILED;
	}
	return WEXITSTATUS(status);
}

/* The child writes directly into the file, so the records survive the death of either process. */
static int run(char *line, int fd, const char *path, struct progress *progress, unsigned timeout)
{
	/* computed before fork(); the child splits the line in its own memory */
	bool qemu = strstr(line, "isa-debug-exit") != NULL;
	const pid_t nestbed = getpid();
	pid_t child = fork();
	siginfo_t ended;
	int status;

	if (child < 0) {
		pr_err("cannot start the VMM: %s", strerror(errno));
		return NB_EXIT_FAILED;
	}
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != nestbed) /* nestbed died before PR_SET_PDEATHSIG took effect */
			_exit(127);
		setpgid(0, 0); /* Ctrl-C reaches only nestbed, which then signals the child */
		dup2(open("/dev/null", O_RDONLY), STDIN_FILENO);
		dup2(fd, STDOUT_FILENO);
		exec_words(line, "\t");
	}
	for (;;) {
		ended.si_pid = 0;
		if (waitid(P_PID, (id_t)child, &ended, WEXITED | WNOHANG | WNOWAIT) == 0 && ended.si_pid == child)
			break;
		if (machine_told_to_stop)
			kill(child, SIGTERM);
		/* Our VMM has its own watchdog; QEMU has none. */
		if (qemu && progress__now() - progress->last_change > timeout) {
			pr_err("QEMU hangs: no record for %u s (--timeout)", timeout);
			kill(child, SIGKILL);
			progress->last_change = progress__now(); /* avoids a second message */
		}
		poll(NULL, 0, POLL_MS);
		progress__update(progress, path);
		progress__draw(progress, "host");
	}
	status = wait_for(child);
	/* isa-debug-exit makes QEMU end with 2 * status + 1. */
	if (qemu)
		return status == 1 ? NB_EXIT_GOOD : NB_EXIT_FAILED;
	if (status == 127) /* exec failed, and the child has printed why */
		return NB_EXIT_SKIPPED;
	return status == NB_EXIT_GOOD || status == NB_EXIT_SKIPPED ? status : NB_EXIT_FAILED;
}

int machine_host__run(const struct request *request, struct streams *streams)
{
	const struct plan_place place = {
		.programs = request->programs,
		.qemu = "qemu-system-x86_64",
		.reload = request->reload_kvm,
		.watchdog_mticks = HOST_WATCHDOG_MTICKS,
	};
	struct progress progress;
	char path[512], plan[PLAN_SIZE], before[1024];
	struct request one;
	int result = NB_EXIT_GOOD;
	int fd;

	text__format(path, sizeof(path), "%s/records.bin", request->out);
	streams__add(streams, path, 0);
	if (!streams__named(streams))
		return NB_EXIT_FAILED;
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0644);
	if (fd < 0) {
		pr_err("cannot write %s: %s", path, strerror(errno));
		return NB_EXIT_FAILED;
	}
	cpu_fit__request(request, 0, &one);
	plan__write(plan, &one, &place);
	remember_module(before, sizeof(before), request);
	progress__begin(&progress, plan__windows(&one));
	for (char *rest = plan, *line; result == NB_EXIT_GOOD && (line = strsep(&rest, "\n")) != NULL;) {
		if (strncmp(line, "module ", 7) == 0)
			result = reload_module(line + 7) ? NB_EXIT_GOOD : NB_EXIT_FAILED;
		else if (strncmp(line, "run ", 4) == 0)
			result = run(line + 4, fd, path, &progress, request->timeout);
	}
	progress__end(&progress);
	close(fd);
	if (request->reload_kvm) {
		pr_info("restoring the module with its parameters: %s", before);
		if (!reload_module(before))
			result = NB_EXIT_FAILED;
	}
	return result;
}
