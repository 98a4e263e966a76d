// SPDX-License-Identifier: GPL-2.0-only
/*
 * The options that choose the stack: the machine, L0, the VMM that starts L1, the depth, and the
 * settings of KVM.
 */
#include <string.h>

#include "l0/base/options.h"
#include "l0/base/suggest.h"
#include "l0/base/util.h"
#include "l0/cli/run_env.h"
#include "l0/cli/run_option_groups.h"
#include "vmcs-shadow/shadow_policy.h"

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

enum {
	OPT_MACHINE = 256,
	OPT_RELOAD,
	OPT_KVM_PARAM,
	OPT_TIMEOUT,
	OPT_BOOT_TIMEOUT,
	OPT_L0,
	OPT_VMM,
	OPT_DEPTH,
	OPT_POLICY,
	OPT_SHADOW,
	OPT_CONFIG,
};

/* --- The machine --- */

static const struct argp_option machine_options[] = {
	{"machine", OPT_MACHINE, "NAME", 0, "auto (default), host (this computer's KVM) or bochs (an emulated one)", 2},
	{"reload-kvm", OPT_RELOAD, NULL, 0, "machine host: kvm_intel may be reloaded to change its settings", 2},
	{"kvm-param", OPT_KVM_PARAM, "NAME=VALUE", 0,
	 "one more parameter for kvm_intel where it is reloaded (may be repeated)", 2},
	{"timeout", OPT_TIMEOUT, "SECONDS", 0, "end what makes no progress for so long (default 20)", 2},
	{"boot-timeout", OPT_BOOT_TIMEOUT, "SECONDS", 0,
	 "machine bochs: CPU time that the kernel has to come to its first process (default 60)", 2},
	{0},
};

static void add_parameter(const struct argp_state *state, struct run_env *env, const char *arg)
{
	const size_t name = strcspn(arg, "=") + 1, length = strlen(env->kvm_params);

	if (!strchr(arg, '=') || name == 1 || !arg[name] || strpbrk(arg, " \t\n"))
		option__error(state, "--kvm-param %s: not NAME=VALUE", arg);
	for (const char *word = env->kvm_params; *word; word += strcspn(word, " "), word += *word == ' ')
		if (strncmp(word, arg, name) == 0)
			option__error(state, "--kvm-param %.*s is there twice", (int)name, arg);
	if (length + strlen(arg) + 2 > sizeof(env->kvm_params))
		option__error(state, "--kvm-param: more than %zu characters in all", sizeof(env->kvm_params));
	text__format(env->kvm_params + length, sizeof(env->kvm_params) - length, "%s%s", length ? " " : "", arg);
}

