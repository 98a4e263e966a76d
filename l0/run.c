// SPDX-License-Identifier: GPL-2.0-only
/* nestbed run: picks a machine, lets it follow the request, and makes rows, files and plots of the records it leaves. */
#include <argp.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "commands.h"
#include "machine/availability.h"
#include "machine/machine.h"
#include "ops.h"
#include "options.h"
#include "plan.h"
#include "provenance.h"
#include "results/collect.h"
#include "results/plot.h"
#include "results/report.h"
#include "results/write.h"
#include "util.h"

/* Nothing is sampled while warming up, so a watchdog cannot tell a long one from a hang. */
#define WARMUP_MAX 10000

struct env {
	struct request request;
	const char *machine, *ops, *levels, *shadow, *out;
	bool json, quiet, dry_run, no_plot;
	char all_ops[512]; /* the request's operations, `empty` in front */
	char folder[512];
	char programs[256];
	char note[200]; /* why this machine */
	char kvm_params[256];
};

enum {
	OPT_MACHINE = 256,
	OPT_L0,
	OPT_OP,
	OPT_LEVEL,
	OPT_SHADOW,
	OPT_VMM,
	OPT_WARMUP,
	OPT_EPT,
	OPT_TIMEOUT,
	OPT_RELOAD,
	OPT_KVM_PARAM,
	OPT_FAULT,
	OPT_JSON,
	OPT_DRY,
	OPT_NO_PLOT,
};

static const struct argp_option options[] = {
	{"machine", OPT_MACHINE, "NAME", 0, "auto, host (this computer's KVM) or bochs (an emulated one); default auto",
	 0},
	{"l0", OPT_L0, "WHAT", 0, "kvm (default), or none: our hypervisor is L0, on the machine itself (bochs only)",
	 0},
	{"op", OPT_OP, "LIST", 0, "operations, separated by commas (default: all); `empty` is always measured", 0},
	{"level", OPT_LEVEL, "LIST", 0, "of L0,L1,L2 (default: all that the machine has)", 0},
	{"iterations", 'n', "N", 0, "samples an operation (default 1000)", 0},
	{"warmup", OPT_WARMUP, "N", 0, "executions before the first sample (default 64)", 0},
	{"shadow-vmcs", OPT_SHADOW, "SET", 0,
	 "on, off or both; default both where kvm_intel may be reloaded, else as it is", 0},
	{"reload-kvm", OPT_RELOAD, NULL, 0, "machine host: let kvm_intel be reloaded to change its settings", 0},
	{"kvm-param", OPT_KVM_PARAM, "NAME=VALUE", 0,
	 "one more parameter for kvm_intel where it is reloaded (may be repeated)", 0},
	{"vmm", OPT_VMM, "WHAT", 0, "nestbed (default) or qemu: what starts L1", 0},
	{"ept", OPT_EPT, "SIZE", 0, "page size of ept12: 4K, 2M (default) or 1G", 0},
	{"timeout", OPT_TIMEOUT, "SECONDS", 0, "end what makes no progress for so long (default 20)", 0},
	{"output", 'o', "DIR", 0, "output folder (default: results/out/TIME-MACHINE, linked from results/out/latest)",
	 0},
	{"json", OPT_JSON, NULL, 0, "print results.json instead of the table", 0},
	{"quiet", 'q', NULL, 0, "no news on stderr", 0},
	{"no-plot", OPT_NO_PLOT, NULL, 0, "do not draw", 0},
	{"dry-run", OPT_DRY, NULL, 0, "only say what would be run", 0},
	{"fault", OPT_FAULT, "HOW", OPTION_HIDDEN, "for tests: our hypervisor dies by triple_fault, hang or exception",
	 0},
	{0},
};

static const char doc[] =
	"Measure operations at each level of a nested stack.\v"
	"Examples:\n"
	"  nestbed run                                 all operations, all levels, shadowing on and off\n"
	"  nestbed run --machine bochs --op cpuid -n 5000\n"
	"  nestbed run --machine bochs --l0 none       our hypervisor as L0: seconds, for work on it\n"
	"  nestbed run --level L0,L1 --vmm qemu\n\n"
	"Exit codes: 0 good, 1 failed (what was measured is kept), 2 usage, 77 not possible on this machine.";

