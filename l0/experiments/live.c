// SPDX-License-Identifier: GPL-2.0-only
/*
 * nestbed trace --pid: attaches to a running VM, and shows the counts of the eBPF programs after
 * every interval.
 */
#include "l0/experiments/live.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "l0/base/util.h"
#include "l0/base/vm_find.h"
#include "l0/experiments/live_schedule.h"
#include "l0/experiments/live_table.h"
#include "l0/results/missing.h"

/* PROC_PID_INIT_INO of the kernel. */
#define INITIAL_PID_NAMESPACE 0xEFFFFFFC

static volatile sig_atomic_t interrupted;

static void on_signal(int number)
{
	interrupted = number;
}

#define NS_PER_S 1000000000u

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * NS_PER_S + (uint64_t)t.tv_nsec;
}

/*
 * The eBPF programs see process numbers of the initial namespace. In a container the numbers
 * differ.
 */
static bool pids_are_the_kernels(void)
{
	struct stat ns;

	return stat("/proc/self/ns/pid", &ns) != 0 || ns.st_ino == INITIAL_PID_NAMESPACE;
}

/*
 * Stores the process to watch in *pid. Returns NB_EXIT_GOOD, or another exit code after one line on
 * stderr.
 */
static int choose_process(const struct live_options *o, pid_t *pid)
{
	int result = NB_EXIT_GOOD;

	if (access("/sys/module/kvm", F_OK) != 0 && access("/dev/kvm", F_OK) != 0) {
		pr_err("KVM is not loaded, so no VM runs on it here: sudo modprobe kvm_intel");
		return NB_EXIT_SKIPPED;
	}
	if (!pids_are_the_kernels()) {
		pr_err("processes have other numbers here than the kernel gives them: run nestbed outside the container");
		return NB_EXIT_SKIPPED;
	}
	if (o->pid)
		*pid = (pid_t)strtol(o->pid, NULL, 10);
	else
		result = vm_find__word("/proc", o->vm, pid);
	if (result != NB_EXIT_GOOD)
		return result;
	switch (vm_find__state("/proc", *pid)) {
	case VM_THERE:
		return NB_EXIT_GOOD;
	case VM_HIDDEN:
		pr_err("no right to see in /proc/%d/fd whether it runs a VM: " VM_FIND_TODO, (int)*pid);
		return NB_EXIT_SKIPPED;
	case VM_GONE:
		pr_err("there is no process %d", (int)*pid);
		return NB_EXIT_FAILED;
	default:
		pr_err("process %d runs no VM: it has no file anon_inode:kvm-vm in /proc/%d/fd", (int)*pid, (int)*pid);
		return NB_EXIT_FAILED;
	}
}

/* Tells once which figures this KVM cannot provide. */
static void say_limits(const struct tracer *tracer)
{
	missing__say(tracer__missing(tracer));
	if (access("/sys/module/kvm_intel", F_OK) != 0)
		pr_info("this KVM is not kvm_intel: its exit reasons cannot be told apart, all are UNKNOWN");
}

/*
 * Reads only the histograms whose counts have changed since `last`. Copying a histogram from every
 * CPU is the main cost of a reading.
 */
static void read_all(struct tracer *tracer, uint64_t since, struct live_reading *reading,
		     const struct live_reading *last)
{
	tracer__counts(tracer, &reading->counts);
	reading->seconds = (double)(now() - since) / NS_PER_S;
	for (unsigned level = 0; level < 2; level++)
		for (unsigned i = 0; i < TRACE_REASONS; i++) {
			const struct trace_histogram *before = &last->histogram[level][i];

			/* An exit that is still being handled has no duration yet. */
			if (reading->counts.exits[level][i] == before->count ||
			    !tracer__histogram(tracer, level + 1, i, &reading->histogram[level][i]))
				reading->histogram[level][i] = *before;
		}
}

/* The outputs of the tables: text on stdout, and each format that the options request. */
struct view {
	FILE *out[TABLE_FORMATS]; /* NULL: not requested */
	struct table_writer writer[TABLE_FORMATS];
	bool text, terminal, filtered;
};

static bool view__open(struct view *view, const struct table_files *files)
{
	view->text = !table_files__take_stdout(files);
	view->terminal = isatty(STDOUT_FILENO);
	for (enum table_format format = 0; format < TABLE_FORMATS; format++) {
		const char *path = files->path[format];

		if (!path)
			continue;
		view->out[format] = strcmp(path, "-") == 0 ? stdout : fopen(path, "we");
		if (!view->out[format]) {
			pr_err("cannot write %s: %s", path, strerror(errno));
			return false;
		}
		if (format != TABLE_JSON)
			live_table__begin_rows(&view->writer[format], format, view->out[format]);
		if (fflush(view->out[format]) != 0)
			return false;
	}
	return true;
}

