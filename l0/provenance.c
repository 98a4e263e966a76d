// SPDX-License-Identifier: GPL-2.0-only
/* Metadata that the front end knows: git commit and compiler from the build, hashes of the images, the request. */
#include "provenance.h"

#include <sha256.h>
#include <stdio.h>
#include <string.h>

#include "machine/bochs_files.h"
#include "machine/emulator.h"
#include "util.h"
#include "version.h" /* made by the Makefile */

static void add_hash(struct nb_results *results, const char *folder, const char *name)
{
	char path[512], key[64], digest[SHA256_DIGEST_STRING_LENGTH] = "";

	text__format(path, sizeof(path), "%s/%s", folder, name);
	text__format(key, sizeof(key), "sha256.%s", name);
	nb_results_set_meta(results, key, SHA256File(path, digest) ? digest : "");
}

void provenance__add(struct nb_results *results, const struct request *request, const char *why)
{
	char number[32], emulator[64];

	nb_results_set_meta(results, "machine", request->machine);
	nb_results_set_meta(results, "machine_why", why);
	if (strcmp(request->machine, "bochs") == 0) {
		nb_results_set_meta(results, "clock_unit", "1 tick = 1 emulated instruction; never a latency");
		nb_results_set_meta(results, "emulated_cpu", request->variant[0].cpu->bochs);
		if (emulator__version(emulator, sizeof(emulator)))
			nb_results_set_meta(results, "emulator", emulator);
		if (request->l0 != L0_KVM) { /* no kernel is there to tell */
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
	nb_results_set_meta(results, "ept12_page", request->ept);
	text__format(number, sizeof(number), "%u", request->iterations);
	nb_results_set_meta(results, "iterations", number);
	text__format(number, sizeof(number), "%u", request->warmup);
	nb_results_set_meta(results, "warmup", number);
	text__format(number, sizeof(number), "%u", request->seed);
	nb_results_set_meta(results, "seed", number);
}
