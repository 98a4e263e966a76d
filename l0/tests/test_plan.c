// SPDX-License-Identifier: GPL-2.0-only
/* Tests of the plan: the steps of a request, their order, the number of runs, and the command lines
 * of images. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "l0/request/machine_plan.h"
#include "microbench/ops.h"
#include "trace/modes.h"

#define SHADOWING_ON  (1u << 0)
#define SHADOWING_OFF (1u << CONFIG_NO_SHADOWING)
#define BOTH          (SHADOWING_ON | SHADOWING_OFF)
#define EVERY_CONFIG  ((1u << CONFIG_COUNT) - 1)
#define EVERY_LEVEL   (LEVEL_L0 | LEVEL_L1 | LEVEL_L2)
#define WITH_VMX      "empty,cpuid,vmptrst"

static const struct plan_place with_reload = {
	.programs = "/p", .qemu = "/q/qemu", .reload = true, .watchdog_mticks = 100};
static const struct plan_place as_it_is = {.programs = "/p", .qemu = "/q/qemu", .watchdog_mticks = 100};

static struct request usual(void)
{
	return (struct request){
		.machine = "bochs",
		.variants = 1,
		.ops = "empty,cpuid",
		.iterations = 1000,
		.warmup = 64,
		.levels = EVERY_LEVEL,
		.configs = BOTH,
		.seed = 7,
		.kvm_params = "",
		.ept = CONFIG_2M,
		.guest_pages = CONFIG_2M,
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

/* Returns the places of the VMM's steps in the order of the plan, as "L0,L1,L2 L2 ". */
static void places_of(const char *plan, char *places, size_t size)
{
	places[0] = '\0';
	for (const char *p = plan; (p = strstr(p, "--place\t")) != NULL;) {
		size_t used = strlen(places), length;

		p += strlen("--place\t");
		length = strcspn(p, "\t\n");
		assert_true(used + length + 2 < size);
		memcpy(places + used, p, length);
		strcpy(places + used + length, " ");
	}
}

static void expect_places(const struct request *r, const char *expected)
{
	char plan[PLAN_SIZE], places[512];

	plan__write(plan, r, &with_reload);
	places_of(plan, places, sizeof(places));
	assert_string_equal(places, expected);
}

static void a_whole_plan(void **state)
{
	struct request r = usual();
	char plan[PLAN_SIZE];

	(void)state;
	plan__write(plan, &r, &with_reload);
	assert_string_equal(plan, "module kvm_intel nested=1 enable_shadow_vmcs=1\n"
				  "run /p/nestbed-vmm\t--metadata\n"
				  "run /p/nestbed-vmm\t--place\tL0,L1,L2\t--op\tempty,cpuid\t--iterations\t1000\t"
				  "--warmup\t64\t--seed\t7\t--timeout\t20\t--ept\t2M\n"
				  "module kvm_intel nested=1 enable_shadow_vmcs=0\n"
				  "run /p/nestbed-vmm\t--place\tL2\t--op\tempty,cpuid\t--iterations\t1000\t"
				  "--warmup\t64\t--seed\t7\t--timeout\t20\t--ept\t2M\n");
	r.fault = "hang";
	r.levels = LEVEL_L2;
	r.configs = SHADOWING_OFF;
	r.ept = CONFIG_1G;
	plan__write(plan, &r, &with_reload);
	assert_string_equal(plan,
			    "module kvm_intel nested=1 enable_shadow_vmcs=0\n"
			    "run /p/nestbed-vmm\t--metadata\n"
			    "run /p/nestbed-vmm\t--place\tL2\t--op\tempty,cpuid\t--iterations\t1000\t"
			    "--warmup\t64\t--seed\t7\t--timeout\t20\t--ept\t1G\t--hypervisor-words\tfault=hang\n");
}

/* A built-in kvm_intel has one configuration for each boot. Each machine has its part of the plan,
 * and together they have the whole plan. */
