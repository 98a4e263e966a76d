// SPDX-License-Identifier: GPL-2.0-only
/* The options of `nestbed run`, which `nestbed trace --op`, `nestbed fields`, `nestbed walk` and `nestbed chase` take too. */
#include <argp.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "chase.h"
#include "options.h"
#include "modes.h"
#include "run_env.h"
#include "suggest.h"
#include "util.h"

/* Nothing is sampled while warming up, so a watchdog cannot tell a long one from a hang. */
#define WARMUP_MAX 10000

enum {
	OPT_MACHINE = 256,
	OPT_L0,
	OPT_OP,
	OPT_LEVEL,
	OPT_DEPTH,
	OPT_POLICY,
	OPT_SHADOW,
	OPT_CONFIG,
	OPT_SEED,
	OPT_TRACE,
	OPT_TRACE_BUFFER,
	OPT_VMM,
	OPT_WARMUP,
	OPT_EPT,
	OPT_PAGES,
	OPT_MMU,
	OPT_WORD,
	OPT_UNDER,
	OPT_TIMEOUT,
	OPT_L2_VA,
	OPT_MAX_SET,
	OPT_ANY_CLOCK,
	OPT_CHECK_PROGRAMS,
	OPT_RELOAD,
	OPT_KVM_PARAM,
	OPT_FAULT,
	OPT_JSON,
	OPT_DRY,
	OPT_NO_PLOT,
	OPT_FORCE,
};

static const struct argp_option options[] = {
	{"machine", OPT_MACHINE, "NAME", 0, "auto, host (this computer's KVM) or bochs (an emulated one); default auto",
	 0},
	{"l0", OPT_L0, "WHAT", 0,
	 "kvm (default); own: our hypervisor, on the machine itself; none: no hypervisor, the image on the machine "
	 "itself (both bochs only)",
	 0},
	{"op", OPT_OP, "LIST", 0,
	 "operations or families of them, separated by commas, or all (default: cpuid,vmcall); `empty` is always measured",
	 0},
	{"level", OPT_LEVEL, "LIST", 0,
	 "of L0,L1,L2 (default: all that the machine has; with --l0 own L0,L1); run: also those where our hypervisor runs "
	 "itself, L2 with --l0 own, L3, L4",
	 0},
	{"depth", OPT_DEPTH, "N", 0,
	 "run: what an operation costs at the levels L1 to LN, N from 2 to 4, by a table and a plot of their own", 0},
	{"iterations", 'n', "N", 0,
	 "samples an operation (default 1000; trace --op: 200; chase: 64 of 1024 loads each; fields and walk have their own)",
	 0},
	{"warmup", OPT_WARMUP, "N", 0, "executions before the first sample, up to 10000 (default 64)", 0},
	{"shadow-vmcs", OPT_SHADOW, "SET", 0,
	 "on, off or on,off; default on,off where kvm_intel may be reloaded, else as it is", 0},
	{"config", OPT_CONFIG, "KNOB=SET", 0,
	 "a knob of kvm_intel and its settings, shadow_vmcs, ept or vpid = on, off or on,off (may be repeated: every "
	 "combination is measured); all: every combination there is. With --l0 own, from L2 on, knobs of our hypervisor that runs "
	 "another: shadow_vmcs, dirty_tracking, ept_cache, vpid or lazy_host",
	 0},
	{"shadow-policy", OPT_POLICY, "LIST", 0,
	 "which VMCS fields our hypervisor shadows for one that it runs: none, linux, hot, all or free", 0},
	{"seed", OPT_SEED, "N", 0, "of the order in which operations and levels take turns (default 1)", 0},
	{"trace", OPT_TRACE, "LIST", 0,
	 "a third witness: count lets eBPF programs count exits at KVM's tracepoints, time adds up how long each took too, "
	 "stream keeps every event; of several, and off, windows take turns, which shows what each costs",
	 0},
	{"trace-buffer", OPT_TRACE_BUFFER, "KIB", 0,
	 "of the ring buffer that events go through, a power of two from 4 to 1048576 (default 32768); events that find it full "
	 "fail the run",
	 0},
	{"reload-kvm", OPT_RELOAD, NULL, 0, "machine host: let kvm_intel be reloaded to change its settings", 0},
	{"kvm-param", OPT_KVM_PARAM, "NAME=VALUE", 0,
	 "one more parameter for kvm_intel where it is reloaded (may be repeated)", 0},
	{"vmm", OPT_VMM, "WHAT", 0, "nestbed (default) or qemu: what starts L1", 0},
	{"pages", OPT_PAGES, "LIST", 0,
	 "page sizes, guest=SIZE by which the guest maps its memory, ept12=SIZE by which our hypervisor does: 4K, 2M (default) or 1G; "
	 "for chase also those to measure, 4K,2M (default: both)",
	 0},
	{"ept", OPT_EPT, "SIZE", 0, "the same as --pages ept12=SIZE", 0},
	{"mmu", OPT_MMU, "LIST", 0,
	 "how our hypervisor gives its guest memory: ept (default where its CPU has it), shadow (shadow page tables that are a "
	 "virtual TLB) or synced (shadow page tables that follow the guest's, which are write-protected); or, with what KVM has, "
	 "ept-on-ept, synced-on-ept, synced-on-shadow (of synced ones); of run several, one after the other",
	 0},
	{"timeout", OPT_TIMEOUT, "SECONDS", 0, "end what makes no progress for so long (default 20)", 0},
	{"l2-va", OPT_L2_VA, "ADDRESS", 0,
	 "walk: translate this linear address of our hypervisor's guest, step by step", 0},
	{"max-set", OPT_MAX_SET, "SIZE", 0,
	 "chase: the largest working set, a power of two from 16K to 4G (default 4G, or what the memory that is free allows)",
	 0},
	{"output", 'o', "DIR", 0,
	 "output folder, new or without a result (default: results/out/TIME-HOST-MACHINE, linked from results/out/latest)",
	 0},
	{"force", OPT_FORCE, NULL, 0, "remove the result that the output folder holds", 0},
	{"json", OPT_JSON, NULL, 0, "print results.json instead of the table", 0},
	{"quiet", 'q', NULL, 0, "no news on stderr", 0},
	{"no-plot", OPT_NO_PLOT, NULL, 0, "do not draw", 0},
	{"dry-run", OPT_DRY, NULL, 0, "only say what would be run", 0},
	{"any-clock", OPT_ANY_CLOCK, NULL, OPTION_HIDDEN, "for tests: chase on an emulated machine, too", 0},
	{"check-programs", OPT_CHECK_PROGRAMS, NULL, OPTION_HIDDEN,
	 "for tests: does L0's kernel take every eBPF program? The metadata say", 0},
	{"fault", OPT_FAULT, "HOW", OPTION_HIDDEN,
	 "for tests: our hypervisor dies by triple_fault, hang or exception, or its EPT goes bad", 0},
	{"under-own", OPT_UNDER, "WORDS", OPTION_ARG_OPTIONAL | OPTION_HIDDEN,
	 "for tests: run the emulated machine's whole Linux as a guest of our hypervisor, with more words for that", 0},
	{"word", OPT_WORD, "NAME=VALUE", OPTION_HIDDEN, "for tests: one more word for our hypervisor's command line",
	 0},
	{0},
};

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

