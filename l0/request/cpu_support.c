// SPDX-License-Identifier: GPL-2.0-only
/* Selects the settings of a request that each CPU supports. */
#include "l0/request/cpu_support.h"

#include <stdio.h>
#include <string.h>

#include "l0/base/util.h"
#include "microbench/ops.h"

/*
 * Our hypervisor uses EPT only with unrestricted guests, because its guest starts without paging.
 */
#define CPU_EPT_FOR_US (CPU_EPT | CPU_UNRESTRICTED_GUEST)
#define KNOBS          3u

static const struct {
	const char *knob, *lacks, *cpuinfo;
} features[] = {
	{"shadow_vmcs=on", "VMCS shadowing", "shadow_vmcs"},
	{"ept=on", "EPT", "ept"},
	{"vpid=on", "VPID", "vpid"},
	{NULL, "unrestricted guests", "unrestricted_guest"},
	{NULL, "pages of 1 GiB", "ept_1gb"},
};

#define FEATURES (sizeof(features) / sizeof(features[0]))

unsigned cpu_fit__lacks(const char *line)
{
	unsigned lacks = 0;

	if (strncmp(line, "vmx flags", 9) != 0 || !strchr(line, ':'))
		return 0;
	line = strchr(line, ':') + 1;
	for (unsigned i = 0; i < FEATURES; i++) {
		const size_t length = strlen(features[i].cpuinfo);
		bool there = false;

		for (const char *word = line + strspn(line, " \t"); *word;) {
			const size_t letters = strcspn(word, " \n");

			there = there || (letters == length && strncmp(word, features[i].cpuinfo, length) == 0);
			word += letters;
			word += strspn(word, " \n");
		}
		lacks |= there ? 0 : 1u << i;
	}
	return lacks;
}

static const char *cpu_name(const struct variant *v)
{
	return v->cpu ? v->cpu->name : "this computer's CPU";
}

/* Returns true if the request measures with this knob on (off: with the knob off). */
static bool has_setting(const struct request *r, unsigned knob, bool off)
{
	for (unsigned config = 0; config < CONFIG_COUNT; config++)
		if (r->configs & 1u << config && !(config & knob) == !off)
			return true;
	return false;
}

/*
 * Returns true if VMCS shadowing can change a result. Below L2 it affects only the VMX instructions
 * of our hypervisor.
 */
static bool concerns_shadowing(const struct request *r)
{
	return r->levels & ~(unsigned)(LEVEL_L0 | LEVEL_L1) || r->depth > 1;
}

static bool shadows(const struct nested_config *config)
{
	return config->policy != CONFIG_POLICY_NONE;
}

/* Returns true if the request also measures the same switches without VMCS shadowing. */
static bool has_unshadowed(const struct request *r, unsigned off)
{
	for (unsigned i = 0; i < r->nested_count; i++)
		if (!shadows(&r->nested[i]) && r->nested[i].off == off)
			return true;
	return false;
}

/*
 * Returns why a CPU that lacks these features cannot measure any part of the request, or NULL if it
 * can. *needs gets the features that it would need.
 */
static const char *why_not(const struct request *r, unsigned lacks, const struct cpu_demand *demand, unsigned *needs)
{
	*needs = lacks & CPU_PAGES_1G;
	if (*needs && (r->ept == CONFIG_1G || r->guest_pages == CONFIG_1G))
		return "which are asked for";
	*needs = lacks & CPU_EPT_FOR_US;
	if (r->nested_count > 0 && *needs)
		return "by which our hypervisor runs another one";
	if (r->mmu == CONFIG_MMU_EPT && *needs)
		return "which our hypervisor needs to give its guest an EPT (--mmu)";
	*needs = lacks & CPU_EPT;
	if (demand->l0_ept && *needs)
		return "which KVM is to have (--mmu)";
	*needs = lacks & CPU_VMCS_SHADOWING;
	if (r->l0 != L0_KVM && r->nested_count > 0 && *needs && !has_unshadowed(r, r->nested[0].off))
		return "which is asked for";
	*needs = lacks & demand->on;
	return *needs && r->l0 == L0_KVM ? "which is asked for" : NULL;
}

static void add_name(char *names, size_t size, const char *name)
{
	text__format(names + strlen(names), size - strlen(names), "%s%s", *names ? ", " : "", name);
}

/* Several requests of one command have the same CPUs, so each line is printed only once. */
static void say_once(const char *line)
{
	static char said[32][256];
	static unsigned count;

	for (unsigned i = 0; i < count; i++)
		if (strcmp(said[i], line) == 0)
			return;
	if (count < 32)
		text__format(said[count++], sizeof(said[0]), "%.255s", line);
	pr_err("%s", line);
}

/* Reports the CPUs that skip the setting "on" of a knob, because the knob is always off there. */
static void say_skipped(const struct request *r, unsigned knob)
{
	const unsigned bit = 1u << knob;
	char names[128] = "", line[256];
	unsigned count = 0;

	if (bit == CONFIG_NO_SHADOWING && !concerns_shadowing(r))
		return;
	if (r->nested_count > 0 && r->l0 != L0_KVM ? bit != CONFIG_NO_SHADOWING
						   : !has_setting(r, bit, false) || !has_setting(r, bit, true))
		return;
	for (unsigned i = 0; i < r->variants; i++)
		if (r->variant[i].lacks & bit && !strstr(names, cpu_name(&r->variant[i]))) {
			add_name(names, sizeof(names), cpu_name(&r->variant[i]));
			count++;
		}
	if (count == 0)
		return;
	text__format(line, sizeof(line), "%s is skipped on %s: no %s", features[knob].knob, names,
		     features[knob].lacks);
	say_once(line);
}

int cpu_fit__choose(struct request *r, const struct cpu_demand *demand)
{
	unsigned kept = 0;

	for (unsigned i = 0; i < r->variants; i++) {
		const struct variant *v = &r->variant[i];
		char names[128] = "", line[256];
		unsigned needs;
		const char *why = why_not(r, v->lacks, demand, &needs);

		if (!why) {
			r->variant[kept++] = *v;
			continue;
		}
		for (unsigned feature = 0; feature < FEATURES; feature++)
			if (needs & 1u << feature)
				add_name(names, sizeof(names), features[feature].lacks);
		text__format(line, sizeof(line), "%s is skipped: it has no %s, %s", cpu_name(v), names, why);
		say_once(line);
	}
	r->variants = kept;
	for (unsigned knob = 0; knob < KNOBS; knob++)
		say_skipped(r, knob);
	return kept > 0 ? NB_EXIT_GOOD : NB_EXIT_SKIPPED;
}

void cpu_fit__request(const struct request *r, unsigned variant, struct request *one)
{
	const unsigned lacks = r->variant[variant].lacks, off = lacks & (CONFIG_COUNT - 1);

	*one = *r;
	one->variant[0] = r->variant[variant];
	one->variants = 1;
	/* On a CPU without a feature, "on" and "off" are the same setting. It is measured once. */
	one->configs = 0;
	for (unsigned config = 0; config < CONFIG_COUNT; config++)
		if (r->configs & 1u << config)
			one->configs |= 1u << (config | off);
	one->nested_count = 0;
	for (unsigned i = 0; i < r->nested_count; i++)
		if (r->l0 == L0_KVM || !(lacks & CPU_VMCS_SHADOWING) || !shadows(&r->nested[i]))
			one->nested[one->nested_count++] = r->nested[i];
	if (r->mmu == CONFIG_MMU_USUAL && lacks & CPU_EPT_FOR_US)
		one->mmu = CONFIG_MMU_SHADOW;
}
