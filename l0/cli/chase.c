// SPDX-License-Identifier: GPL-2.0-only
/*
 * The command `nestbed chase` measures the cost of a TLB miss at each level. It measures the time
 * of dependent loads over growing working sets. It needs a clock that shows time, so it measures on
 * this computer. It skips the levels that this computer's KVM cannot run, and prints a message.
 */
#include "l0/experiments/chase_miss.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "l0/base/options.h"
#include "l0/base/util.h"
#include "l0/base/whole_file.h"
#include "l0/cli/commands.h"
#include "l0/cli/run_env.h"
#include "l0/cli/run_option_groups.h"
#include "l0/cli/run_tables.h"
#include "l0/plots/chase_figure.h"
#include "l0/request/availability.h"
#include "l0/results/report.h"

static const char *meta(const struct nb_results *results, const char *key)
{
	for (size_t i = 0; i < results->meta_count; i++)
		if (strcmp(results->meta[i].key, key) == 0)
			return results->meta[i].value;
	return "";
}

static struct chase_source source_of(const struct run_env *env, const struct nb_results *results)
{
	const bool host = strcmp(env->request.machine, "host") == 0;
	const double khz = strtod(meta(results, "tsc_khz"), NULL);

	return (struct chase_source){
		.machine = env->request.machine,
		.clock = nb_clock_of_machine(env->request.machine),
		.cpu = meta(results, "cpu_model"),
		.khz = host && khz > 0 ? khz : NAN,
		.in_vm = host && strcmp(meta(results, "computer_is_vm"), "yes") == 0,
	};
}

struct shown {
	const struct chase_source *source;
	const struct chase_level *levels;
	size_t count;
};

static void put_csv(FILE *out, void *data)
{
	const struct shown *shown = data;

	chase__put_csv(out, shown->source, shown->levels, shown->count);
}

/* If gnuplot is missing, nb_single_begin() has printed a message, and there is no figure. */
static bool draw(const struct run_env *env, const struct shown *shown)
{
	struct nb_single single;

	return env->no_plot || !nb_single_begin(&single, env->folder, env->programs) ||
	       nb_chase_figure_draw(&single, shown->source, shown->levels, shown->count);
}

/* Returns NULL if a point was measured, otherwise the first reason why none was measured. */
static const char *nothing_because(const struct chase_level *levels, size_t count)
{
	const char *reason = NULL;

	for (size_t i = 0; i < count; i++)
		for (unsigned point = 0; point < NB_CHASE_POINTS; point++) {
			if (levels[i].cell[point].ticks.n)
				return NULL;
			if (!reason)
				reason = levels[i].cell[point].skip;
		}
	return reason;
}

static int report(const struct run_env *env, const struct nb_results *results)
{
	const struct chase_source source = source_of(env, results);
	struct chase_level *levels = NULL;
	const char *nothing;
	size_t count = 0;
	bool good;
	int result;

	good = chase__read_all(results, &levels, &count);
	nothing = nothing_because(levels, count);
	if (!good || count == 0)
		pr_err("not every point was measured: the run is incomplete");
	if ((!good && !env->recovers) || count == 0) {
		result = NB_EXIT_FAILED;
	} else {
		struct shown shown = {&source, levels, count};

		if (!table_files__take_stdout(&env->files))
			chase__print(stdout, &source, levels, count);
		good = whole_file__put(env->folder, "chase.csv", put_csv, &shown) &&
		       run_tables__write_csv(env, put_csv, &shown) && (nothing || draw(env, &shown));
		result = !good ? NB_EXIT_FAILED : nothing ? NB_EXIT_SKIPPED : NB_EXIT_GOOD;
	}
	if (result == NB_EXIT_SKIPPED)
		pr_err("nothing could be measured: %s", nothing);
	free(levels);
	return result;
}

/*
 * Chooses this computer, unless the command line names a machine. If the command line names no
 * levels, also chooses the levels that exist here. L1 exists only with kvm_intel or kvm_amd,
 * because other KVM modules emulate instructions of the guest's kernel. Returns NB_EXIT_GOOD, or
 * NB_EXIT_SKIPPED after a message.
 */
static int choose(struct run_env *env)
{
	struct host_facts facts;
	char why[160];
	bool real;

	if (strcmp(env->machine, "auto") == 0)
		env->machine = "host";
	if (strcmp(env->machine, "bochs") == 0) {
		if (env->any_clock)
			return NB_EXIT_GOOD;
		pr_err("the emulated machine's clock counts instructions, and a load is one whether it misses the TLB or not: it cannot "
		       "show what a miss costs; use --machine host --level L0, which needs no KVM");
		return NB_EXIT_SKIPPED;
	}
	if (env->levels && !strstr(env->levels, "L2"))
		return NB_EXIT_GOOD;
	host_facts__ask(&facts);
	if (host_facts__judge(&facts, why, sizeof(why)))
		return NB_EXIT_GOOD;
	if (env->levels) {
		pr_err("level L2 cannot be timed here: %s; use --level L0, which needs no KVM", why);
		return NB_EXIT_SKIPPED;
	}
	real = strcmp(facts.module, "kvm_intel") == 0 || strcmp(facts.module, "kvm_amd") == 0;
	env->levels = facts.opened && facts.error == 0 && real ? "L0,L1" : "L0";
	pr_quiet(env->quiet);
	pr_info("%s alone: %s", env->levels, why);
	return NB_EXIT_GOOD;
}