/* One of the words of a list; ends with a usage error that names them all. */
static const char *one_of(struct argp_state *state, const char *option, const char *arg, const char *const *words)
{
	char suggestion[SUGGEST_SIZE];
	char known[128] = "";

	for (const char *const *w = words; *w; w++) {
		if (strcmp(arg, *w) == 0)
			return *w;
		text__format(known + strlen(known), sizeof(known) - strlen(known), "%s%s", w == words ? "" : ", ", *w);
	}
	suggest__names(suggestion, "; ", arg, strlen(arg), words);
	argp_error(state, "--%s %s: not one of %s%s", option, arg, known, suggestion);
	return NULL;
}

static enum l0 parse_l0(struct argp_state *state, const struct run_env *env, const char *arg)
{
	const char *word = one_of(state, "l0", arg, WORDS("kvm", "own", "none"));
	enum l0 l0 = L0_KVM;

	while (strcmp(l0__name(l0), word) != 0)
		l0++;
	if (env->command->l0s & 1u << l0)
		return l0;
	if (l0 == L0_NONE && env->command->l0s & 1u << L0_OWN)
		argp_error(state, RUN_L0_NONE_OF_OLD);
	else
		argp_error(state, "--l0 %s: this command takes --l0 kvm alone", word);
	return l0;
}

/* "on", "off" or "on,off" */
static const char *parse_set(struct argp_state *state, const char *option, const char *arg)
{
	if (strcmp(arg, "both") == 0)
		argp_error(state, "--%s both is a word of 0.1: say --%s on,off", option, option);
	return strcmp(arg, "off,on") == 0 ? "on,off" : one_of(state, option, arg, WORDS("on", "off", "on,off"));
}