static void a_machine_may_have_one_configuration(void **state)
{
	struct plan_place place = as_it_is;
	struct request r = usual();
	char plan[PLAN_SIZE], places[512], parameters[128];

	(void)state;
	r.kvm_params = "ple_gap=0";
	assert_int_equal(plan__configs(&r), BOTH);
	place.only = SHADOWING_ON;
	plan__write(plan, &r, &place);
	places_of(plan, places, sizeof(places));
	assert_string_equal(places, "L0,L1,L2 ");
	assert_int_equal(count(plan, "--metadata"), 1);
	assert_int_equal(count(plan, "module "), 0);
	place.only = SHADOWING_OFF;
	plan__write(plan, &r, &place);
	places_of(plan, places, sizeof(places));
	assert_string_equal(places, "L2 ");
	assert_int_equal(count(plan, "--metadata"), 1);
	plan__kvm_parameters(parameters, sizeof(parameters), &r, CONFIG_NO_SHADOWING | CONFIG_NO_EPT | CONFIG_NO_VPID);
	assert_string_equal(parameters, "nested=1 enable_shadow_vmcs=0 ept=0 vpid=0 ple_gap=0");

	r.levels = LEVEL_L0 | LEVEL_L1; /* which VMCS shadowing does not concern */
	assert_int_equal(plan__configs(&r), SHADOWING_ON);
	r.configs = 0;
	assert_int_equal(plan__configs(&r), 1);
	r.image = "image.elf";
	assert_int_equal(plan__configs(&r), 1);
}

static void a_chase_has_words_of_its_own(void **state)
{
	struct request r = usual();
	char plan[PLAN_SIZE];
	unsigned windows;

	(void)state;
	r.ops = "empty,chase";
	r.iterations = 4;
	windows = plan__windows(&r);
	r.chase_kib = 65536;
	r.chase_pages = 1;
	plan__write(plan, &r, &with_reload);
	assert_int_equal(count(plan, "\t--ept\t2M\t--max-set\t65536\t--chase-pages\t1\n"), 2);
	assert_true(plan__windows(&r) > windows);
}

static void the_tracer_is_told(void **state)
{
	struct request r = usual();
	char plan[PLAN_SIZE];

	(void)state;
	r.trace = 1u << TRACE_MODE_COUNT;
	plan__write(plan, &r, &with_reload);
	assert_int_equal(count(plan, "\t--ept\t2M\t--trace\tcount\n"), 2);
	r.trace = 1u << TRACE_MODE_STREAM;
	r.trace_buffer = 64;
	r.fault = "hang";
	plan__write(plan, &r, &with_reload);
	assert_int_equal(
		count(plan, "\t--ept\t2M\t--trace\tstream\t--trace-buffer\t64\t--hypervisor-words\tfault=hang\n"), 2);
}

/* A guest has windows once for each tracer mode. A process has no exits to trace. */
static void modes_of_the_tracer_are_runs(void **state)
{
	struct request r = usual();
	unsigned alone, process;
	char plan[PLAN_SIZE];

	(void)state;
	alone = plan__windows(&r);
	r.levels = LEVEL_L0;
	process = plan__windows(&r);
	r = usual();
	r.trace = 1u << TRACE_MODE_OFF | 1u << TRACE_MODE_TIME | 1u << TRACE_MODE_STREAM;
	plan__write(plan, &r, &with_reload);
	assert_int_equal(count(plan, "\t--trace\toff,time,stream\n"), 2);
	assert_int_equal(plan__runs(&r), 1 + 3 * 3);
	assert_int_equal(plan__windows(&r), process + 3 * (alone - process));
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
	assert_true(strstr(plan, "enable_shadow_vmcs=1") < off);
	assert_int_equal(count(plan, "--metadata"), 1);
	expect_places(&r, "L0,L1,L2 L2 ");
	assert_int_equal(plan__runs(&r), 4);
}

