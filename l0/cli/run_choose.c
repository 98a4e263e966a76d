// SPDX-License-Identifier: GPL-2.0-only
/*
 * Chooses the values that the command line of `nestbed run` leaves open, and rejects options that
 * contradict each other.
 */
#include <string.h>

#include "l0/base/suggest.h"
#include "l0/base/util.h"
#include "l0/cli/run_env.h"
#include "l0/request/availability.h"
#include "l0/request/cpu_support.h"
#include "l0/request/machine_plan.h"
#include "microbench/ops.h"
#include "trace/modes.h"

static void unknown_op(const char *name, size_t length)
{
	const char *names[2 * NB_OP_COUNT + 1]; /* operations, and each family once */
	char suggestion[SUGGEST_SIZE];
	size_t count = 0;

	for (int op = 0; op < NB_OP_COUNT; op++)
		if (!(nb_op_info[op].where & NB_NAMED))
			names[count++] = nb_op_info[op].name;
	for (int op = 0; op < NB_OP_COUNT; op++)
		if (op == 0 || strcmp(nb_op_info[op].family, nb_op_info[op - 1].family) != 0)
			names[count++] = nb_op_info[op].family;
	names[count] = NULL;
	suggest__names(suggestion, " ", name, length, names);
	pr_err("unknown operation \"%.*s\":%s `nestbed list` shows them all", (int)length, name, suggestion);
}

static void add_op(struct run_env *env, enum nb_op op)
{
	char *out = env->all_ops;

	if (op == NB_OP_empty)
		return;
	/* Measure an operation once, even if it is named twice. */
	for (const char *name = out; *name; name += strcspn(name, ","), name += *name == ',')
		if (nb_op_find(name, (unsigned)strcspn(name, ",")) == (int)op)
			return;
	text__format(out + strlen(out), sizeof(env->all_ops) - strlen(out), ",%s", nb_op_info[op].name);
}

/*
 * Returns the command that runs this operation, if the operation makes no rows. Returns NULL if any
 * command may run it.
 */
static const char *command_of(int op)
{
	return op == NB_OP_fields ? "fields" : op == NB_OP_walks ? "walk" : op == NB_OP_chase ? "chase" : NULL;
}

/*
 * Adds the operation, the family or all operations that name[0..length) names. Returns false if it
 * names nothing, or, after a message, if another command runs the operation.
 */
static bool add_named(struct run_env *env, const char *name, size_t length)
{
	bool all = length == 3 && strncmp(name, "all", 3) == 0;
	bool any = false;
	int only = nb_op_find(name, (unsigned)length);

	if (command_of(only) && !(env->command->op && strcmp(env->command->op, nb_op_info[only].name) == 0)) {
		pr_err("%s makes no rows: it has its own command, nestbed %s", nb_op_info[only].name, command_of(only));
		return false;
	}
	if (only >= 0) {
		add_op(env, only);
		return true;
	}
	for (enum nb_op op = 0; op < NB_OP_COUNT; op++) {
		const char *family = nb_op_info[op].family;

		if ((all || (strlen(family) == length && strncmp(name, family, length) == 0)) &&
		    !(nb_op_info[op].where & NB_NAMED)) {
			add_op(env, op);
			any = true;
		}
	}
	return any;
}

/*
 * Collects the requested operations, or the default ones. `empty` is the first. Returns false after
 * a message.
 */
static bool choose_ops(struct run_env *env)
{
	text__format(env->all_ops, sizeof(env->all_ops), "empty");
	env->request.ops = env->all_ops;
	for (enum nb_op op = 0; !env->ops && op < NB_OP_COUNT; op++)
		if (nb_op_info[op].where & NB_FIRST)
			add_op(env, op);
	for (const char *name = env->ops; name;) {
		size_t length = strcspn(name, ",");

		if (!add_named(env, name, length)) {
			if (nb_op_find(name, (unsigned)length) < 0)
				unknown_op(name, length);
			return false;
		}
		name = name[length] ? name + length + 1 : NULL;
	}
	return true;
}

/*
 * Returns true if --l0 none comes with options that need a hypervisor. In version 0.1, --l0 none
 * meant our hypervisor as L0.
 */
static bool means_own(const struct run_env *env)
{
	return env->request.l0 == L0_NONE && (env->request.levels & ~(unsigned)LEVEL_L0 || env->depth || env->shadow ||
					      env->config_on || env->config_off || env->config_all || env->policies ||
					      env->mmus || env->request.fault || env->words[0]);
}

static bool has_parameter(const char *parameters, const char *name)
{
	const size_t length = strlen(name);

	for (const char *p = parameters; *p; p += strcspn(p, " "), p += strspn(p, " "))
		if (strncmp(p, name, length) == 0 && p[length] == '=')
			return true;
	return false;
}

