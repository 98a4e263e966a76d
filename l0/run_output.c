// SPDX-License-Identifier: GPL-2.0-only
/* From a request to streams of records in an output folder: the part that every command which measures shares. */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "layout.h"
#include "commands.h"
#include "cpu_fit.h"
#include "machine/bochs_files.h"
#include "machine/machine.h"
#include "missing.h"
#include "plan.h"
#include "run_env.h"
#include "util.h"

static bool make_folders(const char *path)
{
	char part[512];

	text__format(part, sizeof(part), "%s", path);
	for (char *p = part + 1; *p; p++) {
		if (*p == '/') {
			*p = '\0';
			mkdir(part, 0777);
			*p = '/';
		}
	}
	return mkdir(part, 0777) == 0 || errno == EEXIST;
}

bool run_env__mark_incomplete(const char *folder, bool incomplete)
{
	static const char text[] =
		"This run has not ended well. records*.bin and results.* hold what it had measured.\n";
	char path[600];
	int fd;
	bool good;

	text__format(path, sizeof(path), "%s/INCOMPLETE", folder);
	if (!incomplete)
		return unlink(path) == 0;
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	good = fd >= 0 && fd__write_all(fd, text, sizeof(text) - 1);
	if (fd >= 0 && close(fd) != 0)
		good = false;
	return good;
}

static bool make_output(struct run_env *env)
{
	if (env->out) {
		text__format(env->folder, sizeof(env->folder), "%s", env->out);
	} else {
		char stamp[32], parent[LAYOUT_PATH];
		time_t now = time(NULL);
		struct tm utc;

		strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H-%M-%SZ", gmtime_r(&now, &utc));
		if (!places__results(parent, sizeof(parent)))
			return false;
		text__format(env->folder, sizeof(env->folder), "%s/%s-%s", parent, stamp, env->request.machine);
	}
	env->request.out = env->folder;
	if (make_folders(env->folder)) {
		char *real = realpath(env->folder, NULL);

		if (real)
			text__format(env->folder, sizeof(env->folder), "%s", real);
		free(real);
		if (run_env__mark_incomplete(env->folder, true))
			return true;
	}
	pr_err("cannot write to the output folder %s: %s; name another with -o", env->folder, strerror(errno));
	return false;
}

void run_env__link_latest(const struct run_env *env)
{
	char link[600], fresh[600];
	char folder[512];

	if (env->out)
		return;
	text__format(folder, sizeof(folder), "%s", env->folder);
	text__format(link, sizeof(link), "%s/../latest", env->folder);
	text__format(fresh, sizeof(fresh), "%s/../.latest.%d", env->folder, getpid());
	if (symlink(basename(folder), fresh) != 0 || rename(fresh, link) != 0)
		pr_info("results/out/latest could not be renewed: %s", strerror(errno));
}

void run_env__read_streams(const struct request *request, const struct streams *streams, struct nb_results *results)
{
	for (unsigned i = 0; i < streams->count; i++) {
		const char *path = streams->file[i].path;
		const struct variant *v = &request->variant[streams->file[i].variant];
		struct nb_collector collector;
		struct file_data file;

		nb_collect_begin_of(&collector, results,
				    nb_results_variant(results, v->kernel_name, v->kernel_args, v->cpu_name));
		if (access(path, R_OK) == 0 && file__read(path, &file)) {
			nb_collect_feed(&collector, file.data, file.size);
			free(file.data);
		}
		nb_collect_end(&collector);
	}
}

