// SPDX-License-Identifier: GPL-2.0-only
/*
 * The machine `bochs`: starts the emulators, watches them, and prints their last console lines
 * after a failure.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "l0/base/allocate.h"
#include "l0/base/progress.h"
#include "l0/base/util.h"
#include "l0/machine/bochs_files.h"
#include "l0/machine/machine.h"
#include "l0/request/cpu_support.h"
#include "l0/request/machine_plan.h"

#define POLL_MS           50
#define BOOT_SECONDS      60 /* seconds of the emulator's CPU time; --boot-timeout replaces it */
#define CONSOLE_LINES     8
#define PANIC_GRACE       1.0 /* seconds to wait for the rest of a panic message */
#define EMULATED_SLOWDOWN 10  /* the allowed ratio of time outside to time inside the emulated machine */
#define AT_A_TIME         2u  /* emulators at a time; each one keeps one CPU busy */

struct emulator {
	struct bochs_files files;
	unsigned variant;       /* index in the request */
	struct bochs_bare bare; /* the level and setting to measure if our hypervisor is L0 */
	unsigned config;        /* the kvm_intel configuration, if kvm_intel is built into the kernel */
	struct progress progress;
	pid_t pid; /* 0: not started, or already reaped */
	int terminal;
	off_t console_size;
	double panic;                 /* time of the first panic message, or 0 */
	bool booted;                  /* PID 1 runs; true from the start if the machine boots our own image */
	double silent_from, cpu_then; /* time of the last output, and the CPU time used until then */
	int result;
	bool started; /* also true if the start failed */
};

/* Creates the emulator's files, then starts the emulator. */
static bool start(struct emulator *e, const struct request *request)
{
	const pid_t nestbed = getpid();
	char rc[512], commands[512];
	struct request one;

	e->started = true;
	cpu_fit__request(request, e->variant, &one);
	e->booted = one.l0 != L0_KVM;
	progress__begin(&e->progress, plan__windows(&one));
	if (!(one.l0 != L0_KVM ? bochs_files__make_bare(&e->files, &one, one.variant, &e->bare)
			       : bochs_files__make_kvm(&e->files, &one, one.variant, e->config)))
		return false;
	text__format(rc, sizeof(rc), "%s/bochsrc", e->files.work.path);
	text__format(commands, sizeof(commands), "%s/commands", e->files.work.path);
	/* Bochs needs a terminal for its display, but nobody looks at the display. */
	e->pid = forkpty(&e->terminal, NULL, NULL, NULL);
	if (e->pid < 0) {
		pr_err("cannot start bochs: %s", strerror(errno));
		e->pid = 0;
		return false;
	}
	if (e->pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != nestbed) /* nestbed died before PR_SET_PDEATHSIG took effect */
			_exit(127);
		/*
		 * While the emulated CPU is halted, Bochs waits up to 1 ms for a key, again and
		 * again. An input at end of file ends each wait at once, so idle emulated time
		 * costs nothing.
		 */
		dup2(open("/dev/null", O_RDONLY), STDIN_FILENO);
		setenv("TERM", "vt100", 1);
		setenv("LC_ALL", "C", 1);
		execlp("bochs", "bochs", "-q", "-f", rc, "-rc", commands, (char *)NULL);
		_exit(127);
	}
	fcntl(e->terminal, F_SETFL, O_NONBLOCK);
	fcntl(e->terminal, F_SETFD, FD_CLOEXEC);
	return true;
}

static void drain_terminal(const struct emulator *e)
{
	char buffer[4096];

	while (read(e->terminal, buffer, sizeof(buffer)) > 0)
		;
}

/*
 * Returns a whole text file with NUL bytes replaced by line breaks, or NULL if it cannot be read.
 * The caller frees it.
 */
static char *read_text(const char *path)
{
	struct file_data text;

	if (access(path, R_OK) != 0 || !file__read(path, &text))
		return NULL;
	for (size_t i = 0; i < text.size; i++)
		if (text.data[i] == '\0')
			text.data[i] = '\n';
	text.data[text.size] = '\0';
	return (char *)text.data;
}

/* Returns true if the text file contains `what`. */
static bool file_contains(const char *path, const char *what)
{
	char *text = read_text(path);
	const bool found = text && strstr(text, what);

	free(text);
	return found;
}

/* Returns true if any line of the text file starts with `beginning`. */
static bool file_has_line(const char *path, const char *beginning)
{
	char *text = read_text(path);
	bool found = false;

	for (char *rest = text, *line; !found && (line = strsep(&rest, "\r\n")) != NULL;)
		found = strncmp(line, beginning, strlen(beginning)) == 0;
	free(text);
	return found;
}

