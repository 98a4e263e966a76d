// SPDX-License-Identifier: GPL-2.0-only
/* nestbed run: lets a machine follow the request, and makes rows, files and plots of the records that it leaves. */
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

#include "commands.h"
#include "machine/availability.h"
#include "machine/bochs_files.h"
#include "machine/machine.h"
#include "ops.h"
#include "plan.h"
#include "plots/plots.h"
#include "provenance.h"
#include "results/collect.h"
#include "results/report.h"
#include "results/write.h"
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

/* Marks a folder whose results are not whole; gone once they are. A kill at any time leaves it. */
static bool mark_incomplete(const char *folder, bool incomplete)
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
		char stamp[32];
		time_t now = time(NULL);
		struct tm utc;

		strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H-%M-%SZ", gmtime_r(&now, &utc));
		text__format(env->folder, sizeof(env->folder), "%s/../results/out/%s-%s", env->programs, stamp,
			     env->request.machine);
	}
	env->request.out = env->folder;
	if (make_folders(env->folder)) {
		char *real = realpath(env->folder, NULL);

		if (real)
			text__format(env->folder, sizeof(env->folder), "%s", real);
		free(real);
		if (mark_incomplete(env->folder, true))
			return true;
	}
	pr_err("cannot write to the output folder %s: %s; name another with -o", env->folder, strerror(errno));
	return false;
}

static void link_latest(const struct run_env *env)
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

static void read_streams(const struct streams *streams, struct nb_results *results)
{
	for (unsigned i = 0; i < streams->count; i++) {
		struct nb_collector collector;
		struct file_data file;

		nb_collect_begin(&collector, results);
		if (access(streams->path[i], R_OK) == 0 && file__read(streams->path[i], &file)) {
			nb_collect_feed(&collector, file.data, file.size);
			free(file.data);
		}
		nb_collect_end(&collector);
	}
}

static bool print_file(const char *path)
{
	struct file_data file;
	bool good = file__read(path, &file) && fd__write_all(STDOUT_FILENO, file.data, file.size);

	free(file.data);
	return good;
}

static bool has_samples(const struct nb_report *report)
{
	for (size_t i = 0; i < report->row_count; i++)
		if (report->rows[i].result->sample_count > 0)
			return true;
	return false;
}

/* Writes everything that can be made of the results, whole or not. */
static bool write_all(const struct run_env *env, const struct nb_report *report)
{
	char csv[600], json[600], scripts[600], gnuplot[600];
	bool good;

	text__format(csv, sizeof(csv), "%s/results.csv", env->folder);
	text__format(json, sizeof(json), "%s/results.json", env->folder);
	text__format(scripts, sizeof(scripts), "%s/../results/plots", env->programs);
	good = nb_write_csv(report, csv);
	good = nb_write_json(report, json) && good;
	if (env->json)
		good = good && print_file(json);
	else
		nb_print_table(report, stdout);
	if (good && !env->no_plot && has_samples(report)) {
		if (program__find("gnuplot", gnuplot, sizeof(gnuplot)))
			good = nb_plots_draw(env->folder, scripts, false);
		else
			pr_err("no gnuplot, so no plot (sudo apt-get install gnuplot-nox); the results are whole");
	}
	return good;
}

static const char *no_family(const char *name)
{
	(void)name;
	return "";
}

static int finish(const struct run_env *env, int result, const struct streams *streams)
{
	static const struct nb_op_facts facts = {.exits = nb_op_exits, .family = no_family};
	struct nb_results results = {0};
	struct nb_report report;
	unsigned runs;

	read_streams(streams, &results);
	provenance__add(&results, &env->request, env->note);
	runs = plan__runs(&env->request, request__may_reload(&env->request));
	if (results.run_count < runs)
		nb_results_set_damage(&results, "%zu of %u levels left nothing at all", runs - results.run_count, runs);
	if (result != NB_EXIT_GOOD)
		nb_results_set_damage(&results, "the run did not end well");
	nb_report_build(&report, &results, env->request.machine, &facts);
	if (results.damage)
		pr_err("not all is there: %s", results.damage);
	if (!write_all(env, &report) && result == NB_EXIT_GOOD)
		result = NB_EXIT_FAILED;
	if (nb_report_mismatches(&report) > 0) {
		nb_print_mismatches(&report, stderr);
		pr_err("the witnesses disagree on %zu results: see above", nb_report_mismatches(&report));
		result = NB_EXIT_FAILED;
	}
	if (nb_results_incomplete(&results)) {
		pr_err("the results are incomplete: what was measured is in %s", env->folder);
		if (result == NB_EXIT_GOOD)
			result = NB_EXIT_FAILED;
	}
	if (result == NB_EXIT_GOOD)
		mark_incomplete(env->folder, false);
	link_latest(env);
	pr_info("results in %s", env->folder);
	nb_report_free(&report);
	nb_results_free(&results);
	return result;
}

/* For --dry-run: the lines that the machine would follow. */
static void print_plan(const struct request *r)
{
	bool host = strcmp(r->machine, "host") == 0;
	const struct plan_place place = {
		.programs = host ? r->programs : "",
		.qemu = "qemu-system-x86_64",
		.reload = request__may_reload(r),
		.watchdog_mticks = host ? HOST_WATCHDOG_MTICKS : BOCHS_WATCHDOG_MTICKS,
	};
	char plan[PLAN_SIZE], cmdline[2048];

	if (!r->l0_none) {
		plan__write(plan, r, &place);
		for (char *p = plan; *p; p++)
			putchar(*p == '\t' ? ' ' : *p);
		return;
	}
	for (unsigned level = LEVEL_L0; level <= LEVEL_L1; level <<= 1) {
		if (!(r->levels & level))
			continue;
		plan__bare_cmdline(cmdline, sizeof(cmdline), r, level, place.watchdog_mticks);
		printf("boot %s: %s\n", level == LEVEL_L0 ? "bench.elf" : "hypervisor.elf", cmdline);
	}
}

static void on_stop(int signal)
{
	machine_told_to_stop = signal;
}

int run__main(int argc, char **argv)
{
	static struct run_env env;
	struct streams streams = {0};
	int result;

	run_env__parse(&env, argc, argv);
	pr_quiet(env.quiet);
	if (!programs__folder(env.programs, sizeof(env.programs)))
		return NB_EXIT_FAILED;
	result = run_env__choose(&env);
	if (result != NB_EXIT_GOOD)
		return result;
	pr_info("%s", env.note);
	if (env.dry_run) {
		print_plan(&env.request);
		return NB_EXIT_GOOD;
	}
	if (!make_output(&env))
		return NB_EXIT_FAILED;
	signal(SIGINT, on_stop);
	signal(SIGTERM, on_stop);
	signal(SIGHUP, on_stop);
	signal(SIGQUIT, on_stop);
	signal(SIGPIPE, SIG_IGN);
	result = strcmp(env.request.machine, "host") == 0 ? machine_host__run(&env.request, &streams)
							  : machine_bochs__run(&env.request, &streams);
	return finish(&env, result, &streams);
}