/* Ends with a usage error unless this command's operation is op. */
static void only_for(struct argp_state *state, const char *option, const char *op, const char *command)
{
	const struct run_env *env = state->input;

	if (!env->command->op || strcmp(env->command->op, op) != 0)
		argp_error(state, "--%s goes with nestbed %s alone", option, command);
}

/* "256M" */
static void parse_max_set(struct argp_state *state, struct request *r, const char *arg)
{
	static const char units[] = "KMG";
	unsigned long long kib;
	const char *unit;
	char *end;

	only_for(state, "max-set", "chase", "chase");
	errno = 0;
	kib = strtoull(arg, &end, 10);
	unit = *end ? strchr(units, *end) : NULL;
	if (errno || end == arg || *arg < '0' || *arg > '9' || !unit || end[1] || kib > NB_CHASE_SET_MAX ||
	    (kib <<= 10 * (unit - units)) < NB_CHASE_SET_MIN >> 10 || kib > NB_CHASE_SET_MAX >> 10 || kib & (kib - 1))
		argp_error(state, "--max-set %s: not a power of two from 16K to 4G (256M)", arg);
	r->chase_kib = (unsigned)kib;
}

/* A linear address for `walk`: two words for our hypervisor. */
static void parse_address(struct argp_state *state, struct run_env *env, const char *arg)
{
	unsigned long long address;
	char *end;

	only_for(state, "l2-va", "walks", "walk");
	errno = 0;
	address = strtoull(arg, &end, 0);
	if (errno || *end || end == arg || strchr("-+ \t", *arg) ||
	    (long long)(address << 16) >> 16 != (long long)address)
		argp_error(state, "--l2-va %s: not a canonical linear address (0x10a8f2)", arg);
	env->address = arg;
	text__format(env->words + strlen(env->words), sizeof(env->words) - strlen(env->words),
		     " va_high=%llu va_low=%llu", address >> 32, address & UINT32_MAX);
}

/* "ept,synced" */
static void parse_mmu(struct argp_state *state, struct run_env *env, const char *arg)
{
	static const struct run_mmu mmus[] = {
		{"ept", "ept", L0_ANY},
		{"shadow", "shadow", L0_ANY},
		{"synced", "synced", L0_ANY},
		{"ept-on-ept", "ept", L0_EPT},
		{"synced-on-ept", "synced", L0_EPT},
		{"synced-on-shadow", "synced", L0_SHADOW},
	};
	static const struct {
		const char *old, *now;
	} renamed[] = {{"shadow-on-ept", "synced-on-ept"}, {"shadow-on-shadow", "synced-on-shadow"}};

	env->mmus = 0;
	for (;;) {
		size_t length = strcspn(arg, ",");
		const struct run_mmu *found = NULL;

		for (size_t i = 0; i < sizeof(mmus) / sizeof(mmus[0]); i++)
			if (strlen(mmus[i].name) == length && strncmp(mmus[i].name, arg, length) == 0)
				found = &mmus[i];
		for (size_t i = 0; i < sizeof(renamed) / sizeof(renamed[0]); i++)
			if (strlen(renamed[i].old) == length && strncmp(renamed[i].old, arg, length) == 0)
				argp_error(state, "--mmu %s is a word of 0.1: say %s", renamed[i].old, renamed[i].now);
		if (!found)
			argp_error(
				state,
				"--mmu %.*s: not one of ept, shadow, synced, ept-on-ept, synced-on-ept, synced-on-shadow",
				(int)length, arg);
		if (env->mmus == RUN_MMUS_MAX || (env->mmus > 0 && !env->command->modes))
			argp_error(state, "--mmu: only nestbed run takes several, and no more than %u", RUN_MMUS_MAX);
		env->mmu[env->mmus++] = found;
		if (arg[length] == '\0')
			return;
		arg += length + 1;
	}
}

/* With all options known: is a way there twice, or one that --config denies? */
static void check_mmus(struct argp_state *state, const struct run_env *env)
{
	for (unsigned i = 0; i < env->mmus; i++) {
		const struct run_mmu *one = env->mmu[i];

		if (one->l0 != L0_ANY && (env->config_on | env->config_off) & CONFIG_NO_EPT)
			argp_error(state, "--mmu %s says what KVM has: --config ept= does not go with it", one->name);
		for (unsigned j = 0; j < i; j++)
			if (strcmp(env->mmu[j]->mmu, one->mmu) == 0 &&
			    (env->request.l0 != L0_KVM || env->mmu[j]->l0 == one->l0 || env->mmu[j]->l0 == L0_ANY ||
			     one->l0 == L0_ANY))
				argp_error(state, "--mmu %s and %s are the same here", env->mmu[j]->name, one->name);
	}
}

