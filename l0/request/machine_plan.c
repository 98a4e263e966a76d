// SPDX-License-Identifier: GPL-2.0-only
/* Converts a request to steps, and to command lines of images that run on the bare machine. */
#include <stdio.h>
#include <string.h>

#include "l0/base/util.h"
#include "l0/request/cpu_support.h"
#include "l0/request/machine_plan.h"
#include "microbench/ops.h"
#include "microbench/pointer_chase.h"
#include "microbench/schedule.h"
#include "trace/modes.h"

/*
 * MiB of memory of a machine that QEMU makes. QEMU_HIGH_MIB is more than 1 GiB, for pages of 1 GiB.
 */
#define QEMU_MIB      64
#define QEMU_HIGH_MIB 1152

/*
 * Words for our hypervisor as L0 below an image that is a hypervisor itself. It measures nothing,
 * and its watchdog is off.
 */
#define OWN_L0_WORDS "sink=lpt level=L1 ops=empty n=1 nested=on me=l0 memory=64 watchdog=0"

static void add(char *plan, const char *line)
{
	size_t length = strlen(plan);

	text__format(plan + length, PLAN_SIZE - length, "%s\n", line);
}

static void add_metadata(char *plan, const struct plan_place *place)
{
	char line[512];

	text__format(line, sizeof(line), "run %s/nestbed-vmm\t--metadata", place->programs);
	add(plan, line);
}

/*
 * Writes the words for our hypervisor on every machine, each with a blank in front. tests are words
 * for tests only, or NULL.
 */
static void hypervisor_words(char *words, size_t size, const struct request *r, const char *tests)
{
	const char *mmu = config__value_text(CONFIG_KNOB_mmu, r->mmu);

	text__format(words, size, "%s%s%s%s%s", mmu ? " mmu=" : "", mmu ? mmu : "", tests ? tests : "",
		     r->fault ? " fault=" : "", r->fault ? r->fault : "");
}

/*
 * Writes the same words for the innermost hypervisor at this level. Selects the test words of this
 * level, because no VMM will select them.
 */
static void innermost_words(char *words, size_t size, const struct request *r, unsigned level)
{
	char tests[512];

	stack__words(tests, sizeof(tests), r->words ? r->words : "", level, true);
	hypervisor_words(words, size, r, tests);
}

/* Adds a setting of kvm_intel. */
static void add_kvm_config(struct config *config, unsigned of_kvm)
{
	config__set(config, CONFIG_KNOB_shadow_vmcs,
		    of_kvm & CONFIG_NO_SHADOWING ? CONFIG_SHADOWING_OFF : CONFIG_SHADOWING_ON);
	config__set(config, CONFIG_KNOB_ept, of_kvm & CONFIG_NO_EPT ? CONFIG_OFF : CONFIG_ON);
	config__set(config, CONFIG_KNOB_vpid, of_kvm & CONFIG_NO_VPID ? CONFIG_OFF : CONFIG_ON);
}

/* Adds the memory settings of our hypervisor's guest, if there is one, and of every guest. */
static void add_memory_config(struct config *config, const struct request *r, bool has_hypervisor)
{
	if (has_hypervisor) {
		config__set(config, CONFIG_KNOB_ept12, r->ept);
		config__set_mmu(config, r->mmu);
	}
	config__set(config, CONFIG_KNOB_guest_pages, r->guest_pages);
}

static const char *ept_of(const struct request *r)
{
	return config__value_text(CONFIG_KNOB_ept12, r->ept);
}

/* Returns the page size of the guest's own page tables, or NULL if it is the default. */
static const char *other_guest_pages_of(const struct request *r)
{
	return r->guest_pages == CONFIG_2M ? NULL : config__value_text(CONFIG_KNOB_guest_pages, r->guest_pages);
}

/* Writes the words for every guest. */
static void guest_words(char *words, size_t size, const struct request *r)
{
	const char *pages = other_guest_pages_of(r);

	text__format(words, size, "warmup=%u seed=%u%s%s", r->warmup, r->seed, pages ? " pages=" : "",
		     pages ? pages : "");
}