static void without_l2_the_setting_is_made_once(void **state)
{
	struct request r = usual();
	char plan[PLAN_SIZE];

	(void)state;
	r.levels = LEVEL_L0 | LEVEL_L1;
	plan__write(plan, &r, &with_reload);
	assert_int_equal(count(plan, "module "), 1);
	assert_int_equal(count(plan, "run "), 2);
	expect_places(&r, "L0,L1 ");
	assert_int_equal(plan__runs(&r), 2);
}

/* VMCS shadowing changes VMX instructions. So at L1, our hypervisor is measured in both settings,
 * and a guest in one. */
static void vmx_instructions_differ_by_shadowing(void **state)
{
	struct request r = usual();

	(void)state;
	r.ops = WITH_VMX;
	expect_places(&r, "L0,L1,HV,L2 HV,L2 ");
	assert_int_equal(plan__runs(&r), 3 + 2);
	r.levels = LEVEL_L1;
	expect_places(&r, "L1,HV HV ");
	assert_int_equal(plan__runs(&r), 2);
	r.levels = LEVEL_L0 | LEVEL_L2; /* they are of level L1 */
	expect_places(&r, "L0,L2 L2 ");
	assert_int_equal(plan__runs(&r), 3);
	/* `empty` alone is a hypervisor's too, but no reason to start one. */
	r.ops = "empty";
	r.levels = LEVEL_L1;
	expect_places(&r, "L1 ");
}

/* EPT and VPID concern every guest. No setting concerns a process. */
static void every_configuration_measures_what_it_changes(void **state)
{
	struct request r = usual();

	(void)state;
	r.configs = EVERY_CONFIG;
	expect_places(&r, "L0,L1,L2 L2 L1,L2 L2 L1,L2 L2 L1,L2 L2 ");
	assert_int_equal(plan__runs(&r), 1 + 4 + 8);
	r.ops = WITH_VMX;
	expect_places(&r, "L0,L1,HV,L2 HV,L2 L1,HV,L2 HV,L2 L1,HV,L2 HV,L2 L1,HV,L2 HV,L2 ");
	assert_int_equal(plan__runs(&r), 1 + 8 + 8);
	r.levels = LEVEL_L0;
	expect_places(&r, "L0 ");
	assert_int_equal(plan__runs(&r), 1);
	/* The first one that is asked for is the one of L0, be it which it may. */
	r.levels = LEVEL_L0 | LEVEL_L1;
	r.ops = "empty,cpuid";
	r.configs = 1u << (CONFIG_NO_EPT | CONFIG_NO_SHADOWING) | 1u << CONFIG_NO_VPID;
	expect_places(&r, "L0,L1 L1 ");
	assert_int_equal(plan__runs(&r), 3);
}

static void settings_become_parameters(void **state)
{
	static const char *const due[CONFIG_COUNT] = {
		"module kvm_intel nested=1 enable_shadow_vmcs=1\n",
		"module kvm_intel nested=1 enable_shadow_vmcs=0\n",
		"module kvm_intel nested=1 enable_shadow_vmcs=1 ept=0\n",
		"module kvm_intel nested=1 enable_shadow_vmcs=0 ept=0\n",
		"module kvm_intel nested=1 enable_shadow_vmcs=1 vpid=0\n",
		"module kvm_intel nested=1 enable_shadow_vmcs=0 vpid=0\n",
		"module kvm_intel nested=1 enable_shadow_vmcs=1 ept=0 vpid=0\n",
		"module kvm_intel nested=1 enable_shadow_vmcs=0 ept=0 vpid=0\n",
	};
	struct request r = usual();
	char plan[PLAN_SIZE];
	const char *at = plan;

	(void)state;
	r.configs = EVERY_CONFIG;
	plan__write(plan, &r, &with_reload);
	assert_int_equal(count(plan, "module "), CONFIG_COUNT);
	for (unsigned config = 0; config < CONFIG_COUNT; config++) {
		at = strstr(at, due[config]); /* in this order */
		assert_non_null(at);
		r.configs = 1u << config;
		plan__write(plan, &r, &with_reload);
		assert_int_equal(count(plan, "module "), 1);
		assert_memory_equal(plan, due[config], strlen(due[config]));
		r.configs = EVERY_CONFIG;
		plan__write(plan, &r, &with_reload);
	}
}

