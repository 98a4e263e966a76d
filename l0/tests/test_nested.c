// SPDX-License-Identifier: GPL-2.0-only
/* Tests of the options for stacks with our hypervisor as an outer one: settings, and one line for
 * options that contradict each other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "l0/cli/run_env.h"
#include "l0/tests/capture.h"

static struct run_env env;

static void begin(bool own_l0, unsigned depth)
{
	memset(&env, 0, sizeof(env));
	env.request.l0 = own_l0 ? L0_OWN : L0_KVM;
	env.request.depth = depth;
	env.request.ept = CONFIG_2M;
}

/* The settings as the results name them, one behind the other; "refused" where there is a message
 * instead. */
static void expect_settings(const char *expected)
{
	char text[2048] = "", said[512], one[CONFIG_TEXT];
	struct capture capture = capture__begin(STDERR_FILENO);
	const int result = run_env__choose_nested(&env);

	capture__end_text(&capture, said, sizeof(said));
	if (result != 0) {
		assert_int_equal(result, 2);
		assert_true(strchr(said, '\n') == said + strlen(said) - 1); /* one line */
		assert_string_equal("refused", expected);
		return;
	}
	assert_string_equal(said, "");
	for (unsigned i = 0; i < env.request.nested_count; i++) {
		struct config config = {0};

		nested__add_to(&config, &env.request.nested[i]);
		config__write(one, sizeof(one), &config, ',');
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s", i ? " " : "", one);
	}
	assert_string_equal(text, expected);
}

static void without_an_outer_one_there_is_no_setting(void **state)
{
	(void)state;
	begin(true, 1);
	expect_settings("");
	begin(false, 2);
	expect_settings("");
}

static void both_settings_of_shadowing_by_default(void **state)
{
	(void)state;
	begin(true, 2);
	expect_settings("shadow_vmcs=on shadow_vmcs=off");
	env.shadow = "on";
	expect_settings("shadow_vmcs=on");
	env.shadow = "off";
	expect_settings("shadow_vmcs=off");
	env.shadow = "both";
	expect_settings("shadow_vmcs=on shadow_vmcs=off");
	begin(true, 3);
	env.config_off = KNOB_SHADOW_VMCS;
	expect_settings("shadow_vmcs=off");
}

static void knobs_are_a_matrix(void **state)
{
	(void)state;
	begin(true, 2);
	env.shadow = "on";
	env.config_off = KNOB_VPID;
	expect_settings("shadow_vmcs=on,vpid=off");
	env.config_on = KNOB_VPID;
	expect_settings("shadow_vmcs=on shadow_vmcs=on,vpid=off");
	env.config_off |= KNOB_LAZY_HOST;
	expect_settings("shadow_vmcs=on,lazy_host=off shadow_vmcs=on,vpid=off,lazy_host=off");
	begin(true, 2);
	env.config_on = env.config_off = KNOB_DIRTY_TRACKING | KNOB_SHADOW_VMCS;
	expect_settings("shadow_vmcs=on shadow_vmcs=off shadow_vmcs=on,dirty_tracking=off "
			"shadow_vmcs=off,dirty_tracking=off");
	begin(true, 2);
	env.config_on = env.config_off = KNOBS_ALL;
	env.config_all = true;
	assert_null(run_env__nested_contradiction(&env));
	assert_int_equal(run_env__choose_nested(&env), 0);
	assert_int_equal(env.request.nested_count, 32);
	assert_int_equal(env.request.nested[31].off, NESTED_SWITCHES - 1);
}

static void policies_are_measured_one_after_the_other(void **state)
{
	static const char *const bad[] = {"", "nonsense", "hot,", ",hot", "hot,hot", "ho", "hott", "none,linux,x"};

	(void)state;
	begin(true, 2);
	env.policies = "none,linux,hot,all,free";
	expect_settings("shadow_vmcs=off shadow_vmcs=on,shadow_policy=linux shadow_vmcs=on,shadow_policy=hot "
			"shadow_vmcs=on,shadow_policy=all shadow_vmcs=on,shadow_policy=free");
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		begin(true, 2);
		env.policies = bad[i];
		expect_settings("refused");
	}
	/* More than there are machines for. */
	begin(true, 2);
	env.policies = "linux,hot,all";
	env.config_on = env.config_off = KNOBS_ALL & ~(unsigned)(KNOB_EPT | KNOB_SHADOW_VMCS);
	expect_settings("refused");
	/* Above KVM there is one setting: what is measured in several is KVM. */
	begin(false, 3);
	expect_settings("shadow_vmcs=on");
	env.policies = "hot";
	expect_settings("shadow_vmcs=on,shadow_policy=hot");
	env.policies = "hot,all";
	expect_settings("refused");
}

static void expect_contradiction(const char *says)
{
	const char *why = run_env__nested_contradiction(&env);

	if (!says) {
		assert_null(why);
		return;
	}
	assert_non_null(why);
	assert_null(strchr(why, '\n'));
	if (!strstr(why, says))
		fail_msg("\"%s\" does not say \"%s\"", why, says);
}

static void what_does_not_go_together(void **state)
{
	(void)state;
	begin(true, 2);
	expect_contradiction(NULL);
	env.config_on = KNOB_EPT;
	expect_contradiction("--config ept= is KVM's");
	begin(true, 2);
	env.request.ept = CONFIG_1G;
	expect_contradiction("1 GiB");
	begin(true, 2);
	env.mmus = 2;
	expect_contradiction("--mmu takes one way");
	begin(true, 2);
	env.policies = "hot";
	expect_contradiction(NULL);
	env.shadow = "on";
	expect_contradiction("--shadow-policy says which");
	begin(true, 1);
	env.policies = "hot";
	expect_contradiction("levels from L2 on");
	begin(false, 2);
	env.policies = "hot";
	expect_contradiction("--depth 3");
	begin(false, 2);
	env.config_off = KNOB_LAZY_HOST;
	expect_contradiction("--l0 own --depth 2");
	begin(false, 3);
	env.config_off = KNOB_LAZY_HOST;
	expect_contradiction("go with --l0 own");
	begin(false, 3);
	env.config_off = KNOB_EPT | KNOB_SHADOW_VMCS | KNOB_VPID;
	expect_contradiction(NULL);
	env.request.qemu = true;
	expect_contradiction("--vmm qemu hands over one image");
	begin(false, 2);
	env.request.qemu = true;
	env.request.ept = CONFIG_1G;
	env.mmus = 3;
	expect_contradiction(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_an_outer_one_there_is_no_setting),
		cmocka_unit_test(both_settings_of_shadowing_by_default),
		cmocka_unit_test(knobs_are_a_matrix),
		cmocka_unit_test(policies_are_measured_one_after_the_other),
		cmocka_unit_test(what_does_not_go_together),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