static error_t parse_machine(int key, char *arg, struct argp_state *state)
{
	struct run_env *env = state->input;

	switch (key) {
	case OPT_MACHINE:
		env->machine = option__word(state, "machine", arg, WORDS("auto", "host", "bochs"));
		return 0;
	case OPT_RELOAD:
		env->request.reload_kvm = true;
		return 0;
	case OPT_KVM_PARAM:
		add_parameter(state, env, arg);
		return 0;
	case OPT_TIMEOUT:
		env->request.timeout = option__number(state, "timeout", arg, 1, 86400);
		return 0;
	case OPT_BOOT_TIMEOUT:
		env->request.boot_timeout = option__number(state, "boot-timeout", arg, 1, 86400);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp run_machine_argp = {.options = machine_options, .parser = parse_machine};

/* --- L0 --- */

static const struct argp_option l0_options[] = {{"l0", OPT_L0, "WHAT", 0, "", 2}, {0}};

/* Returns the help of --l0 with the values that the command accepts. */
static char *filter_l0(int key, const char *text, void *input)
{
	const struct run_env *env = input;

	if (key != OPT_L0 || !env)
		return (char *)text;
	if (env->command->l0s == 1u << L0_KVM)
		return strdup("what is L0: kvm, nothing else here");
	if (env->command->l0 == L0_OWN)
		return strdup("what is L0: own (default): our hypervisor, on the machine itself (bochs); or kvm");
	return strdup(
		"what is L0: kvm (default); own: our hypervisor, on the machine itself; none: no hypervisor, the image "
		"runs on the machine itself (own and none: bochs)");
}

static error_t parse_l0(int key, char *arg, struct argp_state *state)
{
	struct run_env *env = state->input;
	const char *word;
	enum l0 l0 = L0_KVM;

	if (key != OPT_L0)
		return ARGP_ERR_UNKNOWN;
	word = option__word(state, "l0", arg, WORDS("kvm", "own", "none"));
	while (strcmp(l0__name(l0), word) != 0)
		l0++;
	if (l0 == L0_NONE && !(env->command->l0s & 1u << L0_NONE))
		option__error(state, "--l0 none: this command needs a hypervisor; " RUN_L0_NONE_OF_OLD);
	if (!(env->command->l0s & 1u << l0))
		option__error(state, "--l0 %s: this command takes --l0 kvm alone", word);
	env->request.l0 = l0;
	return 0;
}

const struct argp run_l0_argp = {.options = l0_options, .parser = parse_l0, .help_filter = filter_l0};

/* --- The VMM that starts L1 --- */

static const struct argp_option vmm_options[] = {
	{"vmm", OPT_VMM, "WHAT", 0, "what starts L1: nestbed (default) or qemu", 2},
	{0},
};

static error_t parse_vmm(int key, char *arg, struct argp_state *state)
{
	struct run_env *env = state->input;

	if (key != OPT_VMM)
		return ARGP_ERR_UNKNOWN;
	env->request.qemu = strcmp(option__word(state, "vmm", arg, WORDS("nestbed", "qemu")), "qemu") == 0;
	return 0;
}

const struct argp run_vmm_argp = {.options = vmm_options, .parser = parse_vmm};

/* --- Nested hypervisors --- */

static const struct argp_option depth_options[] = {
	{"depth", OPT_DEPTH, "N", 0,
	 "what an operation costs at the levels L1 to LN, N from 2 to 4, in its own table and plot", 1},
	{"shadow-policy", OPT_POLICY, "LIST", 0,
	 "which VMCS fields our hypervisor shadows for one that it runs:" SHADOW_POLICIES(SHADOW_POLICY_SPACED), 1},
	{0},
};

static error_t parse_depth(int key, char *arg, struct argp_state *state)
{
	struct run_env *env = state->input;

	switch (key) {
	case OPT_DEPTH:
		env->depth = option__number(state, "depth", arg, 2, STACK_DEEPEST);
		return 0;
	case OPT_POLICY:
		env->policies = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp run_depth_argp = {.options = depth_options, .parser = parse_depth};

/* --- Settings of L0 --- */

/* The part of the help for commands that accept stacks with several of our hypervisors. */
#define CONFIG_OF_OWN                                                                                                       \
	". With --l0 own and levels from L2 on, a knob of our hypervisor: shadow_vmcs, dirty_tracking, ept_cache, vpid or " \
	"lazy_host"

static const struct argp_option settings_options[] = {
	{"shadow-vmcs", OPT_SHADOW, "SET", 0, "VMCS shadowing: on, off or on,off", 4},
	{"config", OPT_CONFIG, "KNOB=SET", 0,
	 "a knob of kvm_intel and its settings, shadow_vmcs, ept or vpid = on, off or on,off (may be repeated: every "
	 "combination is measured); all: every combination there is" CONFIG_OF_OWN,
	 4},
	{0},
};

static char *filter_settings(int key, const char *text, void *input)
{
	const struct run_env *env = input;

	return key == OPT_CONFIG && env && !env->command->deep ? run_groups__without(text, CONFIG_OF_OWN)
							       : (char *)text;
}

/* Parses "on", "off" or "on,off" into two booleans. */
static void parse_set(const struct argp_state *state, const char *option, const char *arg, bool *on, bool *off)
{
	if (strcmp(arg, "both") == 0)
		option__error(state, "--%s both is a word of version 0.1: say on,off", option);
	if (strcmp(arg, "off,on") != 0)
		option__word(state, option, arg, WORDS("on", "off", "on,off"));
	*on = strstr(arg, "on") != NULL;
	*off = strstr(arg, "off") != NULL;
}

/* The knobs of --config in the order of enum knob's bits. */
static const enum config_knob knobs[] = {CONFIG_KNOB_shadow_vmcs,    CONFIG_KNOB_ept,       CONFIG_KNOB_vpid,
					 CONFIG_KNOB_dirty_tracking, CONFIG_KNOB_ept_cache, CONFIG_KNOB_lazy_host};

#define KNOBS (sizeof(knobs) / sizeof(knobs[0]))

static void refuse_config(const struct argp_state *state, const char *arg, size_t length)
{
	const char *names[KNOBS + 2] = {[KNOBS] = "all"};
	char text[KNOBS][32], suggestion[SUGGEST_SIZE];

	for (size_t i = 0; i < KNOBS; i++) {
		text__format(text[i], sizeof(text[i]), "%s=", config__name(knobs[i]));
		names[i] = text[i];
	}
	suggest__names(suggestion, "; ", arg, length, names);
	option__error(
		state,
		"--config %s: not one of shadow_vmcs=, ept= or vpid=, of our hypervisor also dirty_tracking=, ept_cache= or "
		"lazy_host=, or all%s",
		arg, suggestion);
}

/* Parses a knob and its settings, such as "ept=on,off". */
static void parse_config(const struct argp_state *state, struct run_env *env, const char *arg)
{
	const size_t length = strcspn(arg, "=");
	char option[64];
	bool on, off;

	if (env->config_all || (strcmp(arg, "all") == 0 && (env->config_on || env->config_off)))
		option__error(state, "--config all is every combination: no other --config goes with it");
	if (strcmp(arg, "all") == 0) {
		env->config_on = env->config_off = KNOBS_ALL;
		env->config_all = true;
		return;
	}
	for (unsigned i = 0; i < KNOBS; i++) {
		const char *name = config__name(knobs[i]);

		if (arg[length] != '=' || strlen(name) != length || strncmp(arg, name, length) != 0)
			continue;
		if ((env->config_on | env->config_off) & 1u << i)
			option__error(state, "--config %s= is there twice: say --config %s=on,off for both settings",
				      name, name);
		text__format(option, sizeof(option), "config %s=", name);
		parse_set(state, option, arg + length + 1, &on, &off);
		env->config_on |= (unsigned)on << i;
		env->config_off |= (unsigned)off << i;
		return;
	}
	refuse_config(state, arg, length + (arg[length] == '='));
}

static error_t parse_settings(int key, char *arg, struct argp_state *state)
{
	struct run_env *env = state->input;
	bool on, off;

	switch (key) {
	case OPT_SHADOW:
		parse_set(state, "shadow-vmcs", arg, &on, &off);
		env->shadow = on && off ? "on,off" : on ? "on" : "off";
		return 0;
	case OPT_CONFIG:
		parse_config(state, env, arg);
		return 0;
	case ARGP_KEY_END:
		if (env->shadow && (env->config_on | env->config_off) & KNOB_SHADOW_VMCS)
			option__error(state, "--shadow-vmcs and --config %s say the same: leave one out",
				      env->config_all ? "all" : "shadow_vmcs=");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp run_settings_argp = {
	.options = settings_options, .parser = parse_settings, .help_filter = filter_settings};