/* If no configuration is known, everything is measured once with the current settings. */
static void a_machine_that_may_not_reload_is_left_alone(void **state)
{
	static const unsigned configs[] = {0, SHADOWING_ON, 1u << (CONFIG_NO_EPT | CONFIG_NO_VPID)};
	struct request r = usual();
	char plan[PLAN_SIZE], places[64];

	(void)state;
	for (size_t i = 0; i < sizeof(configs) / sizeof(configs[0]); i++) {
		r.configs = configs[i];
		plan__write(plan, &r, &as_it_is);
		assert_int_equal(count(plan, "module "), 0);
		assert_int_equal(count(plan, "run "), 2);
		assert_int_equal(count(plan, "--metadata"), 1);
		places_of(plan, places, sizeof(places));
		assert_string_equal(places, "L0,L1,L2 ");
		assert_int_equal(plan__runs(&r), 3);
	}
}

static void every_choice_of_levels_writes_the_metadata_once(void **state)
{
	(void)state;
	for (unsigned levels = 1; levels < 8; levels++) {
		for (unsigned configs = 0; configs <= EVERY_CONFIG; configs++) {
			for (int variant = 0; variant < 8; variant++) {
				struct request r = usual();
				char plan[PLAN_SIZE];

				r.levels = levels;
				r.configs = configs;
				r.qemu = variant & 1;
				r.ops = variant & 4 ? WITH_VMX : "empty,cpuid";
				plan__write(plan, &r, variant & 2 ? &with_reload : &as_it_is);
				assert_int_equal(count(plan, "--metadata"), 1);
				assert_true(plan__runs(&r) >= (unsigned)__builtin_popcount(levels));
			}
		}
	}
}

/* The number of expected runs is the number of levels in the steps. */
static void runs_are_the_levels_of_the_steps(void **state)
{
	(void)state;
	for (unsigned levels = 1; levels < 8; levels++) {
		for (unsigned configs = 0; configs <= EVERY_CONFIG; configs++) {
			for (int vmx = 0; vmx < 2; vmx++) {
				struct request r = usual();
				char plan[PLAN_SIZE], places[512];
				unsigned runs = 0;

				r.levels = levels;
				r.configs = configs;
				r.ops = vmx ? WITH_VMX : "empty,cpuid";
				plan__write(plan, &r, &with_reload);
				places_of(plan, places, sizeof(places));
				for (char *step = strtok(places, " "); step; step = strtok(NULL, " "))
					runs += (strstr(step, "L0") != NULL) + (strstr(step, "L2") != NULL) +
						(strstr(step, "L1") || strstr(step, "HV"));
				assert_int_equal(plan__runs(&r), runs);
			}
		}
	}
}

static void without_kvm_each_level_is_a_run(void **state)
{
	struct request r = usual();

	(void)state;
	r.l0 = L0_OWN;
	r.configs = 0;
	r.levels = LEVEL_L0 | LEVEL_L1;
	assert_int_equal(plan__runs(&r), 2);
	r.levels = LEVEL_L1;
	assert_int_equal(plan__runs(&r), 1);
}

static void parameters_go_to_the_module(void **state)
{
	struct request r = usual();
	char plan[PLAN_SIZE];

	(void)state;
	r.kvm_params = "ple_gap=0 pml=0";
	r.configs = SHADOWING_ON | 1u << (CONFIG_NO_SHADOWING | CONFIG_NO_EPT);
	plan__write(plan, &r, &with_reload);
	assert_int_equal(count(plan, "enable_shadow_vmcs=1 ple_gap=0 pml=0\n"), 1);
	assert_int_equal(count(plan, "enable_shadow_vmcs=0 ept=0 ple_gap=0 pml=0\n"), 1);
}