void run_env__use_mmu(struct run_env *env, const struct run_mmu *mmu)
{
	env->request.mmu = mmu->mmu;
	env->l0_ept = mmu->l0 == L0_EPT && env->request.l0 == L0_KVM;
	env->l0_shadow = mmu->l0 == L0_SHADOW && env->request.l0 == L0_KVM;
}

/* A size that may be told in several places, which may not differ. */
static void choose_size(struct argp_state *state, const char *option, const char *which, const char **chosen,
			const char *arg)
{
	const char *size = one_of(state, option, arg, WORDS("4K", "2M", "1G"));

	if (*chosen && strcmp(*chosen, size) != 0)
		argp_error(state, "--%s %s: %s is %s already", option, arg, which, *chosen);
	*chosen = size;
}

/* "guest=4K,ept12=2M"; of `chase` also the sizes that it measures, "4K,2M". */
static void parse_pages(struct argp_state *state, struct request *r, char *arg)
{
	static char *const names[] = {"4K", "2M", "guest", "ept12", NULL};
	enum { CHASE_4K, CHASE_2M, GUEST, EPT12 };
	unsigned chased = 0;
	char *value;
	bool more;

	do {
		const char *whole = arg;
		int which;

		more = strchr(arg, ',') != NULL;
		which = getsubopt(&arg, names, &value);
		if (which < 0 || (which >= GUEST) != (value != NULL))
			argp_error(state, "--pages %s: not guest=SIZE or ept12=SIZE, nor 4K or 2M of chase", whole);
		else if (which == GUEST)
			choose_size(state, "pages guest", "the size of the guest's pages", &r->guest_pages, value);
		else if (which == EPT12)
			choose_size(state, "pages ept12", "the size of the EPT's pages", &r->ept, value);
		else
			chased |= 1u << which;
	} while (more);
	if (!chased)
		return;
	only_for(state, "pages 4K,2M", "chase", "chase");
	r->chase_pages = chased;
}

