// SPDX-License-Identifier: GPL-2.0-only
/*
 * The part that all commands which measure share: from a request to files of records in an output
 * folder.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "l0/base/computer.h"
#include "l0/base/layout.h"
#include "l0/base/util.h"
#include "l0/cli/commands.h"
#include "l0/cli/run_env.h"
#include "l0/machine/bochs_files.h"
#include "l0/machine/machine.h"
#include "l0/report/output_files.h"
#include "l0/report/provenance.h"
#include "l0/request/cpu_support.h"
#include "l0/request/machine_plan.h"
#include "l0/results/missing.h"

/* Creates the output folder. Returns NB_EXIT_GOOD, or another exit code after one line. */
static int make_output(struct run_env *env)
{
	char parent[LAYOUT_PATH];
	int result;

	env->when = time(NULL);
	if (!env->out && !places__results(parent, sizeof(parent)))
		return NB_EXIT_FAILED;
	result = env->out ? output_folder__make(&env->output, env->out, env->force)
			  : output_folder__make_new(&env->output, parent, env->request.machine, env->when);
	text__format(env->folder, sizeof(env->folder), "%s", env->output.path);
	env->request.out = env->folder;
	return result;
}

bool run_env__describe(struct run_env *env, const struct streams *streams)
{
	const char *parts[RUN_MMUS_MAX];
	struct nb_results metadata = {0};
	const struct run_description description = {
		.command = env->command->name,
		.request = &env->request,
		.address = env->address,
		.depth = env->depth,
		.runs = streams ? plan__runs(&env->request) : 0,
		.plots = !env->no_plot,
		.part = env->is_part,
		.parts = parts,
		.part_count = streams ? 0 : env->mmus,
		.streams = streams,
		.metadata = &metadata,
	};

	for (unsigned i = 0; i < description.part_count; i++)
		parts[i] = env->mmu[i]->name;
	provenance__add(&metadata, &env->request, env->note, env->when);
	env->described = run_file__write(&description, env->folder);
	nb_results_free(&metadata);
	return env->described;
}

bool run_env__read(struct run_env *env, struct nb_results *results)
{
	char why[RUN_FILE_REASON];

	if (!env->described)
		return false;
	if (!run_file__read(&env->file, env->folder, why)) {
		pr_err("cannot use %s/" OUTPUT_DESCRIPTION ": %s", env->folder, *why ? why : "it is gone");
		return false;
	}
	return run_file__collect(&env->file, env->folder, results, &env->runs);
}

/*
 * Removes the marks of a whole result and of its parts, because they are whole too. Returns false
 * after one line.
 */
static bool remove_marks(const struct run_env *env)
{
	char part[700];

	for (size_t i = 0; env->file.root && run_file__part(&env->file, i); i++) {
		text__format(part, sizeof(part), "%s/%s", env->folder, run_file__part(&env->file, i));
		if (!output_folder__unmark(part))
			return false;
	}
	return output_folder__unmark(env->folder);
}

int run_env__close(const struct run_env *env, int result, bool whole, const char *what)
{
	if (whole && result == NB_EXIT_GOOD && !remove_marks(env))
		result = NB_EXIT_FAILED;
	if (!env->out)
		output_folder__link_latest(env->folder);
	pr_info("%s in %s", what, env->folder);
	return result;
}

/* Prints the lines that a machine would follow. */
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

/* Prints the plan of each variant, for --dry-run. */
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

/* Warns once for all parts of a result. `chase` prints the warning with its table. */
static void warn_of_vm(const struct run_env *env)
{
	struct computer computer;

	if (env->is_part || strcmp(env->request.machine, "host") != 0)
		return;
	computer__read(&computer, "");
	if (computer.is_vm && (!env->command->op || strcmp(env->command->op, "chase") != 0))
		pr_info("this computer is itself a virtual machine (%s): exits here may cost more than on hardware, and their cost may vary",
			computer.hypervisor);
}

static void on_stop(int signal)
{
	machine_told_to_stop = signal;
}

/* Prints why this machine was chosen, and its kernels. */
static void say_machine(const struct run_env *env)
{
	const struct request *r = &env->request;

	pr_info("%s", env->note);
	for (unsigned i = 0; i < r->variants; i++) {
		const struct kernel *kernel = r->variant[i].kernel;

		/* Print each kernel once. The variants of one kernel follow each other. */
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
	if (env->dry_run) {
		say_machine(env);
		print_plan(&env->request);
		return NB_EXIT_GOOD;
	}
	if (!table_files__can_be_written(&env->files, env->out))
		return NB_EXIT_USAGE;
	result = make_output(env);
	if (result != NB_EXIT_GOOD)
		return result;
	say_machine(env);
	warn_of_vm(env);
	env->began = true;
	signal(SIGINT, on_stop);
	signal(SIGTERM, on_stop);
	signal(SIGHUP, on_stop);
	signal(SIGQUIT, on_stop);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN); /* write() then fails for a file above the size limit */
	return NB_EXIT_GOOD;
}

/* Writes run.json. The machine calls this after it has named its record files. */
static bool on_named(void *env, const struct streams *streams)
{
	return run_env__describe(env, streams);
}

int run_env__measure(struct run_env *env)
{
	struct streams streams = {.named = on_named, .user = env};
	int result = run_env__begin(env);

	if (!env->began)
		return result;
	result = strcmp(env->request.machine, "host") == 0 ? machine_host__run(&env->request, &streams)
							   : machine_bochs__run(&env->request, &streams);
	streams__free(&streams);
	return result;
}

int run_env__end(const struct run_env *env, int result, const struct nb_results *results, const char *what)
{
	const bool whole = !nb_results_incomplete(results);

	if (!whole) {
		pr_err("the records are incomplete: %s", results->damage ? results->damage : "a run did not end well");
		result = result == NB_EXIT_GOOD && !env->recovers ? NB_EXIT_FAILED : result;
	}
	missing__say_of(results);
	return run_env__close(env, result, whole, what);
}

int run_env__finish(struct run_env *env, int result, struct nb_results *results)
{
	if (env->runs > results->run_count)
		nb_results_set_damage(results, "%zu of %u levels left nothing at all", env->runs - results->run_count,
				      env->runs);
	if (results->variant_count > 1 && !env->command->together)
		return run_env__finish_variants(env, result, results);
	if (env->command->finish)
		return env->command->finish(env, result, results);
	if (result == NB_EXIT_GOOD)
		result = env->command->report(env, results);
	return run_env__end(env, result, results, "records");
}

int run_env__run(struct run_env *env)
{
	struct nb_results results = {0};
	int result = run_env__measure(env);

	if (env->began && run_env__read(env, &results))
		result = run_env__finish(env, result, &results);
	else if (env->began)
		result = result == NB_EXIT_GOOD ? NB_EXIT_FAILED : result;
	nb_results_free(&results);
	run_file__free(&env->file);
	return variants__exit_code(&env->machines, result);
}
