// SPDX-License-Identifier: GPL-2.0-only
/* Tests of settings that a CPU lacks: each is skipped once with a reason, and the rest is
 * measured. */
// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
// clang-format on
#include <string.h>
#include <unistd.h>

#include "l0/base/util.h"
#include "l0/request/cpu_support.h"
#include "l0/tests/capture.h"

static struct request request, one;
static char said[1024];

/* A request of KVM's configurations (bits of enum kvm_config) on these CPUs, separated by
 * commas. */
static void ask(const char *cpus, unsigned configs)
{
	request = (struct request){.configs = configs, .levels = LEVEL_L0 | LEVEL_L1 | LEVEL_L2, .depth = 2};
	for (const char *name = cpus; *name; name += strcspn(name, ","), name += *name == ',') {
		const struct cpu_model *cpu = cpu_model__find(name, strcspn(name, ","));

		assert_non_null(cpu);
		request.variant[request.variants++] = (struct variant){.cpu = cpu, .lacks = cpu->lacks};
	}
}

static int fit(unsigned on, bool l0_ept)
{
	const struct cpu_demand demand = {.on = on, .l0_ept = l0_ept};
	struct capture errors = capture__begin(STDERR_FILENO);
	int result = cpu_fit__choose(&request, &demand);

	capture__end_text(&errors, said, sizeof(said));
	return result;
}

#define BOTH_SHADOWINGS (1u << 0 | 1u << CONFIG_NO_SHADOWING)

static void two_settings_that_are_one(void **state)
{
	(void)state;
	ask("ivy-bridge,haswell", BOTH_SHADOWINGS);
	assert_int_equal(fit(0, false), NB_EXIT_GOOD);
	assert_string_equal(said, "nestbed: shadow_vmcs=on is skipped on ivy-bridge: no VMCS shadowing\n");
	assert_int_equal(request.variants, 2);
	cpu_fit__request(&request, 0, &one);
	assert_int_equal(one.configs, 1u << CONFIG_NO_SHADOWING);
	assert_int_equal(one.variants, 1);
	assert_string_equal(one.variant[0].cpu->name, "ivy-bridge");
	assert_int_equal(one.mmu, CONFIG_MMU_USUAL);
	cpu_fit__request(&request, 1, &one);
	assert_int_equal(one.configs, BOTH_SHADOWINGS);
	assert_string_equal(one.variant[0].cpu->name, "haswell");
	/* It is said once, however many requests of a command have this CPU. */
	assert_int_equal(fit(0, false), NB_EXIT_GOOD);
	assert_string_equal(said, "");
}

static void every_knob(void **state)
{
	(void)state;
	ask("penryn", 0xff);
	assert_int_equal(fit(0, false), NB_EXIT_GOOD);
	assert_non_null(strstr(said, "shadow_vmcs=on is skipped on penryn: no VMCS shadowing\n"));
	assert_non_null(strstr(said, "ept=on is skipped on penryn: no EPT\n"));
	assert_non_null(strstr(said, "vpid=on is skipped on penryn: no VPID\n"));
	cpu_fit__request(&request, 0, &one);
	assert_int_equal(one.configs, 1u << (CONFIG_NO_SHADOWING | CONFIG_NO_EPT | CONFIG_NO_VPID));
	assert_int_equal(one.mmu, CONFIG_MMU_SHADOW);
	/* Nobody has asked for VPID or EPT to be off: what the CPU lacks is no setting. */
	ask("penryn", 1u << CONFIG_NO_SHADOWING);
	assert_int_equal(fit(0, false), NB_EXIT_GOOD);
	assert_string_equal(said, "");
	cpu_fit__request(&request, 0, &one);
	assert_int_equal(one.configs, 1u << (CONFIG_NO_SHADOWING | CONFIG_NO_EPT | CONFIG_NO_VPID));
}