static void qemu_gets_each_image_with_one_command_line(void **state)
{
	struct request r = usual();
	char plan[PLAN_SIZE];

	(void)state;
	r.qemu = true;
	r.configs = SHADOWING_OFF;
	plan__write(plan, &r, &with_reload);
	assert_int_equal(count(plan, "run /q/qemu\t"), 2);
	assert_int_equal(count(plan, "run /p/nestbed-vmm\t--place\tL0\t"), 1); /* L0 has no VM */
	assert_int_equal(count(plan, "--place\t"), 1);
	assert_int_equal(count(plan, "-kernel\t/p/bench.elf\t-append\tsink=debugcon "), 1);
	assert_int_equal(count(plan, "-kernel\t/p/hypervisor.elf\t-initrd\t/p/bench.elf\t-append\tsink=debugcon "), 1);
	assert_int_equal(count(plan, "config=shadow_vmcs=off "), 2);
	assert_int_equal(count(plan, "-append\tsink=debugcon l0=kvm vmm=qemu config=shadow_vmcs=off level=L1 "
				     "ops=empty,cpuid n=1000 warmup=64 seed=7\n"),
			 1);
	assert_int_equal(
		count(plan, "-append\tsink=debugcon l0=kvm vmm=qemu config=shadow_vmcs=off ept=2M watchdog=100 "
			    "windows=guest level=L2 ops=empty,cpuid n=1000 warmup=64 seed=7 -- sink=doorbell level=L2 "
			    "warmup=64 seed=7\n"),
		1);
	assert_int_equal(plan__runs(&r), 3);

	/* VMX operations are of level L1, though the image runs a guest: nobody asked for the
	 * guest's. */
	r.levels = LEVEL_L1;
	r.ops = "empty,vmclear";
	plan__write(plan, &r, &with_reload);
	assert_int_equal(count(plan, "watchdog=100 windows=self level=L2 "), 1);
	r.levels = LEVEL_L1 | LEVEL_L2;
	plan__write(plan, &r, &with_reload);
	assert_int_equal(count(plan, "windows="), 0);
}

/* In the word that tells an image its configuration, commas replace blanks. The word has the whole
 * known configuration. */
static void qemu_images_are_told_the_configuration(void **state)
{
	struct request r = usual();
	char plan[PLAN_SIZE];

	(void)state;
	r.qemu = true;
	r.levels = LEVEL_L1 | LEVEL_L2;
	r.configs = 1u << (CONFIG_NO_SHADOWING | CONFIG_NO_EPT | CONFIG_NO_VPID);
	r.kvm_params = "pml=0 ple_gap=0";
	r.ept = CONFIG_4K;
	plan__write(plan, &r, &with_reload);
	assert_int_equal(count(plan, "config=shadow_vmcs=off,ept=off,vpid=off,pml=0,ple_gap=0 level=L1 "), 1);
	assert_int_equal(count(plan, "config=shadow_vmcs=off,ept=off,vpid=off,pml=0,ple_gap=0,ept12=4K ept=4K "), 1);
	r.configs = 0; /* nobody can tell */
	r.kvm_params = "";
	r.ept = CONFIG_2M;
	plan__write(plan, &r, &as_it_is);
	assert_int_equal(count(plan, "vmm=qemu config= level=L1 "), 1);
	assert_int_equal(count(plan, "vmm=qemu config= ept=2M "), 1);
}

