// SPDX-License-Identifier: GPL-2.0-only
/*
 * The command `nestbed walk` counts the references of a two-dimensional page walk, by the accessed
 * flags that the CPU sets. It compares them with published formulas: 24 for two dimensions with
 * four levels each, and 20 from a text on three dimensions.
 */
#include "l0/experiments/walk_table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "l0/base/options.h"
#include "l0/base/util.h"
#include "l0/base/whole_file.h"
#include "l0/cli/commands.h"
#include "l0/cli/run_env.h"
#include "l0/cli/run_option_groups.h"
#include "l0/cli/run_tables.h"
#include "l0/experiments/walk_kvm_tables.h"
#include "l0/plots/walk_figure.h"

/*
 * Returns the run of our hypervisor, or NULL. The run has the windows of the first shape, or the
 * reason why there are none.
 */
static const struct nb_run *find_run(const struct nb_results *results)
{
	for (size_t i = 0; i < results->run_count; i++)
		if (nb_run_op(&results->runs[i], "walk.4.4"))
			return &results->runs[i];
	return NULL;
}

struct shown {
	const struct run_env *env;
	const struct nb_run *run;
	const struct walk_shape *shapes;
};

static void put_csv(FILE *out, void *data)
{
	const struct shown *shown = data;

	walk__put_csv(out, shown->env->request.machine, shown->run, shown->shapes);
}

static void put_steps(FILE *out, void *data)
{
	const struct shown *shown = data;

	walk__put_steps_csv(out, shown->env->request.machine, shown->run);
}

/* If gnuplot is missing, nb_single_begin() has printed a message, and there is no figure. */
static bool draw(const struct shown *shown)
{
	const struct run_env *env = shown->env;
	struct nb_single single;

	return env->no_plot || !nb_single_begin(&single, env->folder, env->programs) ||
	       nb_walk_figure_draw(&single, env->request.machine, shown->run, shown->shapes);
}

/*
 * Writes the tables and the figure. The steps of a translation are there only with --l2-va. Returns
 * false after a message.
 */
static bool write_files(struct shown *shown)
{
	const struct run_env *env = shown->env;

	return whole_file__put(env->folder, "walk.csv", put_csv, shown) &&
	       (!env->address || whole_file__put(env->folder, "walk-steps.csv", put_steps, shown)) && draw(shown) &&
	       run_tables__write_csv(env, put_csv, shown);
}

/*
 * Checks that the walk has as many references as the CPU made for the same numbers of levels.
 * Returns true if the CPU's number is unknown. Returns false after a message.
 */
static bool is_as_counted(const struct walk_shape *shapes, const struct nb_run *run)
{
	struct walk_steps steps;
	struct walk_list list;
	unsigned counted;

	if (!walk_steps__read(&steps, run) || steps.end != WALK_PAGE)
		return true;
	walk_list__two(&list, &steps);
	counted = walk__counted(shapes, list.levels[WALK_L2], list.levels[WALK_EPT12]);
	if (!counted)
		return true;
	if (counted != list.count)
		pr_err("%u references in two dimensions, but the CPU made %u for this number of levels", list.count,
		       counted);
	return counted == list.count;
}

static bool print_translation(const struct run_env *env, const struct nb_run *run, const struct walk_shape *shapes,
			      FILE *text)
{
	if (!walk__print_steps(text, run)) {
		pr_err("the translation of %s is incomplete, or the CPU walks differently", env->address);
		return false;
	}
	return is_as_counted(shapes, run) && walk__print_below(text, run);
}

static int report(const struct run_env *env, const struct nb_results *results)
{
	const struct nb_run *run = find_run(results);
	const struct nb_op_result *first = run ? nb_run_op(run, "walk.4.4") : NULL;
	struct walk_shape shapes[WALK_SHAPES];
	FILE *text;
	bool good;

	if (first && first->skip) {
		pr_err("no walk can be counted: %s", first->skip);
		return NB_EXIT_SKIPPED;
	}
	if (!run || !walk__read(run, shapes)) {
		pr_err("not every walk was counted: the run is incomplete");
		return NB_EXIT_FAILED;
	}
	if (!walk__is_proven(shapes))
		return NB_EXIT_FAILED;
	/*
	 * If standard output gets the table in another format, the text is discarded. It is still
	 * written, because its checks decide the exit code.
	 */
	text = table_files__take_stdout(&env->files) ? fopen("/dev/null", "we") : stdout;
	if (!text) {
		pr_err("cannot open /dev/null: %s", strerror(errno));
		return NB_EXIT_FAILED;
	}
	walk__print(text, env->request.machine, run, shapes);
	good = !env->address || print_translation(env, run, shapes, text);
	if (text != stdout)
		fclose(text);
	return good && write_files(&(struct shown){env, run, shapes}) ? NB_EXIT_GOOD : NB_EXIT_FAILED;
}

enum { OPT_L2_VA = 256 };

static const struct argp_option options[] = {
	{"l2-va", OPT_L2_VA, "ADDRESS", 0, "translate this linear address of our hypervisor's guest, step by step, too",
	 1},
	{0},
};

/* Converts a linear address to two words for our hypervisor. */
static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct run_env *env = state->input;
	unsigned long long address;
	char *end;

	if (key != OPT_L2_VA)
		return ARGP_ERR_UNKNOWN;
	errno = 0;
	address = strtoull(arg, &end, 0);
	if (errno || *end || *arg < '0' || *arg > '9' || (long long)(address << 16) >> 16 != (long long)address)
		option__error(state, "--l2-va %s: not a canonical linear address (0x10a8f2)", arg);
	env->address = arg;
	text__format(env->words + strlen(env->words), sizeof(env->words) - strlen(env->words),
		     " va_high=%llu va_low=%llu", address >> 32, address & UINT32_MAX);
	return 0;
}

static const struct argp own_options = {.options = options, .parser = parse_option};

static const struct argp_child groups[] = {
	{&own_options, 0, NULL, 0},
	RUN_WHERE_AND_HOW,
	{0},
};

const struct run_command walk_command = {
	.name = "walk",
	.report = report,
	.groups = groups,
	.doc = "Count the memory references of a two-dimensional page walk, for every number of levels in each dimension.\v"
	       "Our hypervisor runs as L0 and owns the EPT, unless --l0 kvm makes it L1: then it is KVM that walks the EPT it sees.\n"
	       "Examples:\n"
	       "  nestbed walk\n"
	       "  nestbed walk --l0 kvm --shadow-vmcs on\n"
	       "  nestbed walk --l2-va 0x10a8f2            one translation, step by step (nestbed trace shows RIPs of L2)\n"
	       "  nestbed walk --l0 kvm --l2-va 0x10a8f2   the same with KVM's own tables below, read by eBPF programs\n\n"
	       "Exit codes: 0 good, 1 failed (what was measured is kept), 2 usage, 77 not possible on this machine.",
	.iterations = 1,
	.op = "walks",
	.l0 = L0_OWN,
	.l0s = 1u << L0_KVM | 1u << L0_OWN,
};

int walk__main(int argc, char **argv)
{
	static struct run_env env;

	run_env__parse(&env, argc, argv, &walk_command);
	env.ops = walk_command.op;
	if (env.request.l0 == L0_KVM) {
		env.levels = "L1";
		run_env__default_to_shadowing(&env);
	}
	return run_env__run(&env);
}
