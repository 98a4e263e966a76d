// SPDX-License-Identifier: GPL-2.0-only
/* The list of CPU models, and the lookup of a name from the command line. */
#include "l0/request/cpu_models.h"

#include <stdio.h>
#include <string.h>

#include "l0/base/suggest.h"
#include "l0/base/util.h"

#define NO_SHADOWING    (CPU_VMCS_SHADOWING | CPU_PAGES_1G)
#define NO_UNRESTRICTED (NO_SHADOWING | CPU_UNRESTRICTED_GUEST)
#define NO_EPT          (NO_UNRESTRICTED | CPU_EPT | CPU_VPID)

/*
 * Numbers of CPU features for clearcpuid= (Linux, arch/x86/include/asm/cpufeatures.h).
 *
 * FSRM: IA32_MISC_ENABLE of Bochs reports that fast strings are off. So Linux disables ERMS, but
 * not FSRM. With FSRM and without ERMS, its memmove() copies fewer than 32 bytes as if they were
 * 32. The kernel then overwrites its own code.
 *
 * AMX_TILE: Linux disables the tile data without XSAVES, which no model here may have. It does not
 * disable the tile configuration. XSETBV with only one of the two causes a #GP (SDM 13.3).
 */
#define FSRM     ",580"
#define AMX_TILE ",600"

const struct cpu_model cpu_models[] = {
	{"penryn", "core2_penryn_t9600", 2008, NO_EPT, "",
	 "VMX with TPR shadow and virtualized APIC accesses; no EPT, no VPID, no RDTSCP"},
	{"lynnfield", "corei5_lynnfield_750", 2009, NO_UNRESTRICTED, "",
	 "EPT, VPID, RDTSCP, descriptor-table exiting, preemption timer; no unrestricted guests"},
	{"arrandale", "corei5_arrandale_m520", 2010, NO_SHADOWING, "", "unrestricted guests"},
	{"sandy-bridge", "corei7_sandy_bridge_2600k", 2011, NO_SHADOWING, "", "XSAVE, AVX, PCID, TSC deadlines"},
	{"ivy-bridge", "corei7_ivy_bridge_3770k", 2012, NO_SHADOWING, "", "x2APIC, SMEP, FSGSBASE, RDRAND"},
	{"haswell", "corei7_haswell_4770", 2013, 0, "",
	 "VMCS shadowing, accessed and dirty flags in EPTs, PAUSE-loop exiting, INVPCID, pages of 1 GiB"},
	{"broadwell", "broadwell_ult", 2014, 0, "", "SMAP, RDSEED, ADX"},
	{"skylake-x", "corei7_skylake_x", 2017, 0, "", "page-modification log, TSC scaling, XSAVES, AVX-512"},
	{"cannon-lake", "corei3_cnl", 2018, 0, "", "PKU, UMIP, SHA; no page-modification log"},
	{"ice-lake", "corei7_icelake_u", 2019, 0, FSRM,
	 "page-modification log, sub-page write permissions, RDPID, fast short REP MOVSB"},
	{"tiger-lake", "tigerlake", 2020, 0, FSRM, "CET, MOVDIR64B"},
	{"sapphire-rapids", "sapphire_rapids", 2023, 0, FSRM AMX_TILE, "LA57, AMX, PKS, user interrupts"},
	{"arrow-lake", "arrow_lake", 2024, 0, FSRM, "LASS, AVX-VNNI; no LA57, no AVX-512, no AMX"},
	{.name = NULL},
};

#define MODELS (sizeof(cpu_models) / sizeof(cpu_models[0]) - 1)

static const char default_name[] = "skylake-x";

const struct cpu_model *cpu_model__default(void)
{
	return cpu_model__find(default_name, strlen(default_name));
}

static bool is_named(const char *name, const char *spec, size_t length)
{
	return strlen(name) == length && strncmp(name, spec, length) == 0;
}

const struct cpu_model *cpu_model__find(const char *spec, size_t length)
{
	const char *names[2 * MODELS + 1] = {NULL};
	char suggestion[SUGGEST_SIZE];

	for (size_t i = 0; i < MODELS; i++) {
		const struct cpu_model *model = &cpu_models[i];

		if (is_named(model->name, spec, length) || is_named(model->bochs, spec, length))
			return model;
		names[i] = model->name;
		names[MODELS + i] = model->bochs;
	}
	suggest__names(suggestion, "; ", spec, length, names);
	pr_err("--cpu %.*s: there is no such model%s (`nestbed cpus` lists them)", (int)length, spec, suggestion);
	return NULL;
}

bool cpu_model__is_listed(const struct cpu_model *model, const char *help)
{
	for (const char *line = help; line; line = strchr(line, '\n')) {
		line += strspn(line, "\r\n");
		if (*line && is_named(model->bochs, line, strcspn(line, "\r\n ")))
			return true;
		if (!line[0])
			return false;
	}
	return false;
}

bool cpu_model__is_emulated(const struct cpu_model *model)
{
	static char help[8192]; /* output of the emulator, which does not change during a run */

	if (!help[0]) {
		FILE *bochs = popen("bochs --help cpu 2>&1 </dev/null", "re");
		size_t used = bochs ? fread(help, 1, sizeof(help) - 2, bochs) : 0;

		if (bochs)
			pclose(bochs);
		if (used == 0)
			text__format(help, sizeof(help), "%s\n", cpu_model__default()->bochs);
	}
	return cpu_model__is_listed(model, help);
}