/* Returns true if --kvm-param sets a parameter that another option sets, too. */
static bool has_parameter_of_config(const struct run_env *env)
{
	const unsigned set = env->config_on | env->config_off | (env->shadow ? CONFIG_NO_SHADOWING : 0);

	return (set & CONFIG_NO_SHADOWING && has_parameter(env->kvm_params, "enable_shadow_vmcs")) ||
	       (set & CONFIG_NO_EPT && has_parameter(env->kvm_params, "ept")) ||
	       (set & CONFIG_NO_VPID && has_parameter(env->kvm_params, "vpid"));
}

/*
 * Rejects options that have no effect with the rest of the command line, instead of ignoring them.
 * Returns true after a message if there is one.
 */
static bool contradictory(const struct run_env *env)
{
	const struct request *r = &env->request;
	const char *why = NULL;

	if (means_own(env))
		why = "--l0 none is a machine without a hypervisor, level L0 alone; " RUN_L0_NONE_OF_OLD;
	else if (r->l0 != L0_KVM && (r->qemu || r->reload_kvm || env->kvm_params[0]))
		why = "only --l0 kvm has KVM: --vmm, --reload-kvm and --kvm-param do not go with --l0 own or none";
	else if (r->l0 != L0_KVM && r->depth < 2 &&
		 (env->shadow || env->config_on || env->config_off || env->config_all))
		why = "--l0 own has no KVM: --shadow-vmcs and --config are for levels from L2 on, where our hypervisor runs another one";
	else if (r->trace && (r->l0 != L0_KVM || r->qemu))
		why = "--trace watches KVM under the nestbed VMM: it does not go with --l0 own, --l0 none or --vmm qemu";
	else if (r->trace_buffer && !(r->trace & 1u << TRACE_MODE_STREAM))
		why = "--trace-buffer is for --trace stream: nothing else sends events";
	else if (env->command == &trace_command && r->levels == LEVEL_L0)
		why = "nothing exits at L0, so there is nothing to trace: --level L1 or L2";
	else if (has_parameter_of_config(env))
		why = "--kvm-param and --config or --shadow-vmcs set the same parameter of kvm_intel: leave one out";
	else if (r->qemu && r->fault)
		why = "--fault does not go with --vmm qemu";
	else if (strcmp(env->machine, "host") == 0 && env->kvm_params[0] && !r->reload_kvm)
		why = "--kvm-param wants --reload-kvm on --machine host";
	else if (strcmp(env->machine, "host") == 0 &&
		 (env->machines.kernels || env->machines.args_count || env->machines.cpus))
		why = "--kernel, --kernel-args and --cpu choose what an emulated machine is: they go with --machine bochs";
	else if (strcmp(env->machine, "bochs") == 0 && r->reload_kvm)
		why = "--reload-kvm is for --machine host: an emulated machine's module is always reloaded";
	else
		why = run_env__nested_contradiction(env);
	if (why)
		pr_err("%s", why);
	return why != NULL;
}

/* Returns the number of the deepest level that the user may request from this command. */
static unsigned deepest(const struct run_env *env)
{
	if (env->command->deep)
		return STACK_DEEPEST;
	return env->request.l0 == L0_KVM ? 2 : 1;
}

/* Adds one level of the list. Returns false after a message. */
static bool add_level(struct run_env *env, const char *name, size_t length)
{
	static const char *const names[] = {"L0", "L1", "L2", "L3", "L4", NULL};
	char known[32] = "", suggestion[SUGGEST_SIZE] = "";
	struct request *r = &env->request;
	unsigned number = 0;

	while (names[number] && (length != 2 || strncmp(name, names[number], 2) != 0))
		number++;
	if (number <= deepest(env) && (r->depth == 0 || number <= r->depth)) {
		r->levels |= LEVEL(number);
		return true;
	}
	for (unsigned i = 0; i <= deepest(env); i++)
		text__format(known + strlen(known), sizeof(known) - strlen(known), "%s%s", i ? ", " : "", names[i]);
	if (!names[number])
		suggest__names(suggestion, "; ", name, length, names);
	if (number <= deepest(env))
		pr_err("--level %s is deeper than --depth %u", names[number], r->depth);
	else if (names[number] && r->l0 != L0_KVM)
		pr_err("--level %s: with --l0 own the levels are L0 and L1 here: our hypervisor is L0", names[number]);
	else
		pr_err("--level %.*s: not one of %s%s", (int)length, name, known, suggestion);
	return false;
}