/* Returns true if the line comes from a nestbed program or image, not from the kernel. */
static bool is_ours(const char *line)
{
	return strncmp(line, "nestbed: ", 9) == 0 || strncmp(line, "init: ", 6) == 0 || strncmp(line, "| ", 2) == 0 ||
	       strncmp(line, "hypervisor: ", 12) == 0 || strncmp(line, "bench: ", 7) == 0;
}

/*
 * Prints the last lines of the console: the lines of nestbed's programs if there are any, otherwise
 * all lines.
 */
static void show_console(const struct emulator *e)
{
	const bool ours = file_has_line(e->files.console, "nestbed: ") || file_has_line(e->files.console, "init: ");
	const char *lines[CONSOLE_LINES] = {0};
	char *text = read_text(e->files.console);
	unsigned count = 0;

	for (char *rest = text, *line; (line = strsep(&rest, "\r\n")) != NULL;)
		if (*line && (!ours || is_ours(line)))
			lines[count++ % CONSOLE_LINES] = line;
	if (count > 0)
		fprintf(stderr, "from the console of the emulated machine (all of it: %s):\n", e->files.console);
	for (unsigned i = count > CONSOLE_LINES ? count - CONSOLE_LINES : 0; i < count; i++)
		fprintf(stderr, "  %s\n", lines[i % CONSOLE_LINES]);
	free(text);
}

/* Returns the name of the kernel that the machine boots, or "without Linux". */
static const char *name_of(const struct emulator *e, const struct request *request)
{
	return request->l0 == L0_KVM ? request->variant[e->variant].kernel_name : "without Linux";
}

/* Returns the exit code for a failure. Before PID 1 runs, the kernel has failed to boot. */
static int failure(const struct emulator *e)
{
	return e->booted ? NB_EXIT_FAILED : NB_EXIT_NO_BOOT;
}

static void stop(struct emulator *e, int result, const char *why, const char *name)
{
	pr_err("%s (%s)", why, name);
	kill(e->pid, SIGKILL);
	e->result = result;
}

/* A kernel that fails before PID 1 may have printed nothing, because its console starts late. */
static void stop_silent(struct emulator *e, const struct request *request)
{
	if (e->progress.records > 0) {
		stop(e, failure(e), "the emulated machine hangs: no record any more (--timeout)", name_of(e, request));
		return;
	}
	if (e->booted) {
		stop(e, failure(e), "the emulated machine hangs: no record yet (--timeout)", name_of(e, request));
		return;
	}
	stop(e, failure(e), "the emulated machine hangs: it has written nothing since power-on (--boot-timeout)",
	     name_of(e, request));
	pr_err("the kernel does not boot; see how far it comes by "
	       "--kernel-args 'earlyprintk=ttyS0,115200 ignore_loglevel'");
}

/* Returns the CPU time of the emulator in seconds. */
static double cpu_time(const struct emulator *e)
{
	struct timespec used = {0};
	clockid_t clock;

	if (clock_getcpuclockid(e->pid, &clock) == 0)
		clock_gettime(clock, &used);
	return (double)used.tv_sec + (double)used.tv_nsec / 1e9;
}

/*
 * Before PID 1 runs, silence is counted in seconds of the emulator's CPU time. The kernel prints
 * nothing during a good boot, and other programs may occupy the CPUs. After PID 1 runs, the
 * request's timeout applies.
 */
static bool is_silent_too_long(struct emulator *e, const struct request *request, double now)
{
	const double silent = now - e->progress.last_change, inside = request->timeout * EMULATED_SLOWDOWN;
	const double longer = request->timeout > BOOT_SECONDS ? request->timeout : BOOT_SECONDS;
	const double boot = request->boot_timeout > 0 ? request->boot_timeout : longer;

	if (e->silent_from != e->progress.last_change) {
		e->silent_from = e->progress.last_change;
		e->cpu_then = cpu_time(e);
	}
	if (!e->booted)
		return silent > boot && cpu_time(e) - e->cpu_then > boot;
	return silent > (inside < BOOT_SECONDS && e->progress.records == 0 ? BOOT_SECONDS : inside);
}

/* Reads the output of a running emulator, and kills the emulator if it must stop. */
static void look(struct emulator *e, const struct request *request)
{
	struct stat st;
	double now;

	drain_terminal(e);
	if (e->result != NB_EXIT_GOOD)
		return; /* already killed; only reap() is left to do */
	progress__update(&e->progress, e->files.records);
	now = progress__now();
	if (!e->booted && stat(e->files.kernel_log, &st) == 0 && st.st_size > 0) {
		e->booted = true;
		e->progress.last_change = now;
	}
	if (stat(e->files.console, &st) == 0 && st.st_size != e->console_size) {
		e->console_size = st.st_size;
		e->progress.last_change = now;
		if (!e->panic && file_contains(e->files.console, "Kernel panic - not syncing"))
			e->panic = now;
	}
	/*
	 * Any output proves that the emulator has opened all its files, so the work folder can go.
	 */
	if (e->progress.records > 0 || e->console_size > 0)
		bochs_files__remove_work(&e->files);
	if (machine_told_to_stop)
		stop(e, NB_EXIT_FAILED, "stopped: the samples so far are kept", name_of(e, request));
	else if (e->panic && now - e->panic > PANIC_GRACE)
		stop(e, failure(e), "the emulated machine's kernel panicked", name_of(e, request));
	else if (is_silent_too_long(e, request, now))
		stop_silent(e, request);
}