/* The longest line that the options can ask for. A line that does not fit would end the program. */
static void all_operations_in_all_configurations_fit(void **state)
{
	char ops[4096] = "", plan[PLAN_SIZE], line[4096];
	struct request r = usual();
	const char *end;

	(void)state;
	for (int op = 0; op < NB_OP_COUNT; op++)
		snprintf(ops + strlen(ops), sizeof(ops) - strlen(ops), "%s%s", op ? "," : "", nb_op_info[op].name);
	r.ops = ops;
	r.configs = EVERY_CONFIG;
	r.iterations = 10000000;
	r.seed = UINT32_MAX;
	r.ept = CONFIG_4K;
	for (int qemu = 0; qemu < 2; qemu++) {
		r.qemu = qemu;
		plan__write(plan, &r, &with_reload);
		assert_int_equal(count(plan, ops), qemu ? 1 + 4 + 8 : 8);
		end = plan + strlen(plan) - 1;
		assert_int_equal(*end, '\n');
	}
	plan__bare_cmdline(line, sizeof(line), &r, 1, 0, 1000000);
	assert_int_equal(count(line, ops), 1);
	assert_int_equal(count(line, " -- sink=doorbell level=L1 warmup=64 seed=4294967295"), 1);
}

static void the_bare_hypervisor_gets_its_guest_behind_the_dashes(void **state)
{
	struct request r = usual();
	char line[1024];

	(void)state;
	r.l0 = L0_OWN;
	r.fault = "hang";
	plan__bare_cmdline(line, sizeof(line), &r, 1, 0, 7);
	assert_string_equal(line,
			    "sink=lpt level=L1 l0=own config= ept=2M fault=hang watchdog=7 ops=empty,cpuid n=1000 "
			    "warmup=64 seed=7 -- sink=doorbell level=L1 warmup=64 seed=7");
	r.fault = NULL;
	r.ept = CONFIG_4K;
	plan__bare_cmdline(line, sizeof(line), &r, 1, 0, 7);
	assert_string_equal(line, "sink=lpt level=L1 l0=own config=ept12=4K ept=4K watchdog=7 ops=empty,cpuid n=1000 "
				  "warmup=64 seed=7 -- sink=doorbell level=L1 warmup=64 seed=7");
	plan__bare_cmdline(line, sizeof(line), &r, 0, 0, 7);
	assert_string_equal(line, "sink=lpt level=L0 l0=own ops=empty,cpuid n=1000 warmup=64 seed=7");
	r.l0 = L0_NONE;
	r.levels = LEVEL_L0;
	plan__bare_cmdline(line, sizeof(line), &r, 0, 0, 7);
	assert_string_equal(line, "sink=lpt level=L0 l0=none ops=empty,cpuid n=1000 warmup=64 seed=7");
	assert_int_equal(plan__runs(&r), 1);
}

/* How our hypervisor gives its guest memory is a word for it, and one of the configuration if it is
 * not the usual way. */
static void shadow_tables_are_a_word_and_a_configuration(void **state)
{
	struct request r = usual();
	char plan[PLAN_SIZE], line[1024];

	(void)state;
	plan__write(plan, &r, &with_reload);
	assert_int_equal(count(plan, "mmu="), 0);
	r.mmu = CONFIG_MMU_SHADOW;
	r.words = " check=shadow";
	plan__write(plan, &r, &with_reload);
	assert_int_equal(count(plan, "\t--hypervisor-words\tmmu=shadow check=shadow\n"), 2);
	r.qemu = true;
	plan__write(plan, &r, &with_reload);
	assert_int_equal(
		count(plan,
		      "config=shadow_vmcs=on,mmu=shadow ept=2M mmu=shadow check=shadow watchdog=100 windows=guest level=L2 "),
		1);
	assert_int_equal(count(plan, "config=shadow_vmcs=on level=L1 "), 1); /* where it does not matter */
	r.configs = 1u << CONFIG_NO_EPT;
	plan__write(plan, &r, &with_reload);
	assert_int_equal(count(plan, "config=shadow_vmcs=on,ept=off ept=2M "), 1); /* there is no other way */
	r.ept = CONFIG_4K;
	plan__bare_cmdline(line, sizeof(line), &r, 1, 0, 7);
	assert_int_equal(count(line, " config=ept12=4K,mmu=shadow ept=4K mmu=shadow check=shadow watchdog=7 ops="), 1);
	r.mmu = CONFIG_MMU_EPT;
	plan__bare_cmdline(line, sizeof(line), &r, 1, 0, 7);
	assert_int_equal(count(line, " config=ept12=4K ept=4K mmu=ept check=shadow watchdog=7 ops="), 1);
}