static void what_is_asked_for_by_name(void **state)
{
	(void)state;
	ask("sandy-bridge", 1u << 0);
	assert_int_equal(fit(CONFIG_NO_SHADOWING, false), NB_EXIT_SKIPPED);
	assert_string_equal(said, "nestbed: sandy-bridge is skipped: it has no VMCS shadowing, which is asked for\n");
	ask("lynnfield,broadwell", 1u << 0);
	assert_int_equal(fit(CONFIG_NO_SHADOWING, false), NB_EXIT_GOOD);
	assert_int_equal(request.variants, 1);
	assert_string_equal(request.variant[0].cpu->name, "broadwell");
	ask("penryn", BOTH_SHADOWINGS);
	assert_int_equal(fit(CONFIG_NO_VPID, false), NB_EXIT_SKIPPED);
	assert_non_null(strstr(said, "it has no VPID, which is asked for"));
	ask("penryn", BOTH_SHADOWINGS);
	assert_int_equal(fit(0, true), NB_EXIT_SKIPPED);
	assert_non_null(strstr(said, "it has no EPT, which KVM is to have"));
	ask("penryn,lynnfield,arrandale", BOTH_SHADOWINGS);
	request.mmu = CONFIG_MMU_EPT;
	assert_int_equal(fit(0, false), NB_EXIT_GOOD);
	assert_int_equal(request.variants, 1);
	assert_string_equal(request.variant[0].cpu->name, "arrandale");
	cpu_fit__request(&request, 0, &one);
	assert_int_equal(one.mmu, CONFIG_MMU_EPT);
	ask("ivy-bridge,haswell", BOTH_SHADOWINGS);
	request.ept = CONFIG_2M;
	request.guest_pages = CONFIG_1G;
	assert_int_equal(fit(0, false), NB_EXIT_GOOD);
	assert_non_null(strstr(said, "ivy-bridge is skipped: it has no pages of 1 GiB, which are asked for"));
	assert_int_equal(request.variants, 1);
	ask("ivy-bridge", BOTH_SHADOWINGS);
	request.ept = CONFIG_1G;
	assert_int_equal(fit(0, false), NB_EXIT_SKIPPED);
}

/* At L0 and L1, VMCS shadowing makes no difference, so no message mentions it. */
static void levels_that_it_does_not_concern(void **state)
{
	(void)state;
	ask("arrandale", BOTH_SHADOWINGS);
	request.levels = LEVEL_L0 | LEVEL_L1;
	request.depth = 1;
	assert_int_equal(fit(0, false), NB_EXIT_GOOD);
	assert_string_equal(said, "");
}

static void our_hypervisor_as_l0(void **state)
{
	(void)state;
	ask("sandy-bridge", 0);
	request.l0 = L0_OWN;
	request.nested[0] = (struct nested_config){CONFIG_POLICY_USUAL, 0};
	request.nested[1] = (struct nested_config){CONFIG_POLICY_NONE, 0};
	request.nested_count = 2;
	assert_int_equal(fit(0, false), NB_EXIT_GOOD);
	assert_string_equal(said, "nestbed: shadow_vmcs=on is skipped on sandy-bridge: no VMCS shadowing\n");
	cpu_fit__request(&request, 0, &one);
	assert_int_equal(one.nested_count, 1);
	assert_int_equal(one.nested[0].policy, CONFIG_POLICY_NONE);
	request.nested_count = 1;
	assert_int_equal(fit(0, false), NB_EXIT_SKIPPED);
	ask("lynnfield", 0);
	request.l0 = L0_OWN;
	request.nested[0] = (struct nested_config){CONFIG_POLICY_NONE, 0};
	request.nested_count = 1;
	assert_int_equal(fit(0, false), NB_EXIT_SKIPPED);
	assert_non_null(strstr(said, "it has no unrestricted guests, by which our hypervisor runs another one"));
	request.nested_count = 0;
	request.variants = 1;
	assert_int_equal(fit(0, false), NB_EXIT_GOOD);
	cpu_fit__request(&request, 0, &one);
	assert_int_equal(one.mmu, CONFIG_MMU_SHADOW);
}

static void this_computer(void **state)
{
	(void)state;
	assert_int_equal(cpu_fit__lacks("flags\t\t: fpu vme ept\n"), 0);
	assert_int_equal(cpu_fit__lacks("vmx flags\t: vnmi ept vpid unrestricted_guest shadow_vmcs pml ept_1gb\n"), 0);
	assert_int_equal(cpu_fit__lacks("vmx flags\t: vnmi ept_ad vpid unrestricted_guest\n"),
			 CPU_VMCS_SHADOWING | CPU_EPT | CPU_PAGES_1G);
	assert_int_equal(cpu_fit__lacks("vmx flags\t:\n"),
			 CPU_VMCS_SHADOWING | CPU_EPT | CPU_VPID | CPU_UNRESTRICTED_GUEST | CPU_PAGES_1G);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_settings_that_are_one), cmocka_unit_test(every_knob),
		cmocka_unit_test(what_is_asked_for_by_name), cmocka_unit_test(levels_that_it_does_not_concern),
		cmocka_unit_test(our_hypervisor_as_l0),      cmocka_unit_test(this_computer),
	};

	return cmocka_run_group_tests_name("cpu_fit", tests, NULL, NULL);
}