enum { OPT_MAX_SET = 256, OPT_PAGES, OPT_ANY_CLOCK };

static const struct argp_option options[] = {
	{"max-set", OPT_MAX_SET, "SIZE", 0,
	 "the largest working set, a power of two from 16K to 4G (default 4G, or what the memory that is free allows)",
	 1},
	{"pages", OPT_PAGES, "LIST", 0,
	 "page sizes to measure, 4K,2M (default: both); and ept12=SIZE, that of our hypervisor's EPT", 1},
	{"any-clock", OPT_ANY_CLOCK, NULL, OPTION_HIDDEN, "for tests: measure on an emulated machine, too", 1},
	{0},
};

/* Parses a size such as "256M". */
static void parse_max_set(const struct argp_state *state, struct request *r, const char *arg)
{
	static const char units[] = "KMG";
	unsigned long long kib;
	const char *unit;
	char *end;

	errno = 0;
	kib = strtoull(arg, &end, 10);
	unit = *end ? strchr(units, *end) : NULL;
	if (errno || end == arg || *arg < '0' || *arg > '9' || !unit || end[1] || kib > NB_CHASE_SET_MAX ||
	    (kib <<= 10 * (unit - units)) < NB_CHASE_SET_MIN >> 10 || kib > NB_CHASE_SET_MAX >> 10 || kib & (kib - 1))
		option__error(state, "--max-set %s: not a power of two from 16K to 4G (256M)", arg);
	r->chase_kib = (unsigned)kib;
}

/* Parses a list such as "4K,ept12=2M". */
static void parse_pages(const struct argp_state *state, struct request *r, char *arg)
{
	static char *const names[] = {"4K", "2M", "ept12", NULL};
	char *value;
	bool more;

	do {
		const char *whole = arg;
		int which;

		more = strchr(arg, ',') != NULL;
		which = getsubopt(&arg, names, &value);
		if (which < 0 || (which == 2) != (value != NULL))
			option__error(
				state,
				"--pages %s: not 4K, 2M or ept12=SIZE (chase maps its memory itself, in each size)",
				whole);
		else if (which == 2)
			run_groups__choose_ept(state, "pages ept12", value);
		else
			r->chase_pages |= 1u << which;
	} while (more);
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct run_env *env = state->input;

	switch (key) {
	case OPT_MAX_SET:
		parse_max_set(state, &env->request, arg);
		return 0;
	case OPT_PAGES:
		parse_pages(state, &env->request, arg);
		return 0;
	case OPT_ANY_CLOCK:
		env->any_clock = true;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp own_options = {.options = options, .parser = parse_option};

static const struct argp_child groups[] = {
	{&own_options, 0, NULL, 0},      {&run_levels_argp, 0, NULL, 0}, {&run_samples_argp, 0, NULL, 0},
	{&run_machine_argp, 0, NULL, 0}, {&run_l0_argp, 0, NULL, 0},     {&run_settings_argp, 0, NULL, 0},
	{&run_memory_argp, 0, NULL, 0},  {&run_output_argp, 0, NULL, 0}, {&run_plot_argp, 0, NULL, 0},
	{&table_files_argp, 0, NULL, 0}, {&run_test_argp, 0, NULL, 0},   {0},
};

const struct run_command chase_command = {
	.name = "chase",
	.report = report,
	.groups = groups,
	.doc = "Time dependent loads over working sets from 16 KiB to 4 GiB at each level: what a TLB miss costs.\v"
	       "A line in each 4 KiB of the set is loaded, in random and in sequential order, in pages of 4 KiB and of 2 MiB; and as "
	       "control as many lines side by side, so that what the caches take can be told from what the translation takes.\n"
	       "It measures on this computer, at the levels that its KVM has; level L0 needs no KVM at all. Both page sizes are in "
	       "memory together: 4 GiB are measured where 11 GiB are free.\n"
	       "Examples:\n"
	       "  nestbed chase\n"
	       "  nestbed chase --level L0 --max-set 256M\n"
	       "  nestbed chase --level L0,L2 --ept 4K --pages 4K\n\n"
	       "Exit codes: 0 good, 1 failed (what was measured is kept), 2 usage, 77 not possible on this machine.",
	.iterations = 64,
	.op = "chase",
	.l0s = 1u << L0_KVM,
};

int chase__main(int argc, char **argv)
{
	static struct run_env env;
	int result;

	run_env__parse(&env, argc, argv, &chase_command);
	env.ops = chase_command.op;
	if (!env.request.chase_kib)
		env.request.chase_kib = (unsigned)(NB_CHASE_SET_MAX >> 10);
	if (!env.request.chase_pages)
		env.request.chase_pages = 1u << NB_CHASE_4K | 1u << NB_CHASE_2M;
	result = choose(&env);
	if (result != NB_EXIT_GOOD)
		return result;
	/* VMCS shadowing does not affect the TLB, so one setting is enough. */
	run_env__default_to_shadowing(&env);
	return run_env__run(&env);
}