static bool choose_levels(struct run_env *env)
{
	struct request *r = &env->request;

	r->depth = env->depth;
	if (!env->levels && env->depth) {
		r->levels = (LEVEL(env->depth + 1) - 1) & ~(unsigned)LEVEL_L0;
		return true;
	}
	if (!env->levels)
		r->levels = LEVEL_L0 | (r->l0 != L0_NONE ? LEVEL_L1 : 0) | (r->l0 == L0_KVM ? LEVEL_L2 : 0);
	for (const char *name = env->levels; name;) {
		const size_t length = strcspn(name, ",");

		if (!add_level(env, name, length))
			return false;
		name = name[length] ? name + length + 1 : NULL;
	}
	for (unsigned level = 0; env->depth == 0 && level <= STACK_DEEPEST; level++)
		if (r->levels & LEVEL(level))
			r->depth = level;
	return true;
}

/* Returns true if only hypervisors can execute the requested operations. `empty` does not count. */
static bool only_hypervisors(const char *ops)
{
	for (const char *name = ops; *name; name += strcspn(name, ","), name += *name == ',') {
		int op = nb_op_find(name, (unsigned)strcspn(name, ","));

		if (op != NB_OP_empty && nb_op_info[op].where & NB_ANYWHERE)
			return false;
	}
	return strcmp(ops, nb_op_info[NB_OP_empty].name) != 0;
}