/* Levels under outer hypervisors: each of these has its words, its memory and its guest's line
 * behind the dashes. */
static void a_bare_stack_is_one_command_line(void **state)
{
	struct request r = usual();
	char line[PLAN_CMDLINE];

	(void)state;
	r.l0 = L0_OWN;
	r.configs = 0;
	r.depth = 3;
	r.levels = LEVEL_L1 | LEVEL_L2 | LEVEL_L3;
	r.nested_count = 2;
	r.nested[1] = (struct nested_config){CONFIG_POLICY_NONE, NESTED_NO_VPID | NESTED_NO_LAZY_HOST};
	plan__bare_cmdline(line, sizeof(line), &r, 2, 0, 7);
	assert_string_equal(
		line, "sink=lpt level=L2 l0=own config=shadow_vmcs=on watchdog=7 ops=empty,cpuid n=1000 warmup=64 "
		      "seed=7 nested=on me=l0 memory=32 -- sink=doorbell ept=2M warmup=64 -- "
		      "sink=doorbell level=L2 warmup=64 seed=7");
	r.words = " l0:a=1 b=2 l2:c=3";
	r.ept = CONFIG_4K;
	plan__bare_cmdline(line, sizeof(line), &r, 3, 1, 7);
	assert_string_equal(
		line, "sink=lpt level=L3 l0=own config=shadow_vmcs=off,vpid=off,lazy_host=off,ept12=4K watchdog=7 "
		      "ops=empty,cpuid n=1000 warmup=64 seed=7 nested=on me=l0 memory=48 shadow_policy=none "
		      "nested_vpid=off lazy_host=off a=1 -- sink=doorbell nested=on me=l1 memory=32 shadow_policy=none "
		      "nested_vpid=off lazy_host=off -- sink=doorbell ept=4K warmup=64 b=2 c=3 -- "
		      "sink=doorbell level=L3 warmup=64 seed=7");
	/* Windows of the hypervisor itself are of the level below its guest's: nobody asked for
	 * L1's. */
	r.levels = LEVEL_L2;
	plan__bare_cmdline(line, sizeof(line), &r, 2, 0, 7);
	assert_int_equal(count(line, " windows=guest ops="), 1);
	/* Levels without an outer one stand with the first setting, as they do above KVM. */
	plan__bare_cmdline(line, sizeof(line), &r, 1, 0, 7);
	assert_int_equal(count(line, "sink=lpt level=L1 l0=own config=shadow_vmcs=on,ept12=4K ept=4K "), 1);
	plan__bare_cmdline(line, sizeof(line), &r, 0, 0, 7);
	assert_int_equal(count(line, "sink=lpt level=L0 l0=own config=shadow_vmcs=on ops="), 1);
}

static void a_bare_stack_is_a_machine_a_level_and_setting(void **state)
{
	struct request r = usual();

	(void)state;
	r.l0 = L0_OWN;
	r.configs = 0;
	r.nested_count = 3;
	r.levels = LEVEL_L0 | LEVEL_L1 | LEVEL_L2 | LEVEL_L4;
	assert_int_equal(plan__runs(&r), 1 + 1 + 3 + 3);
	assert_int_equal(plan__settings(&r, 1), 1);
	assert_int_equal(plan__settings(&r, 2), 3);
	assert_true(plan__watchdog(100, 4) > plan__watchdog(100, 3));
	assert_int_equal(plan__watchdog(100, 2), 100);
}