/* One of the words of a list; ends with a usage error that names them all. */
static const char *one_of(struct argp_state *state, const char *option, const char *arg, const char *const *words)
{
	char known[128] = "";

	for (const char *const *w = words; *w; w++) {
		if (strcmp(arg, *w) == 0)
			return *w;
		text__format(known + strlen(known), sizeof(known) - strlen(known), "%s%s", w == words ? "" : ", ", *w);
	}
	argp_error(state, "--%s %s: not one of %s", option, arg, known);
	return NULL;
}

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct env *env = state->input;
	struct request *r = &env->request;

	switch (key) {
	case OPT_MACHINE:
		env->machine = one_of(state, "machine", arg, WORDS("auto", "host", "bochs"));
		return 0;
	case OPT_L0:
		r->l0_none = strcmp(one_of(state, "l0", arg, WORDS("kvm", "none")), "none") == 0;
		return 0;
	case OPT_OP:
		env->ops = arg;
		return 0;
	case OPT_LEVEL:
		env->levels = arg;
		return 0;
	case 'n':
		r->iterations = option__number(state, "iterations", arg, 1, 10000000);
		return 0;
	case OPT_WARMUP:
		r->warmup = option__number(state, "warmup", arg, 0, WARMUP_MAX);
		return 0;
	case OPT_SHADOW:
		env->shadow = one_of(state, "shadow-vmcs", arg, WORDS("on", "off", "both"));
		return 0;
	case OPT_RELOAD:
		r->reload_kvm = true;
		return 0;
	case OPT_KVM_PARAM:
		if (!strchr(arg, '=') || strpbrk(arg, " \t\n"))
			argp_error(state, "--kvm-param %s: not NAME=VALUE", arg);
		text__format(env->kvm_params + strlen(env->kvm_params),
			     sizeof(env->kvm_params) - strlen(env->kvm_params), "%s%s", env->kvm_params[0] ? " " : "",
			     arg);
		return 0;
	case OPT_VMM:
		r->qemu = strcmp(one_of(state, "vmm", arg, WORDS("nestbed", "qemu")), "qemu") == 0;
		return 0;
	case OPT_EPT:
		r->ept = one_of(state, "ept", arg, WORDS("4K", "2M", "1G"));
		return 0;
	case OPT_TIMEOUT:
		r->timeout = option__number(state, "timeout", arg, 1, 86400);
		return 0;
	case OPT_FAULT:
		r->fault = one_of(state, "fault", arg, WORDS("triple_fault", "hang", "exception"));
		return 0;
	case OPT_JSON:
		env->json = true;
		return 0;
	case OPT_DRY:
		env->dry_run = true;
		return 0;
	case OPT_NO_PLOT:
		env->no_plot = true;
		return 0;
	case 'q':
		env->quiet = true;
		return 0;
	case 'o':
		env->out = arg;
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "unexpected argument %s", arg);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* The operations asked for, or all but those that end the guest; `empty` in front. False after a message. */
static bool choose_ops(struct env *env)
{
	char *out = env->all_ops;

	text__format(out, sizeof(env->all_ops), "empty");
	if (!env->ops) {
		for (int op = 0; op < NB_OP_COUNT; op++)
			if (op != NB_OP_empty && !(nb_op_info[op].where & NB_FAULT))
				text__format(out + strlen(out), sizeof(env->all_ops) - strlen(out), ",%s",
					     nb_op_info[op].name);
		env->request.ops = out;
		return true;
	}
	for (const char *name = env->ops;;) {
		unsigned length = (unsigned)strcspn(name, ",");
		int op = nb_op_find(name, length);

		if (op < 0) {
			pr_err("unknown operation \"%.*s\": `nestbed list` shows them all", (int)length, name);
			return false;
		}
		if (op != NB_OP_empty)
			text__format(out + strlen(out), sizeof(env->all_ops) - strlen(out), ",%s", nb_op_info[op].name);
		if (name[length] == '\0')
			break;
		name += length + 1;
	}
	env->request.ops = out;
	return true;
}