/* Every good run ends through Bochs' shutdown port. Bochs reports that as a "panic". */
static void judge_end(struct emulator *e, const struct request *request)
{
	struct stat st;

	e->booted = e->booted || (stat(e->files.kernel_log, &st) == 0 && st.st_size > 0);
	if (file_contains(e->files.log, "Shutdown port: shutdown requested"))
		return;
	e->result = e->panic ? failure(e) : NB_EXIT_FAILED;
	if (e->panic)
		pr_err("the emulated machine's kernel panicked (%s)", name_of(e, request));
	else if (!e->booted && file_contains(e->files.log, "exception with no resolution")) {
		pr_err("the kernel %s does not boot: it has brought the machine down by a triple fault (%s)",
		       name_of(e, request), e->files.log);
		e->result = NB_EXIT_NO_BOOT;
	} else {
		pr_err("the emulated machine stopped by itself; %s says why (%s)", e->files.log, name_of(e, request));
	}
}

/* Returns true if the emulator has ended. Then e->result says whether the run succeeded. */
static bool reap(struct emulator *e, const struct request *request)
{
	int status;
	pid_t pid = waitpid(e->pid, &status, WNOHANG);

	if (pid == 0)
		return false;
	e->pid = 0;
	progress__update(&e->progress, e->files.records);
	if (e->result == NB_EXIT_GOOD && WIFEXITED(status) && WEXITSTATUS(status) == 127) {
		pr_err("bochs is not installed: sudo apt-get install bochs bochs-term bochsbios seabios, or use "
		       "--machine host");
		e->result = NB_EXIT_SKIPPED;
	} else if (e->result == NB_EXIT_GOOD) {
		judge_end(e, request);
	}
	if (e->result == NB_EXIT_GOOD)
		unlink(e->files.log);
	/*
	 * The machine shut down well, but a level in it reported a failure. The console says why.
	 */
	if (e->result == NB_EXIT_GOOD && e->progress.end_status != 0)
		e->result = e->progress.end_status == NB_EXIT_SKIPPED ? NB_EXIT_SKIPPED : NB_EXIT_FAILED;
	/* PID 1 prints only errors. */
	if (e->result == NB_EXIT_GOOD && file_has_line(e->files.console, "init: "))
		e->result = NB_EXIT_FAILED;
	if (e->result != NB_EXIT_GOOD)
		show_console(e);
	return true;
}

static void finish(struct emulator *e)
{
	if (e->pid > 0) {
		kill(e->pid, SIGKILL);
		waitpid(e->pid, NULL, 0);
		e->pid = 0;
	}
	if (e->terminal > 0)
		close(e->terminal);
	progress__end(&e->progress);
	bochs_files__remove_work(&e->files);
}

/*
 * Bochs blocks while its terminal is full, so nestbed reads the terminal as soon as data arrives.
 */
static void wait_for_terminals(const struct emulator *e, unsigned count)
{
	struct pollfd fds[AT_A_TIME];
	unsigned running = 0;

	for (unsigned i = 0; i < count && running < AT_A_TIME; i++)
		if (e[i].pid > 0)
			fds[running++] = (struct pollfd){.fd = e[i].terminal, .events = POLLIN};
	poll(fds, running, POLL_MS);
}

static void draw(struct emulator *e, unsigned count)
{
	unsigned last = count, started = 0;
	char what[32] = "bochs";

	for (unsigned i = 0; i < count; i++) {
		started += e[i].started;
		if (e[i].pid > 0)
			last = i;
	}
	if (last == count)
		return;
	if (count > AT_A_TIME)
		text__format(what, sizeof(what), "bochs %u of %u", started, count);
	progress__draw(&e[last].progress, what);
}

/*
 * Returns false if a machine of the same variant has failed, or if no machine can run on this
 * computer.
 */
static bool may_start(const struct emulator *e, unsigned count, const struct emulator *one)
{
	for (unsigned i = 0; i < count; i++)
		if (e[i].result == NB_EXIT_SKIPPED || (e[i].result != NB_EXIT_GOOD && e[i].variant == one->variant))
			return false;
	return !machine_told_to_stop;
}