/* Returns false if a file could not be written completely. */
static bool view__close(struct view *view)
{
	bool good = true;

	for (enum table_format format = 0; format < TABLE_FORMATS; format++)
		if (view->out[format] && view->out[format] != stdout && fclose(view->out[format]) != 0)
			good = false;
	return good;
}

static bool show(struct view *view, struct live_table *table, const char *ended)
{
	bool good = true;

	/*
	 * These tracepoints carry neither the vCPU nor the original exit, so filters cannot apply.
	 */
	if (view->filtered)
		table->to_l1_count = table->to_user_count = 0;
	for (enum table_format format = 0; format < TABLE_FORMATS; format++) {
		FILE *out = view->out[format];

		if (!out)
			continue;
		if (format == TABLE_JSON)
			live_table__write_json(out, table, ended);
		else
			live_table__write_rows(&view->writer[format], table, ended);
		good = fflush(out) == 0 && good;
	}
	if (view->text) {
		fputs(view->terminal ? "\033[H\033[J" : table->final ? "\n" : "", stdout);
		live_table__write_text(stdout, table);
	}
	return fflush(stdout) == 0 && good;
}

/* Waits until a moment. Returns the reason to stop, or NULL if there is none. */
static const char *wait_until(uint64_t moment, int pidfd, const sigset_t *unblocked)
{
	struct pollfd poll = {.fd = pidfd, .events = POLLIN};

	while (!interrupted) {
		const uint64_t before = now(), left = moment > before ? moment - before : 0;
		const struct timespec timeout = {.tv_sec = (time_t)(left / NS_PER_S),
						 .tv_nsec = (long)(left % NS_PER_S)};

		if (ppoll(&poll, 1, &timeout, unblocked) > 0)
			return "the VM has ended";
		if (left == 0)
			return NULL;
	}
	return "interrupted";
}

static int watch(const struct live_options *o, const struct table_files *files, struct tracer *tracer, int pidfd,
		 const sigset_t *unblocked)
{
	static struct live_reading readings[2];
	static struct live_table table;
	struct view view = {.filtered = o->tracer.vcpu || o->tracer.level || o->tracer.reasons[0] ||
					o->tracer.reasons[1]};
	const uint64_t start = now();
	struct live_schedule schedule;
	const char *ended = NULL;
	unsigned turn = 0;
	bool good = view__open(&view, files);

	live_schedule__begin(&schedule, start, o->interval, o->duration);
	while (good && !ended) {
		struct live_reading *reading = &readings[turn], *last = &readings[!turn];

		ended = wait_until(schedule.next, pidfd, unblocked);
		if (!ended && live_schedule__is_last(&schedule))
			ended = "duration";
		read_all(tracer, start, reading, last);
		live_table__make(&table, reading, last);
		good = show(&view, &table, NULL);
		turn = !turn;
		live_schedule__advance(&schedule, now());
	}
	live_table__make(&table, &readings[!turn], NULL);
	good = good && show(&view, &table, ended);
	good = view__close(&view) && good;
	if (!good)
		pr_err("cannot write the table: %s", strerror(errno));
	if (table.exits == 0 && table.to_user_count)
		pr_info("this KVM left for user space, but its tracepoint kvm:kvm_exit never came: it is one that does not tell "
			"of exits");
	if (ended && strcmp(ended, "duration") != 0)
		pr_info("%s after %.1f s", ended, table.seconds);
	return good ? NB_EXIT_GOOD : NB_EXIT_FAILED;
}

int live__watch(struct live_options *options, const struct table_files *files)
{
	const struct sigaction action = {.sa_handler = on_signal};
	sigset_t blocked, unblocked;
	struct tracer *tracer;
	int pidfd, result;
	char why[256];
	pid_t pid = 0;

	result = choose_process(options, &pid);
	if (result != NB_EXIT_GOOD)
		return result;
	pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
	if (pidfd < 0) {
		pr_err("cannot watch process %d: %s", (int)pid, strerror(errno));
		return NB_EXIT_FAILED;
	}
	/* These signals arrive only in wait_until(), so they never cut a table in two. */
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGINT);
	sigaddset(&blocked, SIGTERM);
	sigprocmask(SIG_BLOCK, &blocked, &unblocked);
	sigdelset(&unblocked, SIGINT);
	sigdelset(&unblocked, SIGTERM);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	options->tracer.tgid = (uint32_t)pid;
	tracer = tracer__open(&options->tracer, why, sizeof(why));
	if (!tracer) {
		pr_err("%s", why);
		result = NB_EXIT_SKIPPED;
	} else {
		pr_info("attached to process %d; the error of a figure is at most 1.6%%", (int)pid);
		say_limits(tracer);
		result = watch(options, files, tracer, pidfd, &unblocked);
	}
	tracer__close(tracer);
	close(pidfd);
	return result;
}
