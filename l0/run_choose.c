// SPDX-License-Identifier: GPL-2.0-only
/* What `nestbed run` chooses where the command line leaves it open, and what it refuses. */
#include <string.h>

#include "machine/availability.h"
#include "ops.h"
#include "run_env.h"
#include "suggest.h"
#include "util.h"

static void unknown_op(const char *name, size_t length)
{
	const char *names[NB_OP_COUNT + 1];
	char suggestion[SUGGEST_SIZE];
	size_t count = 0;

	for (int op = 0; op < NB_OP_COUNT; op++)
		if (!(nb_op_info[op].where & NB_FAULT))
			names[count++] = nb_op_info[op].name;
	names[count] = NULL;
	suggest__names(suggestion, " ", name, length, names);
	pr_err("unknown operation \"%.*s\":%s `nestbed list` shows them all", (int)length, name, suggestion);
}

/* The operations asked for, or all but those that end the guest; `empty` in front. False after a message. */
static bool choose_ops(struct run_env *env)
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
			unknown_op(name, length);
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
static bool contradictory(const struct run_env *env)
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

static bool choose_levels(struct run_env *env)
{
	static const char *const names[] = {"L0", "L1", "L2", NULL};
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
			char suggestion[SUGGEST_SIZE] = "";

			if (!level)
				suggest__names(suggestion, "; ", name, length, names);
			pr_err("--level %.*s: %s%s", (int)length, name,
			       level ? "with --l0 none the levels are L0 and L1: our hypervisor is L0"
				     : "not one of L0, L1, L2",
			       suggestion);
			return false;
		}
		env->request.levels |= level;
		name += length;
		if (*name == '\0')
			return true;
	}
}

/* NB_EXIT_GOOD, NB_EXIT_SKIPPED or NB_EXIT_USAGE, the last two after a message. */
static int choose_machine(struct run_env *env)
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

bool request__may_reload(const struct request *r)
{
	return strcmp(r->machine, "bochs") == 0 || r->reload_kvm;
}

static bool choose_shadowing(struct run_env *env)
{
	struct request *r = &env->request;
	unsigned wanted = !env->shadow || strcmp(env->shadow, "both") == 0 ? SHADOWING_ON | SHADOWING_OFF
			  : strcmp(env->shadow, "on") == 0                 ? SHADOWING_ON
									   : SHADOWING_OFF;
	char value[8] = "";
	unsigned present;

	if (r->l0_none)
		return true;
	if (request__may_reload(r)) {
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

int run_env__choose(struct run_env *env)
{
	int result;

	if (contradictory(env) || !choose_ops(env) || !choose_levels(env))
		return NB_EXIT_USAGE;
	result = choose_machine(env);
	if (result == NB_EXIT_GOOD && !choose_shadowing(env))
		result = NB_EXIT_USAGE;
	return result;
}
