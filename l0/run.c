// SPDX-License-Identifier: GPL-2.0-only
/* nestbed run: lets a machine follow the request, and makes rows, files and plots of the records that it leaves. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "commands.h"
#include "machine/availability.h"
#include "ops.h"
#include "plan.h"
#include "plots/plots.h"
#include "provenance.h"
#include "results/collect.h"
#include "results/report.h"
#include "results/write.h"
#include "run_env.h"
#include "util.h"

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

static int finish(const struct run_env *env, int result, const struct streams *streams)
{
	struct nb_results results = {0};
	struct nb_report report;
	unsigned runs;

	run_env__read_streams(streams, &results);
	provenance__add(&results, &env->request, env->note);
	runs = plan__runs(&env->request);
	if (results.run_count < runs)
		nb_results_set_damage(&results, "%zu of %u levels left nothing at all", runs - results.run_count, runs);
	if (result != NB_EXIT_GOOD)
		nb_results_set_damage(&results, "the run did not end well");
	nb_report_build(&report, &results, env->request.machine, nb_op_get);
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
		run_env__mark_incomplete(env->folder, false);
	run_env__link_latest(env);
	pr_info("results in %s", env->folder);
	nb_report_free(&report);
	nb_results_free(&results);
	return result;
}

static const struct run_command command = {
	.doc = "Measure operations at each level of a nested stack.\v"
	       "Examples:\n"
	       "  nestbed run                              a first look: two operations, every level\n"
	       "  nestbed run --op all                     the suite\n"
	       "  nestbed run --machine bochs --op cpuid -n 5000\n"
	       "  nestbed run --op all --config shadow_vmcs=on,off --config ept=on,off\n"
	       "  nestbed run --l0 none                    our hypervisor as L0, in seconds\n"
	       "  nestbed run --level L0,L1 --vmm qemu\n\n"
	       "Exit codes: 0 good, 1 failed (what was measured is kept), 2 usage, 77 not possible on this machine.",
	.iterations = 1000,
};

int run__main(int argc, char **argv)
{
	static struct run_env env;
	struct streams streams;
	int result;

	run_env__parse(&env, argc, argv, &command);
	result = run_env__measure(&env, &streams);
	return env.began ? finish(&env, result, &streams) : result;
}