/* Returns NB_EXIT_GOOD; or NB_EXIT_SKIPPED or NB_EXIT_USAGE after a message. */
static int choose_machine(struct run_env *env)
{
	struct request *r = &env->request;
	char why[512];
	bool nested = r->levels >= LEVEL_L2 || (r->levels & ~(unsigned)LEVEL_L0 && only_hypervisors(env->all_ops));

	if (strcmp(env->machine, "auto") == 0) {
		bool host = machine_host__can_run(why, sizeof(why));

		if (r->l0 != L0_KVM)
			text__format(why, sizeof(why), "--l0 %s needs its own machine", l0__name(r->l0));
		r->machine = host && r->l0 == L0_KVM ? "host" : "bochs";
		text__format(env->note, sizeof(env->note), "machine %s: %s", r->machine, why);
	} else {
		r->machine = env->machine;
		text__format(env->note, sizeof(env->note), "machine %s, as asked", r->machine);
	}
	if (strcmp(r->machine, "host") == 0 && r->l0 != L0_KVM) {
		pr_err("--l0 %s does not go with --machine host: our image would take the whole computer; use "
		       "--machine bochs",
		       l0__name(r->l0));
		return NB_EXIT_USAGE;
	}
	if (strcmp(r->machine, "host") == 0 && nested && !machine_host__can_run(why, sizeof(why))) {
		pr_err("%s; or use --machine bochs, or --level L0,L1", why);
		return NB_EXIT_SKIPPED;
	}
	if (strcmp(r->machine, "bochs") == 0 && !(r->l0 != L0_KVM ? machine_bochs__can_run_bare(why, sizeof(why))
								  : machine_bochs__can_run(why, sizeof(why)))) {
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

static bool is_off(const char *parameter, bool *known)
{
	char path[128], value[8] = "";

	text__format(path, sizeof(path), "/sys/module/kvm_intel/parameters/%s", parameter);
	*known = file__read_text(path, value, sizeof(value));
	return value[0] == 'N';
}

/*
 * Returns the current settings of this computer's kvm_intel, as a bit of request.configs. Returns 0
 * if the module is not loaded.
 */
static unsigned present_config(void)
{
	static const char *const parameters[] = {"enable_shadow_vmcs", "ept", "vpid"};
	unsigned config = 0;
	bool known = false;

	for (unsigned i = 0; i < sizeof(parameters) / sizeof(parameters[0]); i++)
		config |= (unsigned)is_off(parameters[i], &known) << i;
	return known ? 1u << config : 0;
}

/*
 * The bits of request.configs, one for each configuration, that stand for configurations with
 * CONFIG_NO_EPT.
 */
#define WITHOUT_EPT (1u << 2 | 1u << 3 | 1u << 6 | 1u << 7)
_Static_assert(CONFIG_NO_EPT == 2 && CONFIG_COUNT == 8, "which are numbers 2, 3, 6 and 7");

static bool choose_configs(struct run_env *env)
{
	struct request *r = &env->request;
	unsigned on = env->config_on, off = env->config_off;
	bool asked = on || off || env->shadow;

	if (env->shadow) {
		on = (on & ~(unsigned)CONFIG_NO_SHADOWING) |
		     (strcmp(env->shadow, "off") != 0 ? CONFIG_NO_SHADOWING : 0);
		off = (off & ~(unsigned)CONFIG_NO_SHADOWING) |
		      (strcmp(env->shadow, "on") != 0 ? CONFIG_NO_SHADOWING : 0);
	}
	/*
	 * By default, measure both settings of VMCS shadowing. Measure the other knobs only with
	 * KVM's default, on.
	 */
	if (!((on | off) & CONFIG_NO_SHADOWING)) {
		on |= CONFIG_NO_SHADOWING;
		off |= CONFIG_NO_SHADOWING;
	}
	if (env->l0_ept || env->l0_shadow) {
		on = (on & ~(unsigned)CONFIG_NO_EPT) | (env->l0_ept ? CONFIG_NO_EPT : 0);
		off = (off & ~(unsigned)CONFIG_NO_EPT) | (env->l0_shadow ? CONFIG_NO_EPT : 0);
	}
	on |= ~off & (CONFIG_NO_EPT | CONFIG_NO_VPID);
	if (r->l0 != L0_KVM)
		return true;
	/*
	 * If several --mmu values are measured, "ept" uses only the settings in which KVM has EPT.
	 */
	if (env->mmus > 1 && r->mmu == CONFIG_MMU_EPT && on & CONFIG_NO_EPT)
		off &= ~(unsigned)CONFIG_NO_EPT;
	for (unsigned config = 0; config < CONFIG_COUNT; config++)
		if (!(config & ~off) && !(~config & (CONFIG_COUNT - 1) & ~on))
			r->configs |= 1u << config;
	if (request__may_reload(r))
		return true;
	if (asked && r->configs != present_config() && r->levels & ~(unsigned)LEVEL_L0) {
		pr_err("kvm_intel here has other settings than --shadow-vmcs or --config ask for: --reload-kvm lets nestbed "
		       "reload the module");
		return false;
	}
	r->configs = present_config();
	if ((env->l0_ept && r->configs & WITHOUT_EPT) || (env->l0_shadow && r->configs & ~WITHOUT_EPT)) {
		pr_err("kvm_intel here has EPT %s, but --mmu needs the other setting: --reload-kvm lets nestbed reload the module",
		       env->l0_ept ? "off" : "on");
		return false;
	}
	return true;
}

/* Returns the settings that the command line requests as "on", and not as "off" too. */
static struct cpu_demand demand_of(const struct run_env *env)
{
	unsigned on = env->config_on & ~env->config_off & (CONFIG_COUNT - 1);

	if (env->shadow)
		on = (on & ~(unsigned)CONFIG_NO_SHADOWING) | (strcmp(env->shadow, "on") == 0 ? CONFIG_NO_SHADOWING : 0);
	return (struct cpu_demand){.on = on, .l0_ept = env->l0_ept};
}

/*
 * Prints a message if no requested level can measure some operations. Returns false if there are no
 * other operations.
 */
static bool has_levels_for_ops(const struct run_env *env)
{
	const char *levels = env->request.l0 == L0_KVM ? "L1" : "L0 and L1";
	unsigned others, lost = plan__lost_ops(&env->request, &others);

	if (lost == 0 || env->command->op)
		return true;
	if (others == 0)
		pr_err("our hypervisor executes the operations of the family vmx: add its level (%s) to --level",
		       levels);
	else
		pr_info("%u operations of the family vmx are not measured: our hypervisor executes them, and --level lacks "
			"its level (%s)",
			lost, levels);
	return others > 0;
}

int run_env__choose(struct run_env *env)
{
	struct cpu_demand demand;
	int result;

	if (!choose_levels(env) || contradictory(env) || !choose_ops(env) || !has_levels_for_ops(env))
		return NB_EXIT_USAGE;
	result = run_env__choose_nested(env);
	if (result == NB_EXIT_GOOD)
		result = choose_machine(env);
	/*
	 * The default of the command applies only if kvm_intel may be reloaded. Otherwise KVM is
	 * measured with its current settings.
	 */
	if (result == NB_EXIT_GOOD && !env->shadow && request__may_reload(&env->request))
		env->shadow = env->usual_shadow;
	demand = demand_of(env);
	if (result == NB_EXIT_GOOD)
		result = variants__choose(&env->request, &env->machines);
	if (result == NB_EXIT_GOOD && !choose_configs(env))
		result = NB_EXIT_USAGE;
	if (result == NB_EXIT_GOOD) {
		result = cpu_fit__choose(&env->request, &demand);
		env->unfit = result != NB_EXIT_GOOD;
	}
	if (result == NB_EXIT_GOOD && env->request.l0 == L0_NONE)
		pr_info("--l0 none: no hypervisor at all; our hypervisor as L0, which 0.1 called none, is --l0 own");
	return result;
}
