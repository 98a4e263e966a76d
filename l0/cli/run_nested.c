// SPDX-License-Identifier: GPL-2.0-only
/*
 * The options for stacks in which our hypervisor runs another hypervisor: rejects contradictions,
 * and chooses the settings to measure.
 */
#include <string.h>

#include "l0/base/util.h"
#include "l0/cli/run_env.h"
#include "l0/request/nested_config.h"
#include "vmcs-shadow/shadow_policy.h"

static bool has_outer(const struct request *r)
{
	return stack__hypervisors(r->depth, r->l0) > 1;
}

const char *run_env__nested_contradiction(const struct run_env *env)
{
	const struct request *r = &env->request;
	const unsigned knobs = env->config_all ? 0 : env->config_on | env->config_off;

	if (!has_outer(r)) {
		if (env->policies)
			return r->l0 != L0_KVM
				       ? "--shadow-policy is for levels from L2 on, where our hypervisor runs another one: --depth"
				       : "--shadow-policy is of our hypervisor: with KVM as L0 it wants --depth 3, or --l0 own";
		if (knobs & ~(unsigned)KNOBS_OF_KVM)
			return "--config dirty_tracking=, ept_cache= and lazy_host= are of our hypervisor as L0 of levels from L2 on: "
			       "--l0 own --depth 2";
		return NULL;
	}
	if (r->qemu)
		return "--vmm qemu hands over one image: levels from L3 on want the nestbed VMM";
	if (env->mmus > 1)
		return "--mmu takes one way where our hypervisor runs another one";
	if (r->ept == CONFIG_1G)
		return "pages of 1 GiB want memory aligned so, which a hypervisor that runs in ours does not have: --ept 4K or 2M";
	if (r->l0 != L0_KVM && knobs & KNOB_EPT)
		return "--config ept= is KVM's: with --l0 own it is shadow_vmcs, dirty_tracking, ept_cache, vpid and lazy_host";
	if (r->l0 == L0_KVM && knobs & ~(unsigned)KNOBS_OF_KVM)
		return "--config dirty_tracking=, ept_cache= and lazy_host= go with --l0 own";
	if (env->policies && (env->shadow || knobs & KNOB_SHADOW_VMCS || env->config_all) && r->l0 != L0_KVM)
		return "--shadow-policy says which fields are shadowed: --shadow-vmcs and --config shadow_vmcs= do not go with it";
	return NULL;
}

/*
 * Collects the policies to measure. Returns their number, or 0 after a message.
 */
static unsigned choose_policies(const struct run_env *env, enum config_policy policies[NESTED_CONFIGS_MAX])
{
	const unsigned on = env->config_on & KNOB_SHADOW_VMCS, off = env->config_off & KNOB_SHADOW_VMCS;
	const bool asked = on || off || env->shadow;
	unsigned count = 0;

	if (!env->policies) {
		/* Measure shadowing both on and off, unless the user requests one setting. */
		if (!asked || on || (env->shadow && strcmp(env->shadow, "off") != 0))
			policies[count++] = CONFIG_POLICY_USUAL;
		if (!asked || off || (env->shadow && strcmp(env->shadow, "on") != 0))
			policies[count++] = CONFIG_POLICY_NONE;
		return count;
	}
	for (const char *name = env->policies;; name++) {
		const size_t length = strcspn(name, ",");
		unsigned found;

		if (!config__find_value(CONFIG_KNOB_shadow_policy, name, length, &found)) {
			pr_err("--shadow-policy %.*s: not one of %s", (int)length, name, SHADOW_POLICY_WORDS);
			return 0;
		}
		for (unsigned i = 0; i < count; i++)
			if (policies[i] == found) {
				pr_err("--shadow-policy %.*s is there twice", (int)length, name);
				return 0;
			}
		policies[count++] = (enum config_policy)found;
		name += length;
		if (*name == '\0')
			return count;
	}
}

/* Converts bits of enum knob to bits of enum nested_switch. */
static unsigned switches_of(unsigned knobs)
{
	return (knobs & KNOB_DIRTY_TRACKING ? NESTED_NO_DIRTY_TRACKING : 0) |
	       (knobs & KNOB_EPT_CACHE ? NESTED_NO_EPT_CACHE : 0) | (knobs & KNOB_VPID ? NESTED_NO_VPID : 0) |
	       (knobs & KNOB_LAZY_HOST ? NESTED_NO_LAZY_HOST : 0);
}

int run_env__choose_nested(struct run_env *env)
{
	struct request *r = &env->request;
	enum config_policy policies[NESTED_CONFIGS_MAX];
	unsigned on, off, count;

	r->nested_count = 0;
	if (!has_outer(r))
		return NB_EXIT_GOOD;
	if (r->l0 == L0_KVM) {
		/*
		 * With KVM as L0, --config sets the knobs of KVM, and only KVM is measured in
		 * several settings.
		 */
		count = env->policies ? choose_policies(env, policies) : 1;
		if (count > 1)
			pr_err("--shadow-policy takes one where KVM is L0");
		if (count != 1)
			return NB_EXIT_USAGE;
		r->nested[r->nested_count++] = (struct nested_config){env->policies ? policies[0] : CONFIG_POLICY_USUAL,
								      0};
		return NB_EXIT_GOOD;
	}
	count = choose_policies(env, policies);
	if (count == 0)
		return NB_EXIT_USAGE;
	off = switches_of(env->config_off);
	on = switches_of(env->config_on) | (~off & (NESTED_SWITCHES - 1));
	for (unsigned switches = 0; switches < NESTED_SWITCHES; switches++) {
		if (switches & ~off || ~switches & (NESTED_SWITCHES - 1) & ~on)
			continue;
		for (unsigned i = 0; i < count; i++) {
			if (r->nested_count == NESTED_CONFIGS_MAX) {
				pr_err("--config and --shadow-policy ask for more than %u settings: name fewer",
				       NESTED_CONFIGS_MAX);
				return NB_EXIT_USAGE;
			}
			r->nested[r->nested_count++] = (struct nested_config){policies[i], switches};
		}
	}
	return NB_EXIT_GOOD;
}
