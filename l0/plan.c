// SPDX-License-Identifier: GPL-2.0-only
/* Turns a request into steps, and into the command lines of images that run on the bare machine. */
#include <stdio.h>
#include <string.h>

#include "plan.h"
#include "util.h"

/* Memory of a machine that QEMU makes: reaches over 1 GiB where pages of 1 GiB are wanted. */
#define QEMU_MIB      64
#define QEMU_HIGH_MIB 1152

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

static void add_vmm(char *plan, const struct request *r, const struct plan_place *place, const char *level)
{
	char line[2048];

	/* No watchdog in L1: the VMM has one that sees the same ring, and costs the guest nothing. */
	text__format(
		line, sizeof(line),
		"run %s/nestbed-vmm\t--level\t%s\t--op\t%s\t--iterations\t%u\t--warmup\t%u\t--timeout\t%u\t--ept\t%s%s%s",
		place->programs, level, r->ops, r->iterations, r->warmup, r->timeout, r->ept,
		r->fault ? "\t--hypervisor-words\tfault=" : "", r->fault ? r->fault : "");
	add(plan, line);
}

/* QEMU has no doorbell: the image serves itself and sends its records to QEMU's debug console. */
static void add_qemu(char *plan, const struct request *r, const struct plan_place *place, const char *level,
		     const char *config)
{
	const char *programs = place->programs;
	bool nested = strcmp(level, "L2") == 0;
	char line[2048], bench[512], words[1024], module[512] = "", full[512];

	/* Nobody below the image can ask KVM, so it is told the configuration; commas stand for blanks. */
	text__format(full, sizeof(full), "%s%s%s%s%s", config, r->kvm_params[0] ? "," : "", r->kvm_params,
		     nested && strcmp(r->ept, "2M") != 0 ? ",ept12=" : "",
		     nested && strcmp(r->ept, "2M") != 0 ? r->ept : "");
	for (char *p = full; *p; p++)
		if (*p == ' ')
			*p = ',';
	config = full;

	text__format(bench, sizeof(bench), "level=%s ops=%s n=%u warmup=%u", level, r->ops, r->iterations, r->warmup);
	if (nested) {
		text__format(words, sizeof(words),
			     "sink=debugcon level=L2 l0=kvm vmm=qemu config=%s ept=%s watchdog=%u -- sink=doorbell %s",
			     config, r->ept, place->watchdog_mticks, bench);
		text__format(module, sizeof(module), "\t-initrd\t%s/bench.elf", programs);
	} else {
		text__format(words, sizeof(words), "sink=debugcon l0=kvm vmm=qemu config=%s %s", config, bench);
	}
	text__format(
		line, sizeof(line),
		"run %s\t-nodefaults\t-no-user-config\t-display\tnone\t-no-reboot\t-machine\tpc,accel=kvm\t-cpu\thost\t"
		"-m\t%u\t-serial\tfile:/proc/self/fd/2\t-chardev\tstdio,id=out\t"
		"-device\tisa-debugcon,iobase=0xe9,chardev=out\t"
		"-device\tisa-debug-exit,iobase=0xf4\t-kernel\t%s/%s%s\t-append\t%s",
		place->qemu, strcmp(r->ept, "1G") == 0 ? QEMU_HIGH_MIB : QEMU_MIB, programs,
		nested ? "hypervisor.elf" : "bench.elf", module, words);
	add(plan, line);
}

static void add_level(char *plan, const struct request *r, const struct plan_place *place, enum level level,
		      const char *config)
{
	const char *name = level == LEVEL_L0 ? "L0" : level == LEVEL_L1 ? "L1" : "L2";

	if (!(r->levels & level))
		return;
	if (r->qemu && level != LEVEL_L0)
		add_qemu(plan, r, place, name, config);
	else
		add_vmm(plan, r, place, name);
}

void plan__write(char *plan, const struct request *r, const struct plan_place *place)
{
	static const struct {
		enum shadowing shadowing;
		const char *parameter, *config;
	} settings[] = {
		{SHADOWING_ON, "enable_shadow_vmcs=1", "shadow_vmcs=on"},
		{SHADOWING_OFF, "enable_shadow_vmcs=0", "shadow_vmcs=off"},
	};
	char module[512];
	bool first = true;

	plan[0] = '\0';
	if (!place->reload) {
		const char *config = r->shadowing == SHADOWING_ON    ? "shadow_vmcs=on"
				     : r->shadowing == SHADOWING_OFF ? "shadow_vmcs=off"
								     : "";
		add_metadata(plan, place);
		add_level(plan, r, place, LEVEL_L0, config);
		add_level(plan, r, place, LEVEL_L1, config);
		add_level(plan, r, place, LEVEL_L2, config);
		return;
	}
	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++) {
		if (!(r->shadowing & settings[i].shadowing))
			continue;
		text__format(module, sizeof(module), "module kvm_intel nested=1 %s %s", settings[i].parameter,
			     r->kvm_params);
		add(plan, module);
		/* The setting concerns L2 alone: the other levels are measured once. */
		if (first) {
			add_metadata(plan, place);
			add_level(plan, r, place, LEVEL_L0, settings[i].config);
			add_level(plan, r, place, LEVEL_L1, settings[i].config);
		}
		add_level(plan, r, place, LEVEL_L2, settings[i].config);
		first = false;
		if (!(r->levels & LEVEL_L2))
			break;
	}
}

unsigned plan__runs(const struct request *r, bool reload)
{
	unsigned settings = reload ? (unsigned)__builtin_popcount(r->shadowing) : 1;

	if (r->l0_none)
		return (unsigned)__builtin_popcount(r->levels);
	return (unsigned)__builtin_popcount(r->levels & (LEVEL_L0 | LEVEL_L1)) + (r->levels & LEVEL_L2 ? settings : 0);
}

void plan__bare_cmdline(char *cmdline, size_t size, const struct request *r, enum level level, unsigned watchdog_mticks)
{
	bool usual = strcmp(r->ept, "2M") == 0;
	char bench[512];

	text__format(bench, sizeof(bench), "ops=%s n=%u warmup=%u", r->ops, r->iterations, r->warmup);
	if (level == LEVEL_L0)
		text__format(cmdline, size, "sink=lpt level=L0 l0=none %s", bench);
	else
		text__format(
			cmdline, size,
			"sink=lpt level=L1 l0=none config=%s%s ept=%s watchdog=%u%s%s -- sink=doorbell level=L1 %s",
			usual ? "" : "ept12=", usual ? "" : r->ept, r->ept, watchdog_mticks, r->fault ? " fault=" : "",
			r->fault ? r->fault : "", bench);
}
