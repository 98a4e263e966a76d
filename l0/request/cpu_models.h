/* SPDX-License-Identifier: GPL-2.0-only */
/* The CPU models of an emulated machine: the Intel CPUs of Bochs that have VMX and 64-bit code. */
#ifndef NB_L0_CPU_MODELS_H
#define NB_L0_CPU_MODELS_H

#include <stdbool.h>
#include <stddef.h>

/*
 * CPU features that are optional, and that a setting can turn off. The first three are in the order
 * of enum kvm_config (request.h).
 */
enum cpu_feature {
	CPU_VMCS_SHADOWING = 1 << 0,
	CPU_EPT = 1 << 1,
	CPU_VPID = 1 << 2,
	CPU_UNRESTRICTED_GUEST = 1 << 3,
	CPU_PAGES_1G = 1 << 4, /* 1 GiB pages in page tables and in EPTs */
};

struct cpu_model {
	const char *name;   /* name on the command line and in the column cpu: "skylake-x" */
	const char *bochs;  /* the emulator's name of the model */
	unsigned year;      /* the year in which the CPU was first sold */
	unsigned lacks;     /* features that the CPU lacks, bits of enum cpu_feature */
	const char *clears; /* more numbers for the kernel's clearcpuid=, each after a comma; or "" */
	const char *has;    /* features that the previous model does not have, in one line */
};

/* All models, from the oldest to the newest. The name of the last element is NULL. */
extern const struct cpu_model cpu_models[];

/* Returns the model that a run uses unless --cpu names another one. */
const struct cpu_model *cpu_model__default(void);

/*
 * Returns the model that spec[0..length) names, by either name. Returns NULL after one line that
 * suggests a name.
 */
const struct cpu_model *cpu_model__find(const char *spec, size_t length);

/*
 * Returns true if the installed emulator has this model. The first call runs the emulator, which
 * takes a tenth of a second, and keeps its list. If the emulator cannot be run, only the default
 * model counts as present.
 */
bool cpu_model__is_emulated(const struct cpu_model *model);

/* Returns true if the output of `bochs --help cpu` lists the Bochs name of this model. */
bool cpu_model__is_listed(const struct cpu_model *model, const char *help);

#endif