/* Above KVM, the VMM has all levels in one stream. */
static void levels_below_l2_are_places(void **state)
{
	struct request r = usual();
	char plan[PLAN_SIZE];

	(void)state;
	r.depth = 4;
	r.levels = EVERY_LEVEL | LEVEL_L3 | LEVEL_L4;
	expect_places(&r, "L0,L1,L2,L3,L4 L2,L3,L4 ");
	assert_int_equal(plan__runs(&r), 5 + 3);
	r.ops = WITH_VMX;
	expect_places(&r, "L0,L1,HV,L2,HV2,L3,HV3,L4 HV,L2,HV2,L3,HV3,L4 ");
	assert_int_equal(plan__runs(&r), 5 + 4);
	r.depth = 3;
	r.levels = LEVEL_L2 | LEVEL_L3;
	expect_places(&r, "L2,HV2,L3 L2,HV2,L3 ");
	assert_int_equal(plan__runs(&r), 4);
	r.levels = LEVEL_L3;
	expect_places(&r, "L3 L3 ");
	r.nested_count = 1;
	r.nested[0].policy = CONFIG_POLICY_HOT;
	plan__write(plan, &r, &with_reload);
	assert_int_equal(count(plan, "\t--outer-words\tshadow_policy=hot\n"), 2);
}

static void an_image_is_booted_alone(void **state)
{
	struct request r = usual();
	char plan[PLAN_SIZE], cmdline[PLAN_CMDLINE];

	(void)state;
	r.image = "other.elf";
	r.image_words = "seed=1 cases=2";
	plan__write(plan, &r, &with_reload);
	assert_string_equal(plan, "module kvm_intel nested=1\n"
				  "run /p/nestbed-vmm\t--boot\t/p/other.elf\t--words\tseed=1 cases=2\t--timeout\t20\n");
	r.kvm_params = "ept=0";
	plan__write(plan, &r, &with_reload);
	assert_non_null(strstr(plan, "module kvm_intel nested=1 ept=0\n"));
	plan__bare_cmdline(cmdline, sizeof(cmdline), &r, 0, 0, 0);
	assert_string_equal(cmdline, "sink=lpt l0=none seed=1 cases=2");
	plan__bare_cmdline(cmdline, sizeof(cmdline), &r, 1, 0, 0);
	assert_non_null(strstr(cmdline, " nested=on "));
	assert_non_null(strstr(cmdline, " -- sink=doorbell seed=1 cases=2"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_whole_plan),
		cmocka_unit_test(a_chase_has_words_of_its_own),
		cmocka_unit_test(the_tracer_is_told),
		cmocka_unit_test(modes_of_the_tracer_are_runs),
		cmocka_unit_test(both_settings_in_one_boot),
		cmocka_unit_test(without_l2_the_setting_is_made_once),
		cmocka_unit_test(vmx_instructions_differ_by_shadowing),
		cmocka_unit_test(every_configuration_measures_what_it_changes),
		cmocka_unit_test(settings_become_parameters),
		cmocka_unit_test(a_machine_that_may_not_reload_is_left_alone),
		cmocka_unit_test(every_choice_of_levels_writes_the_metadata_once),
		cmocka_unit_test(runs_are_the_levels_of_the_steps),
		cmocka_unit_test(without_kvm_each_level_is_a_run),
		cmocka_unit_test(parameters_go_to_the_module),
		cmocka_unit_test(qemu_gets_each_image_with_one_command_line),
		cmocka_unit_test(qemu_images_are_told_the_configuration),
		cmocka_unit_test(all_operations_in_all_configurations_fit),
		cmocka_unit_test(the_bare_hypervisor_gets_its_guest_behind_the_dashes),
		cmocka_unit_test(shadow_tables_are_a_word_and_a_configuration),
		cmocka_unit_test(a_bare_stack_is_one_command_line),
		cmocka_unit_test(a_bare_stack_is_a_machine_a_level_and_setting),
		cmocka_unit_test(levels_below_l2_are_places),
		cmocka_unit_test(a_machine_may_have_one_configuration),
		cmocka_unit_test(an_image_is_booted_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
