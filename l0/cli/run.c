// SPDX-License-Identifier: GPL-2.0-only
/*
 * The command `nestbed run` lets a machine execute the request. It makes rows, files and plots from
 * the records that the machine leaves.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "l0/base/layout.h"
#include "l0/base/util.h"
#include "l0/cli/commands.h"
#include "l0/cli/run_env.h"
#include "l0/cli/run_option_groups.h"
#include "l0/plots/depth_figure.h"
#include "l0/plots/plots.h"
#include "l0/plots/single_plot.h"
#include "l0/request/availability.h"
#include "l0/results/collect.h"
#include "l0/results/depth.h"
#include "l0/results/missing.h"
#include "l0/results/report.h"
#include "l0/results/write.h"
#include "microbench/ops.h"

static bool put_csv(FILE *out, void *report)
{
	return nb_put_csv(report, out);
}

static bool put_json(FILE *out, void *report)
{
	return nb_put_json(report, out);
}

/*
 * Writes the files of --csv, --json, --markdown and --latex. The first two have the format of
 * results.csv and results.json. The others hold the table.
 */
static bool write_files(const struct run_env *env, const struct nb_report *report)
{
	struct table_column columns[NB_COLUMN_COUNT];
	const struct table_files *files = &env->files;
	struct table_files tables = table_files__without(files, TABLE_CSV);
	struct table table;
	bool good;

	tables = table_files__without(&tables, TABLE_JSON);
	nb_make_table(report, &table, columns);
	good = table_files__put(files, TABLE_CSV, put_csv, (void *)report) &&
	       table_files__put(files, TABLE_JSON, put_json, (void *)report) && table_files__write(&tables, &table);
	table__free(&table);
	return good;
}

static bool has_samples(const struct nb_report *report)
{
	for (size_t i = 0; i < report->row_count; i++)
		if (report->rows[i].result->sample_count > 0)
			return true;
	return false;
}

/*
 * Shows the results on stdout and in the requested files. Returns false after one line. The result
 * folder is complete even then, so only the exit code is a failure.
 */
static bool show(const struct run_env *env, const struct nb_report *report)
{
	if (!table_files__take_stdout(&env->files))
		nb_print_table(report, stdout);
	return write_files(env, report);
}

/*
 * Writes all files of the results, complete or not. Sets *shown to false if stdout or a requested
 * file cannot be written.
 */
static bool write_all(const struct run_env *env, const struct nb_report *report, bool *shown)
{
	char csv[600], json[600], scripts[600], gnuplot[600];
	bool good;

	text__format(csv, sizeof(csv), "%s/results.csv", env->folder);
	text__format(json, sizeof(json), "%s/results.json", env->folder);
	places__scripts(scripts, sizeof(scripts), env->programs);
	good = nb_write_csv(report, csv);
	good = nb_write_json(report, json) && good;
	*shown = show(env, report);
	if (good && !env->no_plot && has_samples(report)) {
		if (program__find("gnuplot", gnuplot, sizeof(gnuplot)))
			good = nb_plots_draw(env->folder, scripts, false) != NB_PLOTS_FAILED;
		else
			pr_err("no gnuplot, so no plot (sudo apt-get install gnuplot-nox); the results are whole");
	}
	return good;
}

static bool draw_depth(const struct run_env *env, const struct nb_depth *depth)
{
	struct nb_single single;
	FILE *out;

	/* If gnuplot is missing or there is nothing to draw, the other plots have said so. */
	if (env->no_plot || depth->count == 0 || !nb_single_begin(&single, env->folder, env->programs))
		return true;
	out = nb_single_data(&single);
	if (!out)
		return false;
	nb_depth_figure_write(out, depth);
	return nb_single_draw(&single, out, "depth", "depth");
}

/* Adds the table, the file and the plot of --depth. Does nothing without --depth. */
static bool write_depth(const struct run_env *env, const struct nb_report *report)
{
	struct nb_depth depth;
	char csv[600];
	bool good;

	if (!env->depth)
		return true;
	nb_depth_build(&depth, report);
	if (!table_files__take_stdout(&env->files))
		nb_depth_print(&depth, stdout);
	text__format(csv, sizeof(csv), "%s/depth.csv", env->folder);
	good = nb_depth_write(&depth, csv) && draw_depth(env, &depth);
	nb_depth_free(&depth);
	return good;
}

/* Makes all files from the records, and closes the folder. Returns the exit code. */
static int finish(const struct run_env *env, int result, struct nb_results *results)
{
	struct nb_report report;
	bool shown;

	if (!env->recovers && env->request.variant[0].kernel)
		nb_results_set_meta(results, "boot", result == NB_EXIT_NO_BOOT ? "failed" : "good");
	if (results->damage)
		pr_err("the result is incomplete: %s", results->damage);
	if (result != NB_EXIT_GOOD) /* a message has already said why */
		nb_results_set_damage(results, "the run did not end well");
	nb_report_build(&report, results, env->request.machine, nb_op_get);
	missing__say_of(results);
	if ((!write_all(env, &report, &shown) || !write_depth(env, &report)) && result == NB_EXIT_GOOD)
		result = NB_EXIT_FAILED;
	if (nb_report_mismatches(&report) > 0) {
		nb_print_mismatches(&report, stderr);
		pr_err("the witnesses disagree on %zu results: see above", nb_report_mismatches(&report));
		result = NB_EXIT_FAILED;
	}
	if (nb_results_incomplete(results) && result == NB_EXIT_GOOD && !env->recovers)
		result = NB_EXIT_FAILED;
	nb_report_free(&report);
	result = run_env__close(env, result, !nb_results_incomplete(results),
				nb_results_incomplete(results) ? "incomplete results" : "results");
	return result == NB_EXIT_GOOD && !shown ? NB_EXIT_FAILED : result;
}