/* Starts machines up to the limit. Returns the number of running machines. */
static unsigned start_more(struct emulator *e, unsigned count, const struct request *request)
{
	unsigned running = 0;

	for (unsigned i = 0; i < count; i++)
		running += e[i].pid > 0;
	for (unsigned i = 0; i < count && running < AT_A_TIME; i++) {
		if (e[i].started || !may_start(e, count, &e[i]))
			continue;
		if (start(&e[i], request))
			running++;
		else
			e[i].result = NB_EXIT_FAILED;
	}
	return running;
}

/*
 * Emulated machines are single-threaded and independent, so the machines of one request run in
 * parallel.
 */
static void run_all(struct emulator *e, unsigned count, const struct request *request)
{
	while (start_more(e, count, request) > 0) {
		wait_for_terminals(e, count);
		for (unsigned i = 0; i < count; i++)
			if (e[i].pid > 0 && !reap(&e[i], request))
				look(&e[i], request);
		draw(e, count);
	}
}

/* The growing list of a request's machines. */
struct fleet {
	struct emulator *machine;
	unsigned count;
};

static struct emulator *add_machine(struct fleet *fleet, const struct request *request, unsigned variant,
				    struct bochs_bare bare, const char *more_tag)
{
	struct emulator *e;
	char tag[2 * KERNEL_NAME + 48];

	fleet->machine = nb_grow(fleet->machine, fleet->count, sizeof(*fleet->machine));
	e = &fleet->machine[fleet->count++];
	e->variant = variant;
	e->bare = bare;
	text__format(tag, sizeof(tag), "%s%s", request->variant[variant].tag, more_tag);
	bochs_files__name(&e->files, request, tag);
	return e;
}

/* Adds one machine for each level and for each setting that applies to the level. */
static void list_bare(struct fleet *fleet, const struct request *request, unsigned variant)
{
	char tag[32];
	struct request one;

	cpu_fit__request(request, variant, &one);
	for (unsigned level = 0; level <= STACK_DEEPEST; level++)
		for (unsigned i = 0; one.levels & LEVEL(level) && i < plan__settings(&one, level); i++) {
			text__format(tag, sizeof(tag), "-L%u", level);
			if (i > 0)
				text__format(tag + strlen(tag), sizeof(tag) - strlen(tag), "-%u", i + 1);
			add_machine(fleet, request, variant, (struct bochs_bare){level, i}, tag);
		}
}

/*
 * One machine measures every configuration. If kvm_intel is built in, its parameters are fixed at
 * boot, so each configuration needs its own machine.
 */
static void list_kvm(struct fleet *fleet, const struct request *request, unsigned variant)
{
	unsigned configs, machines = 0;
	struct request one;
	char tag[32] = "";

	if (request->variant[variant].kernel->kvm_intel != KERNEL_BUILT_IN) {
		add_machine(fleet, request, variant, (struct bochs_bare){0}, "");
		return;
	}
	cpu_fit__request(request, variant, &one);
	configs = plan__configs(&one);
	for (unsigned config = 0; config < CONFIG_COUNT; config++) {
		if (!(configs & 1u << config))
			continue;
		if (machines++ > 0)
			text__format(tag, sizeof(tag), "-kvm%u", machines);
		add_machine(fleet, request, variant, (struct bochs_bare){0}, tag)->config = config;
	}
}

/* The first failure is kept. NB_EXIT_NO_BOOT gives way to any other failure. */
static void add_result(int *result, int one)
{
	if (one != NB_EXIT_GOOD && (*result == NB_EXIT_GOOD || *result == NB_EXIT_NO_BOOT))
		*result = one;
}

int machine_bochs__run(const struct request *request, struct streams *streams)
{
	const unsigned first = streams->count;
	struct fleet fleet = {0};
	int result = NB_EXIT_GOOD;

	for (unsigned variant = 0; variant < request->variants; variant++) {
		if (request->l0 != L0_KVM)
			list_bare(&fleet, request, variant);
		else
			list_kvm(&fleet, request, variant);
	}
	for (unsigned i = 0; i < fleet.count; i++)
		streams__add(streams, fleet.machine[i].files.records, fleet.machine[i].variant);
	if (streams__named(streams))
		run_all(fleet.machine, fleet.count, request);
	else
		result = NB_EXIT_FAILED;
	for (unsigned i = 0; i < fleet.count; i++) {
		struct emulator *e = &fleet.machine[i];

		add_result(&result, e->result);
		streams->file[first + i].result = e->result;
		if (!e->started)
			continue;
		if (e->progress.first_l2 > 0)
			pr_info("first L2 sample %.1f s after power-on", e->progress.first_l2);
		finish(e);
	}
	free(fleet.machine);
	if (result == NB_EXIT_GOOD && machine_told_to_stop)
		result = NB_EXIT_FAILED;
	return result;
}