/* Writes the options of the VMM, each after a tab. */
static void write_extras(char *extras, size_t size, const struct request *r)
{
	char more[512], modes[TRACE_MODES_TEXT], switches[NESTED_TEXT] = "";

	hypervisor_words(more, sizeof(more), r, r->words);
	extras[0] = '\0';
	if (r->trace)
		text__format(extras, size, "\t--trace\t%s", trace_modes__write(r->trace, modes));
	if (r->trace_buffer)
		text__format(extras + strlen(extras), size - strlen(extras), "\t--trace-buffer\t%u", r->trace_buffer);
	if (r->check_programs)
		text__format(extras + strlen(extras), size - strlen(extras), "\t--check-programs");
	if (other_guest_pages_of(r))
		text__format(extras + strlen(extras), size - strlen(extras), "\t--guest-pages\t%s",
			     other_guest_pages_of(r));
	if (r->chase_kib)
		text__format(extras + strlen(extras), size - strlen(extras), "\t--max-set\t%u\t--chase-pages\t%u",
			     r->chase_kib, r->chase_pages);
	if (more[0])
		text__format(extras + strlen(extras), size - strlen(extras), "\t--hypervisor-words\t%s", more + 1);
	if (r->nested_count)
		nested__words(switches, &r->nested[0]);
	if (switches[0])
		text__format(extras + strlen(extras), size - strlen(extras), "\t--outer-words\t%s", switches + 1);
}

static void add_vmm(char *plan, const struct request *r, const struct plan_place *place, const char *places)
{
	char line[4096], extras[640];

	write_extras(extras, sizeof(extras), r);
	/*
	 * L1 has no watchdog here. The VMM has one that watches the same ring and costs the guest
	 * nothing.
	 */
	text__format(line, sizeof(line),
		     "run %s/nestbed-vmm\t--place\t%s\t--op\t%s\t--iterations\t%u\t--warmup\t%u\t--seed\t%u\t"
		     "--timeout\t%u\t--ept\t%s%s",
		     place->programs, places, r->ops, r->iterations, r->warmup, r->seed, r->timeout, ept_of(r), extras);
	add(plan, line);
}

/*
 * QEMU has no doorbell. The image runs its own schedule and sends its records to QEMU's debug
 * console.
 */
static void add_qemu(char *plan, const struct request *r, const struct plan_place *place, const char *level,
		     const char *windows, const struct config *of_kvm)
{
	const char *programs = place->programs;
	bool nested = strcmp(level, "L2") == 0;
	char line[4096], what[2048], words[3072], module[512] = "", config[CONFIG_TEXT], more[512], guest[96];
	struct config full = *of_kvm;

	/*
	 * Nothing below the image can read KVM's settings, so the words give it the configuration.
	 */
	config__parse(&full, r->kvm_params);
	add_memory_config(&full, r, nested);
	config__write(config, sizeof(config), &full, ',');
	guest_words(guest, sizeof(guest), r);
	text__format(what, sizeof(what), "level=%s ops=%s n=%u %s", level, r->ops, r->iterations, guest);
	if (nested) {
		innermost_words(more, sizeof(more), r, 1);
		text__format(
			words, sizeof(words),
			"sink=debugcon l0=kvm vmm=qemu config=%s ept=%s%s watchdog=%u %s%s -- sink=doorbell level=L2 %s",
			config, ept_of(r), more, place->watchdog_mticks, windows, what, guest);
		text__format(module, sizeof(module), "\t-initrd\t%s/bench.elf", programs);
	} else {
		text__format(words, sizeof(words), "sink=debugcon l0=kvm vmm=qemu config=%s %s", config, what);
	}
	text__format(
		line, sizeof(line),
		"run %s\t-nodefaults\t-no-user-config\t-display\tnone\t-no-reboot\t-machine\tpc,accel=kvm\t-cpu\thost\t"
		"-m\t%u\t-serial\tfile:/proc/self/fd/2\t-chardev\tstdio,id=out\t"
		"-device\tisa-debugcon,iobase=0xe9,chardev=out\t"
		"-device\tisa-debug-exit,iobase=0xf4\t-kernel\t%s/%s%s\t-append\t%s",
		place->qemu, r->ept == CONFIG_1G ? QEMU_HIGH_MIB : QEMU_MIB, programs,
		nested ? "hypervisor.elf" : "bench.elf", module, words);
	add(plan, line);
}

