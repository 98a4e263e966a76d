// SPDX-License-Identifier: GPL-2.0-only
/*
 * PID 1 of an emulated machine. It loads KVM, follows /plan and sends every record to the first
 * parallel port, which the emulator writes to a file. It powers the machine off when the plan is
 * done.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/io.h>
#include <sys/klog.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "l0/machine/parallel_port.h"
#include "l0/vmm/apicv.h"
#include "microbench/abi/record.h"

#define ARGUMENTS_MAX 64

/* Actions of syslog(2), which no header defines. */
#define SYSLOG_ACTION_READ_CLEAR  4
#define SYSLOG_ACTION_SIZE_BUFFER 10

static void complain(const char *what, const char *on)
{
	fprintf(stderr, "init: cannot %s %s: %s\n", what, on, strerror(errno));
}

static void power_off(void) __attribute__((noreturn));
static void power_off(void)
{
	tcdrain(STDERR_FILENO); /* the console is a slow serial line, so wait until all messages are out */
	for (const char *p = "Shutdown"; *p; p++)
		outb(*p, NB_PORT_BOCHS_SHUTDOWN);
	for (;;)
		pause();
}

static void mount_one(const char *type, const char *where)
{
	if (mount(type, where, type, 0, NULL) != 0)
		complain("mount", where);
}

/*
 * Collects the module's words on the kernel's command line, NAME.PARAMETER=VALUE. The kernel leaves
 * these words to the program that loads the module. They precede the plan's parameters, so the
 * plan's parameters take effect.
 */
static void add_parameters(char *parameters, size_t size, const char *name, const char *ours)
{
	const size_t length = strlen(name);
	char line[4096] = "";
	FILE *file = fopen("/proc/cmdline", "re");

	parameters[0] = '\0';
	if (file && !fgets(line, sizeof(line), file))
		line[0] = '\0';
	if (file)
		fclose(file);
	for (char *rest = line, *word; (word = strsep(&rest, " \n")) != NULL;) {
		size_t at = 0;

		while (at < length && (word[at] == name[at] || (word[at] == '-' && name[at] == '_')))
			at++;
		if (at == length && word[at] == '.' && strlen(parameters) + strlen(word) < size)
			strcat(strcat(parameters, word + at + 1), " ");
	}
	if (strlen(parameters) + strlen(ours) < size)
		strcat(parameters, ours);
}

static bool load_module(const char *path, const char *parameters)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool good = fd >= 0 && syscall(SYS_finit_module, fd, parameters, 0) == 0;

	if (!good)
		complain("load module", path);
	if (fd >= 0)
		close(fd);
	return good;
}

static bool unload_module(const char *name)
{
	if (syscall(SYS_delete_module, name, O_NONBLOCK) == 0 || errno == ENOENT)
		return true;
	complain("unload module", name);
	return false;
}

static bool cpu_offers_apicv(void)
{
	static char cpuinfo[16384]; /* more than the text of the first CPU */
	int fd = open("/proc/cpuinfo", O_RDONLY | O_CLOEXEC);
	ssize_t length = 0, n;

	while (fd >= 0 && (n = read(fd, cpuinfo + length, sizeof(cpuinfo) - 1 - (size_t)length)) > 0)
		length += n;
	if (fd >= 0)
		close(fd);
	cpuinfo[length] = '\0';
	return apicv__is_offered(cpuinfo);
}

/*
 * Loads a module: "kvm_intel enable_shadow_vmcs=1 ...". A loaded module is unloaded first. If the
 * CPU refuses a VM entry with KVM's posted interrupts, KVM runs without posted interrupts, and the
 * metadata record this.
 */
static bool reload_module(char *arguments)
{
	char *name = strsep(&arguments, " ");
	char path[128], with_words[2048], without[2100];

	if (!arguments)
		arguments = "";
	snprintf(path, sizeof(path), "/modules/%s.ko", name);
	add_parameters(with_words, sizeof(with_words), name, arguments);
	if (!unload_module(name) || !load_module(path, with_words))
		return false;
	if (strcmp(name, "kvm_intel") != 0 || strstr(with_words, "enable_apicv=") || !cpu_offers_apicv() ||
	    apicv__can_enter())
		return true;
	snprintf(without, sizeof(without), "%s enable_apicv=0", with_words);
	setenv(NB_APICV_VARIABLE, "off: the CPU offers posted interrupts, and refuses a VM entry with them", 1);
	return unload_module(name) && load_module(path, without);
}

/* The last record of a program's stream. A read may end within a record. */
struct stream_end {
	struct nb_record last;
	size_t bytes; /* length of the stream so far */
};