/* Options that the rest of the command line would make meaningless are refused, not ignored. */
static bool contradictory(const struct env *env)
{
	const struct request *r = &env->request;
	const char *why = NULL;

	if (r->l0_none && (r->qemu || r->reload_kvm || env->kvm_params[0] || env->shadow))
		why = "--l0 none has no KVM: it does not go with --vmm, --reload-kvm, --kvm-param or --shadow-vmcs";
	else if (r->qemu && r->fault)
		why = "--fault does not go with --vmm qemu";
	else if (strcmp(env->machine, "host") == 0 && env->kvm_params[0] && !r->reload_kvm)
		why = "--kvm-param wants --reload-kvm on --machine host";
	else if (strcmp(env->machine, "bochs") == 0 && r->reload_kvm)
		why = "--reload-kvm is for --machine host: an emulated machine's module is always reloaded";
	if (why)
		pr_err("%s", why);
	return why != NULL;
}

static bool choose_levels(struct env *env)
{
	static const char *const names[] = {"L0", "L1", "L2"};
	unsigned all = env->request.l0_none ? LEVEL_L0 | LEVEL_L1 : LEVEL_L0 | LEVEL_L1 | LEVEL_L2;

	if (!env->levels) {
		env->request.levels = all;
		return true;
	}
	for (const char *name = env->levels;; name++) {
		size_t length = strcspn(name, ",");
		unsigned level = 0;

		for (unsigned i = 0; i < 3; i++)
			if (length == 2 && strncmp(name, names[i], 2) == 0)
				level = 1u << i;
		if (!(level & all)) {
			pr_err("--level %.*s: %s", (int)length, name,
			       level ? "with --l0 none the levels are L0 and L1: our hypervisor is L0"
				     : "not one of L0, L1, L2");
			return false;
		}
		env->request.levels |= level;
		name += length;
		if (*name == '\0')
			return true;
	}
}

/* NB_EXIT_GOOD, NB_EXIT_SKIPPED or NB_EXIT_USAGE, the last two after a message. */
static int choose_machine(struct env *env)
{
	struct request *r = &env->request;
	char why[160];
	bool nested = r->levels & LEVEL_L2;

	if (strcmp(env->machine, "auto") == 0) {
		bool host = machine_host__can_run(why, sizeof(why));

		if (r->l0_none)
			text__format(why, sizeof(why), "--l0 none needs a machine of its own");
		r->machine = host && !r->l0_none ? "host" : "bochs";
		text__format(env->note, sizeof(env->note), "machine %s: %s", r->machine, why);
	} else {
		r->machine = env->machine;
		text__format(env->note, sizeof(env->note), "machine %s, as asked", r->machine);
	}
	if (strcmp(r->machine, "host") == 0 && r->l0_none) {
		pr_err("--l0 none does not go with --machine host: our hypervisor would take the whole computer; use "
		       "--machine bochs");
		return NB_EXIT_USAGE;
	}
	if (strcmp(r->machine, "host") == 0 && nested && !machine_host__can_run(why, sizeof(why))) {
		pr_err("%s; or use --machine bochs, or --level L0,L1", why);
		return NB_EXIT_SKIPPED;
	}
	if (strcmp(r->machine, "bochs") == 0 && !machine_bochs__can_run(why, sizeof(why))) {
		if (strcmp(env->machine, "auto") == 0)
			pr_err("%s, so not the host", env->note);
		pr_err("%s", why);
		return NB_EXIT_SKIPPED;
	}
	return NB_EXIT_GOOD;
}

/* An emulated machine's kvm_intel is ours; this computer's only if the user says so. */
static bool may_reload(const struct request *r)
{
	return strcmp(r->machine, "bochs") == 0 || r->reload_kvm;
}