/* The levels to measure with one setting of kvm_intel. */
struct step {
	bool process, guest;
	/* Bits LEVEL() of our hypervisors that are measured themselves, and of their guests. */
	unsigned hypervisors, nested;
};

/*
 * Returns how many of the request's operations have a bit of `where`. `empty` does not count for
 * hypervisors.
 */
static unsigned count_ops(const struct request *r, unsigned where)
{
	unsigned count = 0;

	for (const char *name = r->ops; *name;) {
		unsigned length = (unsigned)strcspn(name, ",");
		int op = nb_op_find(name, length);

		count += op >= 0 && nb_op_info[op].where & where && !(op == NB_OP_empty && where == NB_ROOT);
		name += length + (name[length] == ',');
	}
	return count;
}

/* Returns the levels whose hypervisor is measured itself. */
static unsigned hypervisors_of(const struct request *r)
{
	/*
	 * With KVM as L0, our hypervisor always exists at L1. At deeper levels it exists only below
	 * the deepest level.
	 */
	if (r->l0 == L0_KVM)
		return r->levels & (LEVEL_L1 | ((LEVEL(r->depth) - 1) & ~(unsigned)LEVEL_L0));
	return r->levels & r->levels >> 1; /* the level's bit, if the bit of its guest's level is also set */
}

/*
 * Returns the levels to measure with this setting. VMCS shadowing affects only L2 and VMX
 * instructions, and no setting affects a process. So levels whose result cannot change are not
 * measured again. *seen has a bit for each earlier setting, with the shadowing bit ignored.
 */
static struct step step_of(const struct request *r, unsigned config, unsigned *seen)
{
	unsigned of_guest = 1u << (config & ~(unsigned)CONFIG_NO_SHADOWING);
	struct step step = {
		.process = r->levels & LEVEL_L0 && *seen == 0,
		.guest = r->levels & LEVEL_L1 && !(*seen & of_guest),
		.nested = r->levels & ~(unsigned)(LEVEL_L0 | LEVEL_L1),
	};

	if (count_ops(r, NB_ROOT) > 0)
		step.hypervisors = hypervisors_of(r);
	*seen |= of_guest;
	return step;
}

/*
 * Returns true if the request measures this configuration. configs == 0 means that the settings of
 * kvm_intel are unknown; then there is only configuration 0.
 */
static bool is_asked(const struct request *r, unsigned config)
{
	return r->configs & 1u << config || (r->configs == 0 && config == 0);
}

/* Returns how often the windows of a guest are measured: once in each mode of the tracer. */
static unsigned modes_of(const struct request *r)
{
	return r->trace ? (unsigned)__builtin_popcount(r->trace) : 1;
}

static bool is_empty(struct step step)
{
	return !(step.process || step.guest || step.hypervisors || step.nested);
}

/*
 * Returns the word that selects windows. An image that plans its own windows measures its guest and
 * itself by default.
 */
static const char *windows_of(struct step step)
{
	return !step.hypervisors ? "windows=guest " : step.nested ? "" : "windows=self ";
}

/* Appends ",L1", or with a number ",HV2". */
static void add_place(char places[64], const char *name, unsigned number)
{
	text__format(places + strlen(places), 64 - strlen(places), ",%s", name);
	if (number)
		text__format(places + strlen(places), 64 - strlen(places), "%u", number);
}

static void add_step(char *plan, const struct request *r, const struct plan_place *place, struct step step,
		     const struct config *config)
{
	char places[64] = "";

	if (step.process)
		add_place(places, "L0", 0);
	if (step.guest && !r->qemu)
		add_place(places, "L1", 0);
	for (unsigned level = 1; level <= STACK_DEEPEST && !r->qemu; level++) {
		if (step.hypervisors & LEVEL(level))
			add_place(places, "HV", level > 1 ? level : 0);
		if (step.nested & LEVEL(level + 1))
			add_place(places, "L", level + 1);
	}
	if (places[0])
		add_vmm(plan, r, place, places + 1);
	if (r->qemu && step.guest)
		add_qemu(plan, r, place, "L1", "", config);
	if (r->qemu && (step.nested || step.hypervisors))
		add_qemu(plan, r, place, "L2", windows_of(step), config);
}