static void stream_end__follow(struct stream_end *end, const char *data, size_t bytes)
{
	const size_t size = sizeof(end->last), fresh = bytes < size ? bytes : size;
	char *last = (char *)&end->last;

	memmove(last, last + fresh, size - fresh);
	memcpy(last + size - fresh, data + bytes - fresh, fresh);
	end->bytes += bytes;
}

static bool stream_end__is_good(const struct stream_end *end)
{
	return end->bytes > 0 && end->bytes % sizeof(end->last) == 0 && end->last.type == NB_RECORD_END &&
	       end->last.end.status == 0;
}

/*
 * Runs a program, and copies its standard output, a stream of records, to the parallel port.
 * Without `wait`, the function returns at a record END of a good run: the program only tears down
 * its VMs then. Returns the exit status, or -1.
 */
static int run(char *line, bool wait)
{
	/* isa-debug-exit makes QEMU end with 2 * status + 1. */
	const int good = strstr(line, "isa-debug-exit") ? 1 : 0;
	char *argv[ARGUMENTS_MAX + 1] = {0};
	unsigned argc = 0;
	struct stream_end end = {.bytes = 0};
	int ends[2];
	int status = -1;
	pid_t child;

	for (char *word; argc < ARGUMENTS_MAX && (word = strsep(&line, "\t")) != NULL;)
		if (*word)
			argv[argc++] = word;
	if (argc == 0 || pipe(ends) != 0)
		return -1;
	child = fork();
	if (child == 0) {
		dup2(open("/dev/null", O_RDONLY), STDIN_FILENO);
		dup2(ends[1], STDOUT_FILENO);
		close(ends[0]);
		close(ends[1]);
		execv(argv[0], argv);
		complain("run", argv[0]);
		_exit(127);
	}
	close(ends[1]);
	for (;;) {
		char buffer[65536];
		ssize_t n = read(ends[0], buffer, sizeof(buffer));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		lpt_write(NB_LPT1, buffer, (size_t)n);
		stream_end__follow(&end, buffer, (size_t)n);
		if (!wait && stream_end__is_good(&end))
			return good;
	}
	close(ends[0]);
	if (child < 0 || waitpid(child, &status, 0) != child)
		return -1;
	if (WIFSIGNALED(status))
		fprintf(stderr, "init: %s was killed by signal %d\n", argv[0], WTERMSIG(status));
	else if (WEXITSTATUS(status) != good)
		fprintf(stderr, "init: %s ended with status %d\n", argv[0], WEXITSTATUS(status));
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/*
 * Sends new kernel messages to the second parallel port. The console is slow, so it shows only
 * urgent messages. This runs after the boot and after every step, so little is missing if the next
 * step hangs.
 */
static void save_kernel_log(void)
{
	int size = klogctl(SYSLOG_ACTION_SIZE_BUFFER, NULL, 0);
	char *log = size > 0 ? malloc((size_t)size) : NULL;
	int length = log ? klogctl(SYSLOG_ACTION_READ_CLEAR, log, size) : -1;

	if (length > 0)
		lpt_write(NB_LPT2, log, (size_t)length);
	free(log);
}

static void follow_plan(void)
{
	FILE *plan = fopen("/plan", "re");
	char line[4096], ahead[4096];
	bool more;

	if (!plan) {
		complain("open", "/plan");
		return;
	}
	more = fgets(ahead, sizeof(ahead), plan) != NULL;
	while (more) {
		memcpy(line, ahead, sizeof(line));
		more = fgets(ahead, sizeof(ahead), plan) != NULL;
		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, "module ", 7) == 0) {
			if (!reload_module(line + 7))
				break; /* the next steps need these parameters */
		} else if (strncmp(line, "run ", 4) == 0) {
			run(line + 4, more);
		}
		save_kernel_log();
	}
	fclose(plan);
}

int main(void)
{
	static const char here[] = NB_INIT_RUNS;

	mount_one("devtmpfs", "/dev");
	mount_one("proc", "/proc");
	mount_one("sysfs", "/sys");
	if (access("/sys/kernel/tracing", F_OK) == 0) /* a kernel may lack tracefs; then --trace reports it */
		mount_one("tracefs", "/sys/kernel/tracing");
	if (!lpt_open(NB_LPT1) || !lpt_open(NB_LPT2) || ioperm(NB_PORT_BOCHS_SHUTDOWN, 1, 1) != 0) {
		complain("use", "the I/O ports");
		return 1; /* the kernel panics, and nestbed's watchdog reports it */
	}
	lpt_write(NB_LPT2, here, sizeof(here) - 1);
	save_kernel_log();
	follow_plan();
	power_off();
}
