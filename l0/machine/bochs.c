// SPDX-License-Identifier: GPL-2.0-only
/* The machine `bochs`: starts emulators, watches over them, and says what their consoles said when something goes wrong. */
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
#include <unistd.h>

#include "bochs_files.h"
#include "cpu_fit.h"
#include "machine.h"
#include "plan.h"
#include "progress.h"
#include "results/memory.h"
#include "util.h"

#define POLL_MS 50
/* The BIOS, the boot and all silence before the first record; what comes later has the request's timeout. */
#define BOOT_SECONDS      60
#define CONSOLE_LINES     8
#define PANIC_GRACE       1.0 /* seconds for the rest of a panic's text */
#define EMULATED_SLOWDOWN 10  /* a second inside may take some outside */
#define AT_A_TIME         2u  /* each keeps a CPU busy */

struct emulator {
	struct bochs_files files;
	unsigned variant;       /* of the request */
	struct bochs_bare bare; /* what it measures, where our hypervisor is L0 */
	struct progress progress;
	pid_t pid; /* 0: not started, or reaped */
	int terminal;
	off_t console_size;
	double panic; /* when a panic was seen, or 0 */
	int result;
	bool started; /* or failed to be */
};

/* Makes what it boots, and starts it. */
static bool start(struct emulator *e, const struct request *request)
{
	const pid_t nestbed = getpid();
	char rc[512], commands[512];
	struct request one;

	e->started = true;
	cpu_fit__request(request, e->variant, &one);
	progress__begin(&e->progress, plan__windows(&one));
	if (!(one.l0 != L0_KVM ? bochs_files__make_bare(&e->files, &one, one.variant, &e->bare)
			       : bochs_files__make_kvm(&e->files, &one, one.variant)))
		return false;
	text__format(rc, sizeof(rc), "%s/bochsrc", e->files.work.path);
	text__format(commands, sizeof(commands), "%s/commands", e->files.work.path);
	/* Its display wants a terminal; nobody looks at it. */
	e->pid = forkpty(&e->terminal, NULL, NULL, NULL);
	if (e->pid < 0) {
		pr_err("cannot start bochs: %s", strerror(errno));
		e->pid = 0;
		return false;
	}
	if (e->pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (getppid() != nestbed) /* it died before it could be watched */
			_exit(127);
		/*
		 * While its CPU is halted Bochs waits up to a millisecond for a key, each time. An input that is always at
		 * its end ends the wait at once: idle emulated time then costs nothing.
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

static bool file_contains(const char *path, const char *what)
{
	struct file_data text;
	bool found;

	if (access(path, R_OK) != 0 || !file__read(path, &text))
		return false;
	found = memmem(text.data, text.size, what, strlen(what)) != NULL;
	free(text.data);
	return found;
}

/* Lines that our own programs and images wrote, as against the kernel's. */
static bool is_ours(const char *line)
{
	return strncmp(line, "nestbed: ", 9) == 0 || strncmp(line, "init: ", 6) == 0 || strncmp(line, "| ", 2) == 0 ||
	       strncmp(line, "hypervisor: ", 12) == 0 || strncmp(line, "bench: ", 7) == 0;
}

/* Prints the last lines of the console: what our programs said in the machine or, if they said nothing, the kernel. */
static void show_console(const struct emulator *e)
{
	const char *lines[CONSOLE_LINES] = {0};
	unsigned count = 0, ours = 0;
	struct file_data text;

	if (access(e->files.console, R_OK) != 0 || !file__read(e->files.console, &text))
		return;
	text.data[text.size] = '\0';
	ours = file_contains(e->files.console, "\nnestbed: ") || file_contains(e->files.console, "\ninit: ") ||
	       is_ours((char *)text.data);
	for (char *rest = (char *)text.data, *line; (line = strsep(&rest, "\r\n")) != NULL;)
		if (*line && (!ours || is_ours(line)))
			lines[count++ % CONSOLE_LINES] = line;
	if (count > 0)
		fprintf(stderr, "from the console of the emulated machine (all of it: %s):\n", e->files.console);
	for (unsigned i = count > CONSOLE_LINES ? count - CONSOLE_LINES : 0; i < count; i++)
		fprintf(stderr, "  %s\n", lines[i % CONSOLE_LINES]);
	free(text.data);
}

static void stop(struct emulator *e, const char *why)
{
	pr_err("%s", why);
	kill(e->pid, SIGKILL);
	e->result = NB_EXIT_FAILED;
}

/* Looks at a running emulator: at its output, and at whether it must be ended. */
static void look(struct emulator *e, const struct request *request)
{
	double silent = request->timeout * EMULATED_SLOWDOWN;
	struct stat st;
	double now;

	drain_terminal(e);
	if (e->result != NB_EXIT_GOOD)
		return; /* killed already: it only has to be reaped */
	progress__update(&e->progress, e->files.records);
	now = progress__now();
	if (stat(e->files.console, &st) == 0 && st.st_size != e->console_size) {
		e->console_size = st.st_size;
		e->progress.last_change = now;
		if (!e->panic && file_contains(e->files.console, "Kernel panic - not syncing"))
			e->panic = now;
	}
	/* Something came out of the machine, so the emulator has all its files open: nobody needs to find them any more. */
	if (e->progress.records > 0 || e->console_size > 0)
		bochs_files__remove_work(&e->files);
	if (silent < BOOT_SECONDS && e->progress.records == 0)
		silent = BOOT_SECONDS;
	if (machine_told_to_stop)
		stop(e, "stopped: the samples so far are kept");
	else if (e->panic && now - e->panic > PANIC_GRACE)
		stop(e, "the emulated machine's kernel panicked");
	else if (now - e->progress.last_change > silent)
		stop(e, e->progress.records == 0
				? "the emulated machine hangs: it has written nothing since power-on (--timeout)"
				: "the emulated machine hangs: no record any more (--timeout)");
}

/* True once the emulator is gone; e->result then says how it went. */
static bool reap(struct emulator *e)
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
	} else if (e->result == NB_EXIT_GOOD && !file_contains(e->files.log, "Shutdown port: shutdown requested")) {
		/* Every good run ends by our own switch; the emulator's words for it are a "panic". */
		pr_err("the emulated machine stopped by itself; %s says why", e->files.log);
		e->result = NB_EXIT_FAILED;
	}
	if (e->result == NB_EXIT_GOOD)
		unlink(e->files.log);
	/* The machine went down well, but a level in it did not end so: its own words say why. */
	if (e->result == NB_EXIT_GOOD && e->progress.end_status != 0)
		e->result = e->progress.end_status == NB_EXIT_SKIPPED ? NB_EXIT_SKIPPED : NB_EXIT_FAILED;
	/* PID 1 only speaks when something went wrong. */
	if (e->result == NB_EXIT_GOOD && file_contains(e->files.console, "init: "))
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

/* An emulator waits while its terminal is full, so what it draws is read as soon as it comes. */
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

/* Starts the next ones, as long as all goes well. Returns how many run then. */
static unsigned start_more(struct emulator *e, unsigned count, const struct request *request)
{
	unsigned running = 0;
	bool good = true;

	for (unsigned i = 0; i < count; i++) {
		running += e[i].pid > 0;
		good = good && e[i].result == NB_EXIT_GOOD;
	}
	for (unsigned i = 0; i < count && good && running < AT_A_TIME && !machine_told_to_stop; i++) {
		if (e[i].started)
			continue;
		good = start(&e[i], request);
		if (good)
			running++;
		else
			e[i].result = NB_EXIT_FAILED;
	}
	return running;
}

/* Emulated machines are single-threaded and know nothing of each other, so those of one request run side by side. */
static void run_all(struct emulator *e, unsigned count, const struct request *request)
{
	while (start_more(e, count, request) > 0) {
		wait_for_terminals(e, count);
		for (unsigned i = 0; i < count; i++)
			if (e[i].pid > 0 && !reap(&e[i]))
				look(&e[i], request);
		draw(e, count);
	}
}

/* The machines of a request, which grow as they are added. */
struct fleet {
	struct emulator *machine;
	unsigned count;
};

static void add_machine(struct fleet *fleet, const struct request *request, unsigned variant, struct bochs_bare bare,
			const char *level_tag)
{
	struct emulator *e;
	char tag[2 * KERNEL_NAME + 48];

	fleet->machine = nb_grow(fleet->machine, fleet->count, sizeof(*fleet->machine));
	e = &fleet->machine[fleet->count++];
	e->variant = variant;
	e->bare = bare;
	text__format(tag, sizeof(tag), "%s%s", request->variant[variant].tag, level_tag);
	bochs_files__name(&e->files, request, tag);
}

/* A machine for each level, and for each setting that concerns it. */
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

int machine_bochs__run(const struct request *request, struct streams *streams)
{
	struct fleet fleet = {0};
	int result = NB_EXIT_GOOD;

	for (unsigned variant = 0; variant < request->variants; variant++) {
		if (request->l0 != L0_KVM)
			list_bare(&fleet, request, variant);
		else
			add_machine(&fleet, request, variant, (struct bochs_bare){0}, "");
	}
	for (unsigned i = 0; i < fleet.count; i++)
		streams__add(streams, fleet.machine[i].files.records, fleet.machine[i].variant);
	if (streams__named(streams))
		run_all(fleet.machine, fleet.count, request);
	else
		result = NB_EXIT_FAILED;
	for (unsigned i = 0; i < fleet.count; i++) {
		struct emulator *e = &fleet.machine[i];

		if (e->result != NB_EXIT_GOOD && result == NB_EXIT_GOOD)
			result = e->result;
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