/* Writes the steps that only boot one image in a VM with VMX. There is no measurement. */
static void write_boot(char *plan, const struct request *r, const struct plan_place *place)
{
	char line[4096];

	text__format(line, sizeof(line), "module kvm_intel nested=1%s%s", r->kvm_params[0] ? " " : "", r->kvm_params);
	if (place->reload)
		add(plan, line);
	text__format(line, sizeof(line), "run %s/nestbed-vmm\t--boot\t%s/%s\t--words\t%s\t--timeout\t%u",
		     place->programs, place->programs, r->image, r->image_words, r->timeout);
	add(plan, line);
}

void plan__kvm_parameters(char *text, size_t size, const struct request *r, unsigned config)
{
	text__format(text, size, "nested=1 enable_shadow_vmcs=%d%s%s%s%s", !(config & CONFIG_NO_SHADOWING),
		     config & CONFIG_NO_EPT ? " ept=0" : "", config & CONFIG_NO_VPID ? " vpid=0" : "",
		     r->kvm_params[0] ? " " : "", r->kvm_params);
}

unsigned plan__configs(const struct request *r)
{
	unsigned seen = 0, configs = 0;

	if (r->image)
		return 1;
	for (unsigned config = 0; config < CONFIG_COUNT; config++)
		if (is_asked(r, config) && !is_empty(step_of(r, config, &seen)))
			configs |= 1u << config;
	return configs;
}

void plan__write(char *plan, const struct request *r, const struct plan_place *place)
{
	char module[512], parameters[480];
	unsigned seen = 0;
	bool first = true;

	plan[0] = '\0';
	if (r->image) {
		write_boot(plan, r, place);
		return;
	}
	for (unsigned config = 0; config < CONFIG_COUNT; config++) {
		struct config of_kvm = {0};
		struct step step;

		if (!is_asked(r, config))
			continue;
		step = step_of(r, config, &seen);
		if (is_empty(step) || (place->only && !(place->only & 1u << config)))
			continue;
		plan__kvm_parameters(parameters, sizeof(parameters), r, config);
		text__format(module, sizeof(module), "module kvm_intel %s", parameters);
		if (r->configs)
			add_kvm_config(&of_kvm, config);
		if (place->reload)
			add(plan, module);
		if (first)
			add_metadata(plan, place);
		add_step(plan, r, place, step, &of_kvm);
		first = false;
	}
}

static unsigned bits(unsigned levels)
{
	return (unsigned)__builtin_popcount(levels);
}

static unsigned runs_of_guests(const struct request *r, struct step step)
{
	const unsigned guests = step.nested | (step.guest ? LEVEL_L1 : 0);

	return r->qemu ? bits(guests) + bits(step.hypervisors) : bits(guests | step.hypervisors);
}

unsigned plan__lost_ops(const struct request *r, unsigned *others)
{
	const unsigned of_hypervisor = count_ops(r, NB_ROOT);

	*others = count_ops(r, ~0u) - of_hypervisor - 1; /* minus 1 for `empty` */
	return hypervisors_of(r) ? 0 : of_hypervisor;
}

bool plan__has_probes(const struct request *r)
{
	return r->trace != 0 || r->check_programs || (r->words && strstr(r->words, " va_low="));
}

bool plan__reads_tracefs(const struct request *r)
{
	return r->check_programs || r->trace & 1u << TRACE_MODE_STREAM;
}

static unsigned runs_of_variant(const struct request *r)
{
	unsigned seen = 0, runs = 0;

	for (unsigned level = 0; r->l0 != L0_KVM && level <= STACK_DEEPEST; level++)
		runs += r->levels & LEVEL(level) ? plan__settings(r, level) : 0;
	if (r->l0 != L0_KVM)
		return runs;
	for (unsigned config = 0; config < CONFIG_COUNT; config++) {
		struct step step;

		if (!is_asked(r, config))
			continue;
		step = step_of(r, config, &seen);
		/*
		 * A guest and a hypervisor may share a level. One VMM then measures both in one
		 * run.
		 */
		runs += step.process + modes_of(r) * runs_of_guests(r, step);
	}
	return runs;
}

unsigned plan__runs_of(const struct request *r, unsigned variant)
{
	struct request one;

	cpu_fit__request(r, variant, &one);
	return runs_of_variant(&one);
}

unsigned plan__runs(const struct request *r)
{
	unsigned runs = 0;

	for (unsigned i = 0; i < r->variants; i++)
		runs += plan__runs_of(r, i);
	return runs;
}

