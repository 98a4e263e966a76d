// SPDX-License-Identifier: GPL-2.0-only
/*
 * Adds metadata that the nestbed command knows: git commit and compiler of the build, hashes of the
 * images, and the request.
 */
#include "l0/report/provenance.h"

#include <sha256.h>
#include <stdio.h>
#include <string.h>

#include "l0/base/computer.h"
#include "l0/base/util.h"
#include "l0/machine/bochs_files.h"
#include "l0/machine/emulator.h"
#include "version.h" /* made by the Makefile */

static void add_hash(struct nb_results *results, const char *folder, const char *name)
{
	char path[512], key[64], digest[SHA256_DIGEST_STRING_LENGTH] = "";

	text__format(path, sizeof(path), "%s/%s", folder, name);
	text__format(key, sizeof(key), "sha256.%s", name);
	nb_results_set_meta(results, key, SHA256File(path, digest) ? digest : "");
}

/*
 * Adds the command line of the kernel that is L0, for each variant. Our hypervisor as L0 has no
 * Linux below it.
 */
static void add_kernel_cmdlines(struct nb_results *results, const struct request *request, const struct computer *here)
{
	const bool host = strcmp(request->machine, "host") == 0;
	char cmdline[COMPUTER_CMDLINE];

	for (unsigned i = 0; i < request->variants; i++) {
		const struct variant *v = &request->variant[i];
		const size_t number = nb_results_variant(results, v->kernel_name, v->kernel_args, v->cpu_name);

		if (v->cpu)
			nb_results_set_variant_meta(results, number, "emulated_cpu", v->cpu->bochs);
		if (!host && !v->kernel)
			continue;
		if (host)
			text__format(cmdline, sizeof(cmdline), "%s", here->kernel_cmdline);
		else
			bochs_files__kernel_cmdline(cmdline, sizeof(cmdline), request, v, 0);
		nb_results_set_variant_meta(results, number, "kernel_cmdline", cmdline);
	}
}

/*
 * Adds metadata that differ from run to run: the date, the command line, and the state of this
 * computer.
 */
static void add_computer(struct nb_results *results, const struct computer *here, time_t when)
{
	char text[COMPUTER_CMDLINE];

	computer__date(text, sizeof(text), when);
	nb_results_set_meta(results, "date", text);
	nb_results_set_meta(results, "host_name", here->host_name);
	computer__command_line(text, sizeof(text));
	nb_results_set_meta(results, "command_line", text);
	nb_results_set_meta(results, "computer_kernel", here->kernel);
	nb_results_set_meta(results, "computer_kernel_cmdline", here->kernel_cmdline);
	nb_results_set_meta(results, "computer_is_vm", here->is_vm ? "yes" : "no");
	nb_results_set_meta(results, "computer_hypervisor", here->hypervisor);
	nb_results_set_meta(results, "governor", here->governor);
	nb_results_set_meta(results, "turbo", here->turbo);
	nb_results_set_meta(results, "smt", here->smt);
	nb_results_set_meta(results, "nmi_watchdog", here->nmi_watchdog);
	nb_results_set_meta(results, "load_average", here->load);
}

void provenance__add(struct nb_results *results, const struct request *request, const char *why, time_t when)
{
	struct computer here;
	char number[32], emulator[64];

	computer__read(&here, "");
	add_kernel_cmdlines(results, request, &here);
	nb_results_set_meta(results, "machine", request->machine);
	nb_results_set_meta(results, "machine_why", why);
	if (strcmp(request->machine, "bochs") == 0) {
		nb_results_set_meta(results, "clock_unit", "1 tick = 1 emulated instruction; never a latency");
		if (emulator__version(emulator, sizeof(emulator)))
			nb_results_set_meta(results, "emulator", emulator);
		if (request->l0 != L0_KVM) { /* no kernel reports these values */
			nb_results_set_meta(results, "kernel", "none");
			nb_results_set_meta(results, "tsc_khz", BOCHS_TSC_KHZ);
			nb_results_set_meta(results, "tsc_source", "the emulator's configuration");
		}
	} else {
		nb_results_set_meta(results, "clock_unit", "1 tick = 1 cycle of the time stamp counter");
	}
	nb_results_set_meta(results, "nestbed_version", NB_VERSION);
	nb_results_set_meta(results, "git_commit", NB_GIT_COMMIT);
	nb_results_set_meta(results, "git_dirty", NB_GIT_DIRTY ? "yes" : "no");
	nb_results_set_meta(results, "compiler", __VERSION__);
	add_hash(results, request->programs, "hypervisor.elf");
	add_hash(results, request->programs, "bench.elf");
	add_hash(results, request->programs, "nestbed-vmm");
	nb_results_set_meta(results, "ops", request->ops);
	nb_results_set_meta(results, "ept12_page", config__value_text(CONFIG_KNOB_ept12, request->ept));
	text__format(number, sizeof(number), "%u", request->iterations);
	nb_results_set_meta(results, "iterations", number);
	text__format(number, sizeof(number), "%u", request->warmup);
	nb_results_set_meta(results, "warmup", number);
	text__format(number, sizeof(number), "%u", request->seed);
	nb_results_set_meta(results, "seed", number);
	add_computer(results, &here, when);
}
