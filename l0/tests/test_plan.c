// SPDX-License-Identifier: GPL-2.0-only
/* The plan: which steps a request becomes, in which order, and the command lines of images on the bare machine. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "plan.h"

static const struct plan_place with_reload = {
	.programs = "/p", .qemu = "/q/qemu", .reload = true, .watchdog_mticks = 100};
static const struct plan_place as_it_is = {.programs = "/p", .qemu = "/q/qemu", .watchdog_mticks = 100};

static struct request usual(void)
{
	return (struct request){
		.machine = "bochs",
		.ops = "empty,cpuid",
		.iterations = 1000,
		.warmup = 64,
		.levels = LEVEL_L0 | LEVEL_L1 | LEVEL_L2,
		.shadowing = SHADOWING_ON | SHADOWING_OFF,
		.kvm_params = "",
		.ept = "2M",
		.timeout = 20,
	};
}

static unsigned count(const char *text, const char *what)
{
	unsigned n = 0;

	for (const char *p = text; (p = strstr(p, what)) != NULL; p++)
		n++;
	return n;
}

static void both_settings_in_one_boot(void **state)
{
	struct request r = usual();
	char plan[PLAN_SIZE];
	const char *off;

	(void)state;
	plan__write(plan, &r, &with_reload);
	off = strstr(plan, "enable_shadow_vmcs=0");
	assert_non_null(off);
	assert_int_equal(count(plan, "module kvm_intel nested=1"), 2);
	assert_int_equal(count(plan, "--level\tL0"), 1);
	assert_int_equal(count(plan, "--level\tL1"), 1);
	assert_int_equal(count(plan, "--level\tL2"), 2);
	assert_true(strstr(plan, "enable_shadow_vmcs=1") < off);
	assert_int_equal(count(off, "--level\tL2"), 1);
	assert_int_equal(count(plan, "--metadata"), 1);
}

static void without_l2_the_setting_is_made_once(void **state)
{
	struct request r = usual();
	char plan[PLAN_SIZE];

	(void)state;
	r.levels = LEVEL_L0 | LEVEL_L1;
	plan__write(plan, &r, &with_reload);
	assert_int_equal(count(plan, "module "), 1);
	assert_int_equal(count(plan, "run "), 3);
}

static void a_machine_that_may_not_reload_is_left_alone(void **state)
{
	struct request r = usual();
	char plan[PLAN_SIZE];

	(void)state;
	r.shadowing = SHADOWING_ON;
	plan__write(plan, &r, &as_it_is);
	assert_int_equal(count(plan, "module "), 0);
	assert_int_equal(count(plan, "run "), 4);
	assert_int_equal(count(plan, "--metadata"), 1);
}

static void every_choice_of_levels_writes_the_metadata_once(void **state)
{
	(void)state;
	for (unsigned levels = 1; levels < 8; levels++) {
		for (int variant = 0; variant < 4; variant++) {
			struct request r = usual();
			char plan[PLAN_SIZE];

			r.levels = levels;
			r.qemu = variant & 1;
			plan__write(plan, &r, variant & 2 ? &with_reload : &as_it_is);
			assert_int_equal(count(plan, "--metadata"), 1);
		}
	}
}

static void parameters_go_to_the_module(void **state)
{
	struct request r = usual();
	char plan[PLAN_SIZE];

	(void)state;
	r.kvm_params = "ept=0 vpid=0";
	plan__write(plan, &r, &with_reload);
	assert_int_equal(count(plan, "enable_shadow_vmcs=1 ept=0 vpid=0\n"), 1);
	assert_int_equal(count(plan, "enable_shadow_vmcs=0 ept=0 vpid=0\n"), 1);
}

static void qemu_gets_each_image_with_one_command_line(void **state)
{
	struct request r = usual();
	char plan[PLAN_SIZE];

	(void)state;
	r.qemu = true;
	r.shadowing = SHADOWING_OFF;
	plan__write(plan, &r, &with_reload);
	assert_int_equal(count(plan, "run /q/qemu\t"), 2);
	assert_int_equal(count(plan, "run /p/nestbed-vmm\t--level\tL0"), 1); /* L0 has no VM */
	assert_int_equal(count(plan, "-kernel\t/p/bench.elf\t-append\tsink=debugcon "), 1);
	assert_int_equal(count(plan, "-kernel\t/p/hypervisor.elf\t-initrd\t/p/bench.elf\t-append\tsink=debugcon "), 1);
	assert_int_equal(count(plan, "config=shadow_vmcs=off"), 2);
}

static void the_bare_hypervisor_gets_its_guest_behind_the_dashes(void **state)
{
	struct request r = usual();
	char line[1024];

	(void)state;
	r.fault = "hang";
	plan__bare_cmdline(line, sizeof(line), &r, LEVEL_L1, 7);
	assert_string_equal(line,
			    "sink=lpt level=L1 l0=none config= ept=2M watchdog=7 fault=hang -- sink=doorbell level=L1 "
			    "ops=empty,cpuid n=1000 warmup=64");
	plan__bare_cmdline(line, sizeof(line), &r, LEVEL_L0, 7);
	assert_string_equal(line, "sink=lpt level=L0 l0=none ops=empty,cpuid n=1000 warmup=64");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_settings_in_one_boot),
		cmocka_unit_test(without_l2_the_setting_is_made_once),
		cmocka_unit_test(a_machine_that_may_not_reload_is_left_alone),
		cmocka_unit_test(every_choice_of_levels_writes_the_metadata_once),
		cmocka_unit_test(parameters_go_to_the_module),
		cmocka_unit_test(qemu_gets_each_image_with_one_command_line),
		cmocka_unit_test(the_bare_hypervisor_gets_its_guest_behind_the_dashes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