unsigned plan__windows(const struct request *r)
{
	const unsigned of_chase = r->chase_kib ? NB_CHASE_POINTS : 0; /* at most */
	unsigned of_guests = count_ops(r, NB_ANYWHERE) + of_chase, of_hypervisor = count_ops(r, NB_ROOT);
	unsigned seen = 0, windows = 0;

	if (r->l0 != L0_KVM) /* this is one machine; each level has its own machine */
		windows = of_guests + (r->levels & ~(unsigned)LEVEL_L0 ? of_hypervisor : 0);
	for (unsigned config = 0; r->l0 == L0_KVM && config < CONFIG_COUNT; config++) {
		struct step step;

		if (!is_asked(r, config))
			continue;
		step = step_of(r, config, &seen);
		windows += step.process * of_guests + modes_of(r) * ((step.guest + bits(step.nested)) * of_guests +
								     bits(step.hypervisors) * of_hypervisor);
	}
	return windows * nb_schedule_rounds(r->iterations);
}

unsigned plan__watchdog(unsigned mticks, unsigned level)
{
	return level > 3 ? mticks * 30 : level > 2 ? mticks * 4 : mticks;
}

unsigned plan__settings(const struct request *r, unsigned level)
{
	return level > 1 && r->nested_count ? r->nested_count : 1;
}

/*
 * Writes the words that select windows for an image that plans its own windows. Windows of the
 * hypervisor itself belong to the level below its guest's level.
 */
static void plan_words(char *words, size_t size, const struct request *r, unsigned level)
{
	char guest[96];

	guest_words(guest, sizeof(guest), r);
	text__format(words, size, "%sops=%s n=%u %s",
		     level == 0 || r->levels & LEVEL(level - 1) ? "" : "windows=guest ", r->ops, r->iterations, guest);
}

/* Writes the settings of outer hypervisors, if there are any, and of the innermost one's guest. */
static void bare_config(char text[CONFIG_TEXT], const struct request *r, unsigned level, unsigned setting)
{
	struct config config = {0};

	if (r->nested_count)
		nested__add_to(&config, &r->nested[setting]);
	add_memory_config(&config, r, level > 0);
	config__write(text, CONFIG_TEXT, &config, ',');
}

void plan__bare_cmdline(char *cmdline, size_t size, const struct request *r, unsigned level, unsigned setting,
			unsigned watchdog_mticks)
{
	char what[2048], config[CONFIG_TEXT], more[512], guest[96], bottom[PLAN_CMDLINE], innermost[640];
	char switches[NESTED_TEXT] = "", top[128];
	const struct stack stack = {.hypervisors = level, .switches = switches, .words = r->words};

	if (r->image) {
		if (level == 0)
			text__format(cmdline, size, "sink=lpt l0=none %s", r->image_words);
		else
			text__format(cmdline, size, OWN_L0_WORDS "%s -- sink=doorbell %s", r->words ? r->words : "",
				     r->image_words);
		return;
	}
	bare_config(config, r, level, setting);
	plan_words(what, sizeof(what), r, level);
	guest_words(guest, sizeof(guest), r);
	innermost_words(more, sizeof(more), r, level ? level - 1 : 0);
	text__format(top, sizeof(top), "level=L%u %s", level, guest);
	if (level == 0) {
		text__format(cmdline, size, "sink=lpt level=L0 l0=%s %s%s%s%s", l0__name(r->l0),
			     config[0] ? "config=" : "", config, config[0] ? " " : "", what);
	} else if (level == 1) {
		/* The words of a test come first, so that their watchdog= has priority. */
		text__format(cmdline, size,
			     "sink=lpt level=L1 l0=own config=%s ept=%s%s watchdog=%u %s -- sink=doorbell %s", config,
			     ept_of(r), more, watchdog_mticks, what, top);
	} else {
		nested__words(switches, &r->nested[setting]);
		text__format(bottom, sizeof(bottom), "sink=lpt level=L%u l0=own config=%s watchdog=%u %s", level,
			     config, watchdog_mticks, what);
		text__format(innermost, sizeof(innermost), "ept=%s warmup=%u%s", ept_of(r), r->warmup, more);
		stack__cmdline(cmdline, size, &stack, bottom, innermost, top);
	}
}