/* "ept=on,off" */
static void parse_config(struct argp_state *state, struct run_env *env, const char *arg)
{
	static const char *const knobs[] = {"shadow_vmcs",    "ept",       "vpid",
					    "dirty_tracking", "ept_cache", "lazy_host"}; /* in the order of enum knob */
	size_t length = strcspn(arg, "=");

	if (strcmp(arg, "all") == 0) {
		env->config_on = env->config_off = KNOBS_ALL;
		env->config_all = true;
		return;
	}
	for (unsigned i = 0; i < sizeof(knobs) / sizeof(knobs[0]); i++) {
		if (strlen(knobs[i]) != length || strncmp(arg, knobs[i], length) != 0 || arg[length] == '\0')
			continue;
		if (strcmp(arg + length, "=on") != 0 && strcmp(arg + length, "=off") != 0 &&
		    strcmp(arg + length, "=on,off") != 0)
			argp_error(state, "--config %s: %s is on, off or on,off", arg, knobs[i]);
		env->config_on &= ~(1u << i);
		env->config_off &= ~(1u << i);
		env->config_on |= (unsigned)(strncmp(arg + length, "=on", 3) == 0) << i;
		env->config_off |= (unsigned)(strstr(arg + length, "off") != NULL) << i;
		return;
	}
	argp_error(
		state,
		"--config %s: not one of shadow_vmcs=, ept= or vpid=, of our hypervisor also dirty_tracking=, ept_cache= or "
		"lazy_host=, or all",
		arg);
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct run_env *env = state->input;
	struct request *r = &env->request;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &env->machines;
		return 0;
	case OPT_MACHINE:
		env->machine = one_of(state, "machine", arg, WORDS("auto", "host", "bochs"));
		return 0;
	case OPT_L0:
		r->l0 = parse_l0(state, env, arg);
		return 0;
	case OPT_OP:
		env->ops = arg;
		return 0;
	case OPT_LEVEL:
		env->levels = arg;
		return 0;
	case 'n':
		if (env->command->fixed)
			argp_error(state, "-n does not go with this command, which has its own number of samples");
		r->iterations = option__number(state, "iterations", arg, 1, 10000000);
		return 0;
	case OPT_WARMUP:
		r->warmup = option__number(state, "warmup", arg, 0, WARMUP_MAX);
		return 0;
	case OPT_DEPTH:
		if (!env->command->deep)
			argp_error(state, "--depth goes with nestbed run alone");
		env->depth = option__number(state, "depth", arg, 2, STACK_DEEPEST);
		return 0;
	case OPT_POLICY:
		env->policies = arg;
		return 0;
	case OPT_SHADOW:
		env->shadow = parse_set(state, "shadow-vmcs", arg);
		return 0;
	case OPT_CONFIG:
		parse_config(state, env, arg);
		return 0;
	case OPT_SEED:
		r->seed = option__number(state, "seed", arg, 0, UINT_MAX);
		return 0;
	case OPT_TRACE:
		r->trace = trace_modes__parse(arg);
		if (!r->trace)
			argp_error(state, "--trace %s: not a list of off, count, time and stream", arg);
		if (r->trace == 1u << TRACE_MODE_OFF)
			r->trace = 0;
		return 0;
	case OPT_TRACE_BUFFER:
		r->trace_buffer = option__number(state, "trace-buffer", arg, 4, 1 << 20);
		if (r->trace_buffer & (r->trace_buffer - 1))
			argp_error(state, "--trace-buffer %s: not a power of two", arg);
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
	case OPT_PAGES:
		parse_pages(state, r, arg);
		return 0;
	case OPT_EPT:
		choose_size(state, "ept", "the size of the EPT's pages", &r->ept, arg);
		return 0;
	case OPT_MMU:
		parse_mmu(state, env, arg);
		return 0;
	case OPT_UNDER:
		r->under_own = true;
		for (char *word = arg; word && *word;) {
			size_t length = strcspn(word, ",");

			text__format(env->under_words + strlen(env->under_words),
				     sizeof(env->under_words) - strlen(env->under_words), " %.*s", (int)length, word);
			word += length + (word[length] == ',');
		}
		return 0;
	case OPT_WORD:
		if (!strchr(arg, '=') || strpbrk(arg, " \t\n"))
			argp_error(state, "--word %s: not NAME=VALUE", arg);
		text__format(env->words + strlen(env->words), sizeof(env->words) - strlen(env->words), " %s", arg);
		return 0;
	case OPT_L2_VA:
		parse_address(state, env, arg);
		return 0;
	case OPT_MAX_SET:
		parse_max_set(state, r, arg);
		return 0;
	case OPT_ANY_CLOCK:
		only_for(state, "any-clock", "chase", "chase");
		env->any_clock = true;
		return 0;
	case OPT_CHECK_PROGRAMS:
		r->check_programs = true;
		return 0;
	case OPT_TIMEOUT:
		r->timeout = option__number(state, "timeout", arg, 1, 86400);
		return 0;
	case OPT_FAULT:
		r->fault = one_of(state, "fault", arg,
				  WORDS("triple_fault", "hang", "exception", "ept_reserved", "ept_misconfig",
					"ept_type", "ept_beyond"));
		return 0;
	case OPT_JSON:
		env->json = true;
		return 0;
	case OPT_DRY:
		env->dry_run = true;
		return 0;
	case OPT_FORCE:
		env->force = true;
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
	case ARGP_KEY_END:
		check_mmus(state, env);
		if (!r->ept)
			r->ept = "2M";
		if (!r->guest_pages)
			r->guest_pages = "2M";
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static void point_into(struct run_env *env)
{
	env->request.kvm_params = env->kvm_params;
	env->request.words = env->words;
	env->request.under_words = env->under_words;
	env->request.programs = env->programs;
}

void run_env__copy(struct run_env *to, const struct run_env *from)
{
	*to = *from;
	point_into(to);
}

void run_env__parse(struct run_env *env, int argc, char **argv, const struct run_command *command)
{
	static const struct argp_child children[] = {{&variants_argp, 0, NULL, 0}, {0}};
	const struct argp argp = {
		.options = options, .parser = parse_option, .doc = command->doc, .children = children};

	*env = (struct run_env){
		.machine = "auto",
		.command = command,
		.request =
			{.l0 = command->l0, .iterations = command->iterations, .warmup = 64, .timeout = 20, .seed = 1},
	};
	argp_parse(&argp, argc, argv, 0, NULL, env);
	point_into(env);
	if (env->mmus == 1)
		run_env__use_mmu(env, env->mmu[0]);
}
