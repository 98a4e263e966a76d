// SPDX-License-Identifier: GPL-2.0-only
/*
 * The checks of `doctor` about time measurements: what disturbs times on this computer, and how to
 * remove the disturbance.
 */
#include <stdlib.h>
#include <string.h>

#include "l0/base/util.h"
#include "l0/report/doctor.h"

/* Load of one busy CPU is 1. An idle computer stays below this limit. */
#define LOAD_MAX 0.5

static bool is(const char *text, const char *word)
{
	return strcmp(text, word) == 0;
}

/* A computer that does not report a setting has no switch for it. */
static bool is_unknown(const char *text)
{
	return is(text, "unknown");
}

/* Times in a virtual machine include the time of its hypervisor. */
static void check_virtual(struct checks *checks, const struct computer *computer)
{
	struct check *check;

	if (!computer->is_vm) {
		doctor__add(checks, true, CHECK_OPTIONAL, "hardware", "not a virtual machine");
		return;
	}
	check = doctor__add(checks, false, CHECK_OPTIONAL, "hardware",
			    "a virtual machine (hypervisor: %s): it is in every time", computer->hypervisor);
	doctor__todo(check, "measure times on the hardware; exits, and an emulated machine, are exact here, too");
}

/* The governor must be "performance" on every CPU. */
static void check_governor(struct checks *checks, const struct computer *computer)
{
	const bool known = !is_unknown(computer->governor);
	struct check *check = doctor__add(checks, !known || is(computer->governor, "performance"), CHECK_OPTIONAL,
					  "governor", "%s",
					  known ? computer->governor : "none: this computer has no cpufreq");

	doctor__todo(check, "echo performance | sudo tee /sys/devices/system/cpu/cpu*/cpufreq/scaling_governor");
}

static void check_switches(struct checks *checks, const struct computer *computer)
{
	const bool off_by_one = computer->turbo_by_pstate; /* intel_pstate/no_turbo is 1 if turbo is off */
	struct check *check;

	check = doctor__add(checks, !is(computer->turbo, "on"), CHECK_OPTIONAL, "turbo", "%s", computer->turbo);
	doctor__todo(check, "echo %d | sudo tee /sys/devices/system/cpu/%s", off_by_one,
		     off_by_one ? "intel_pstate/no_turbo" : "cpufreq/boost");
	check = doctor__add(checks, !is(computer->smt, "on"), CHECK_OPTIONAL, "SMT", "%s", computer->smt);
	doctor__todo(check, "echo off | sudo tee /sys/devices/system/cpu/smt/control");
	check = doctor__add(checks, !is(computer->nmi_watchdog, "on"), CHECK_OPTIONAL, "NMI watchdog", "%s",
			    computer->nmi_watchdog);
	doctor__todo(check, "sudo sysctl kernel.nmi_watchdog=0");
}

static void check_load(struct checks *checks, const struct computer *computer)
{
	const double load = strtod(computer->load, NULL);
	struct check *check = doctor__add(checks, is_unknown(computer->load) || load <= LOAD_MAX, CHECK_OPTIONAL,
					  "load", "%s on %u CPU%s", computer->load, computer->cpus,
					  computer->cpus == 1 ? "" : "s");

	doctor__todo(check, "stop what else runs: top -b -n 1 -o %%CPU | head -n 15");
}

/*
 * The advice isolates the last CPU, because the first CPU takes interrupts without another target.
 */
static void check_isolated(struct checks *checks, const struct computer *computer)
{
	const bool any = !is(computer->isolated, "none") && !is_unknown(computer->isolated);
	struct check *check;

	if (computer->cpus < 2) {
		doctor__add(checks, true, CHECK_OPTIONAL, "isolated CPUs", "none, as there is one CPU");
		return;
	}
	check = doctor__add(checks, any, CHECK_OPTIONAL, "isolated CPUs", "%s of %u", computer->isolated,
			    computer->cpus);
	doctor__todo(check, "boot with isolcpus=%u nohz_full=%u, then: taskset -c %u nestbed run", computer->cpus - 1,
		     computer->cpus - 1, computer->cpus - 1);
}

void doctor__examine_computer(struct checks *checks, const struct computer *computer)
{
	check_virtual(checks, computer);
	check_governor(checks, computer);
	check_switches(checks, computer);
	check_load(checks, computer);
	check_isolated(checks, computer);
}