/* The lines that a machine would follow. */
static void print_plan_of(const struct request *r)
{
	bool host = strcmp(r->machine, "host") == 0;
	const struct plan_place place = {
		.programs = host ? r->programs : "",
		.qemu = "qemu-system-x86_64",
		.reload = request__may_reload(r),
		.watchdog_mticks = host ? HOST_WATCHDOG_MTICKS : BOCHS_WATCHDOG_MTICKS,
	};
	char plan[PLAN_SIZE], cmdline[PLAN_CMDLINE];

	if (r->l0 == L0_KVM) {
		plan__write(plan, r, &place);
		for (char *p = plan; *p; p++)
			putchar(*p == '\t' ? ' ' : *p);
		return;
	}
	for (unsigned level = 0; level <= STACK_DEEPEST; level++)
		for (unsigned i = 0; r->levels & LEVEL(level) && i < plan__settings(r, level); i++) {
			plan__bare_cmdline(cmdline, sizeof(cmdline), r, level, i,
					   plan__watchdog(place.watchdog_mticks, level));
			printf("boot %s", level == 0 ? "bench.elf" : "hypervisor.elf");
			for (unsigned above = 1; above < level; above++)
				printf(" + hypervisor.elf");
			printf("%s: %s\n", level > 1 ? " + bench.elf" : "", cmdline);
		}
}

/* For --dry-run. */
static void print_plan(const struct request *r)
{
	struct request one;

	for (unsigned i = 0; i < r->variants; i++) {
		cpu_fit__request(r, i, &one);
		if (r->variants > 1)
			printf("machine%s:\n", one.variant[0].tag);
		print_plan_of(&one);
	}
}

static void on_stop(int signal)
{
	machine_told_to_stop = signal;
}

/* Why this machine, and on which kernels. */
static void say_machine(const struct run_env *env)
{
	const struct request *r = &env->request;

	pr_info("%s", env->note);
	for (unsigned i = 0; i < r->variants; i++) {
		const struct kernel *kernel = r->variant[i].kernel;

		/* Each kernel once: the variants of one follow each other. */
		if (kernel && (i == 0 || kernel != r->variant[i - 1].kernel))
			pr_info("kernel %s%s, %s", kernel->name,
				env->machines.kernels ? "" : " (the distribution's own)", kernel->image);
	}
}

int run_env__begin(struct run_env *env)
{
	int result;

	pr_quiet(env->quiet);
	if (!programs__folder(env->programs, sizeof(env->programs)))
		return NB_EXIT_FAILED;
	result = run_env__choose(env);
	if (result != NB_EXIT_GOOD)
		return result;
	say_machine(env);
	if (env->dry_run) {
		print_plan(&env->request);
		return NB_EXIT_GOOD;
	}
	if (!make_output(env))
		return NB_EXIT_FAILED;
	env->began = true;
	signal(SIGINT, on_stop);
	signal(SIGTERM, on_stop);
	signal(SIGHUP, on_stop);
	signal(SIGQUIT, on_stop);
	signal(SIGPIPE, SIG_IGN);
	return NB_EXIT_GOOD;
}

int run_env__measure(struct run_env *env, struct streams *streams)
{
	int result = run_env__begin(env);

	if (!env->began)
		return result;
	return strcmp(env->request.machine, "host") == 0 ? machine_host__run(&env->request, streams)
							 : machine_bochs__run(&env->request, streams);
}

int run_env__end(const struct run_env *env, int result, const struct nb_results *results, const char *what)
{
	if (nb_results_incomplete(results)) {
		pr_err("the records are incomplete: %s", results->damage ? results->damage : "a run has no good end");
		result = result == NB_EXIT_GOOD ? NB_EXIT_FAILED : result;
	}
	missing__say_of(results);
	if (result == NB_EXIT_GOOD)
		run_env__mark_incomplete(env->folder, false);
	pr_info("%s in %s", what, env->folder);
	return result;
}

static int show_report(const struct run_env *env, int result, const struct streams *streams, run_env_report *report)
{
	struct nb_results results = {0};

	run_env__read_streams(&env->request, streams, &results);
	if (result == NB_EXIT_GOOD)
		result = report(env, &results);
	fflush(stdout);
	result = run_env__end(env, result, &results, "records");
	nb_results_free(&results);
	return result;
}

int run_env__report(struct run_env *env, run_env_report *report)
{
	struct streams streams = {0};
	int result = run_env__measure(env, &streams);

	if (env->began)
		result = run_env__show_variants(env, result, &streams, show_report, report);
	streams__free(&streams);
	return variants__exit_code(&env->machines, result);
}