/*
 * Checks each --mmu value before the first measurement, because a measurement may take hours.
 * Removes the values that no CPU of the request supports. Sets fresh[i] if no earlier value uses
 * the same settings of KVM. Sets *levels to the levels of the request. Returns an exit code.
 */
static int choose_modes(struct run_env *env, bool fresh[RUN_MMUS_MAX], unsigned *levels)
{
	static struct run_env one;
	unsigned measured = 0, kept = 0;

	for (unsigned i = 0; i < env->mmus; i++) {
		int result;

		run_env__copy(&one, env);
		run_env__use_mmu(&one, env->mmu[i]);
		if (!programs__folder(one.programs, sizeof(one.programs)))
			return NB_EXIT_FAILED;
		result = run_env__choose(&one);
		if (one.unfit)
			continue;
		if (result != NB_EXIT_GOOD)
			return result;
		fresh[kept] = kept == 0 || (one.request.l0 == L0_KVM && !(one.request.configs & measured));
		measured |= one.request.configs;
		*levels = one.request.levels;
		if (i > 0 && !(one.request.levels & (one.request.l0 != L0_KVM ? LEVEL_L1 : LEVEL_L2))) {
			pr_err("--mmu makes no difference at these levels: name one way, or add level %s",
			       one.request.l0 != L0_KVM ? "L1" : "L2");
			return NB_EXIT_USAGE;
		}
		env->mmu[kept++] = env->mmu[i];
	}
	env->mmus = kept;
	return kept > 0 ? NB_EXIT_GOOD : NB_EXIT_SKIPPED;
}

/*
 * Measures one --mmu value in a separate folder. Only the first value measures L0. With KVM as L0,
 * a later value measures L1 only if `fresh` is true.
 */
static int measure_mode(struct run_env *one, const struct run_env *first, const struct run_mmu *mmu, bool fresh)
{
	char folder[600];

	run_env__use_mmu(one, mmu);
	text__format(folder, sizeof(folder), "%s/%s", first->folder, mmu->name);
	one->out = folder;
	one->is_part = true;
	if (mmu != first->mmu[0] && one->request.l0 != L0_KVM)
		one->levels = "L1";
	else if (mmu != first->mmu[0])
		one->levels = fresh && first->request.levels & LEVEL_L1 ? "L1,L2" : "L2";
	pr_info("--mmu %s", mmu->name);
	return run_env__measure(one);
}

/* Makes one result from all --mmu values. */
static int measure_modes(struct run_env *env)
{
	static struct run_env first, one;
	struct nb_results results = {0};
	bool fresh[RUN_MMUS_MAX];
	unsigned levels = 0;
	int result = choose_modes(env, fresh, &levels);

	if (result != NB_EXIT_GOOD)
		return result;
	run_env__copy(&first, env);
	run_env__use_mmu(&first, env->mmu[0]);
	if (!env->dry_run) {
		result = run_env__begin(&first);
		if (!first.began)
			return result;
		if (!run_env__describe(&first, NULL))
			return NB_EXIT_FAILED;
	}
	first.request.levels = levels;
	for (unsigned i = 0; i < env->mmus && result == NB_EXIT_GOOD; i++) {
		run_env__copy(&one, env);
		result = measure_mode(&one, &first, env->mmu[i], fresh[i]);
	}
	if (env->dry_run)
		return result;
	result = run_env__read(&first, &results) ? run_env__finish(&first, result, &results) : NB_EXIT_FAILED;
	nb_results_free(&results);
	run_file__free(&first.file);
	return result;
}

static const struct argp_child groups[] = {
	RUN_WHAT,
	{&run_depth_argp, 0, NULL, 0},
	{&run_trace_argp, 0, NULL, 0},
	{&run_vmm_argp, 0, NULL, 0},
	RUN_WHERE_AND_HOW,
	{0},
};

const struct run_command run_command = {
	.name = "run",
	.together = true,
	.finish = finish,
	.groups = groups,
	.doc = "Measure operations at each level of a nested stack.\v"
	       "Examples:\n"
	       "  nestbed run                              a first look: two operations, every level\n"
	       "  nestbed run --op all                     the suite\n"
	       "  nestbed run --machine bochs --op cpuid -n 5000\n"
	       "  nestbed run --op all --config shadow_vmcs=on,off --config ept=on,off\n"
	       "  nestbed run --op translation --mmu ept-on-ept,shadow-wp-on-ept\n"
	       "  nestbed run --l0 own                     our hypervisor as L0, in seconds\n"
	       "  nestbed run --l0 own --depth 3           and above it itself, and itself: what each level costs\n"
	       "  nestbed run --level L0,L1 --vmm qemu\n\n"
	       "Exit codes: 0 good, 1 failed (what was measured is kept), 2 usage, 77 not possible on this machine.",
	.iterations = 1000,
	.l0s = 1u << L0_KVM | 1u << L0_OWN | 1u << L0_NONE,
	.modes = true,
	.deep = true,
};

int run__main(int argc, char **argv)
{
	static struct run_env env;

	run_env__parse(&env, argc, argv, &run_command);
	return env.mmus > 1 ? variants__exit_code(&env.machines, measure_modes(&env)) : run_env__run(&env);
}