static bool choose_shadowing(struct env *env)
{
	struct request *r = &env->request;
	unsigned wanted = !env->shadow || strcmp(env->shadow, "both") == 0 ? SHADOWING_ON | SHADOWING_OFF
			  : strcmp(env->shadow, "on") == 0                 ? SHADOWING_ON
									   : SHADOWING_OFF;
	char value[8] = "";
	unsigned present;

	if (r->l0_none)
		return true;
	if (may_reload(r)) {
		r->shadowing = wanted;
		return true;
	}
	file__read_text("/sys/module/kvm_intel/parameters/enable_shadow_vmcs", value, sizeof(value));
	present = value[0] == 'Y' ? SHADOWING_ON : value[0] == 'N' ? SHADOWING_OFF : 0;
	r->shadowing = present;
	if (env->shadow && wanted != present && r->levels & LEVEL_L2) {
		pr_err("--shadow-vmcs %s: kvm_intel here has it %s; --reload-kvm lets nestbed reload the module",
		       env->shadow, value[0] == 'Y' ? "on" : "off");
		return false;
	}
	return true;
}

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

static bool make_output(struct env *env)
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

static void link_latest(const struct env *env)
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

/* Writes everything that can be made of the results, whole or not. */
static bool write_all(const struct env *env, const struct nb_report *report)
{
	char csv[600], json[600], script[600], base[600], gnuplot[600];
	bool good;

	text__format(csv, sizeof(csv), "%s/results.csv", env->folder);
	text__format(json, sizeof(json), "%s/results.json", env->folder);
	text__format(script, sizeof(script), "%s/../results/plots/exit-latency.gp", env->programs);
	text__format(base, sizeof(base), "%s/exit-latency", env->folder);
	good = nb_write_csv(report, csv);
	good = nb_write_json(report, json) && good;
	if (env->json)
		good = good && print_file(json);
	else
		nb_print_table(report, stdout);
	if (good && !env->no_plot && report->row_count > 0) {
		if (program__find("gnuplot", gnuplot, sizeof(gnuplot)))
			good = nb_plot(script, csv, base);
		else
			pr_err("no gnuplot, so no plot (sudo apt-get install gnuplot-nox); the results are whole");
	}
	return good;
}

static int finish(const struct env *env, int result, const struct streams *streams)
{
	struct nb_results results = {0};
	struct nb_report report;
	unsigned runs;

	read_streams(streams, &results);
	provenance__add(&results, &env->request, env->note);
	runs = plan__runs(&env->request, may_reload(&env->request));
	if (results.run_count < runs)
		nb_results_set_damage(&results, "%zu of %u levels left nothing at all", runs - results.run_count, runs);
	if (result != NB_EXIT_GOOD)
		nb_results_set_damage(&results, "the run did not end well");
	nb_report_build(&report, &results, env->request.machine, nb_op_exits);
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

static void on_stop(int signal)
{
	machine_told_to_stop = signal;
}

int run__main(int argc, char **argv)
{
	static struct env env = {
		.machine = "auto",
		.request = {.iterations = 1000, .warmup = 64, .ept = "2M", .timeout = 20},
	};
	static const struct argp argp = {.options = options, .parser = parse_option, .doc = doc};
	struct streams streams = {0};
	int result;

	argp_parse(&argp, argc, argv, 0, NULL, &env);
	pr_quiet(env.quiet);
	if (!programs__folder(env.programs, sizeof(env.programs)))
		return NB_EXIT_FAILED;
	env.request.programs = env.programs;
	env.request.kvm_params = env.kvm_params;
	if (contradictory(&env) || !choose_ops(&env) || !choose_levels(&env))
		return NB_EXIT_USAGE;
	result = choose_machine(&env);
	if (result != NB_EXIT_GOOD)
		return result;
	if (!choose_shadowing(&env))
		return NB_EXIT_USAGE;
	pr_info("%s", env.note);
	if (env.dry_run) {
		run__print_plan(&env.request);
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
