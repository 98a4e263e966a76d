/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The models of CPU that an emulated machine can have: the Intel CPUs of Bochs that have VMX and 64-bit code.
 */
#ifndef NB_L0_CPU_MODELS_H
#define NB_L0_CPU_MODELS_H

#include <stdbool.h>
#include <stddef.h>

/* What a CPU may lack that somebody can switch. The first three are in the order of enum config (request.h). */
enum cpu_feature {
	CPU_VMCS_SHADOWING = 1 << 0,
	CPU_EPT = 1 << 1,
	CPU_VPID = 1 << 2,
	CPU_UNRESTRICTED_GUEST = 1 << 3,
	CPU_PAGES_1G = 1 << 4, /* in page tables and in EPTs */
};

struct cpu_model {
	const char *name;   /* on the command line and in the column cpu: "skylake-x" */
	const char *bochs;  /* the emulator's name for it */
	unsigned year;      /* in which the CPU was first sold */
	unsigned lacks;     /* enum cpu_feature */
	const char *clears; /* more numbers for the kernel's clearcpuid=, each behind a comma; or "" */
	const char *has;    /* what it has that the one before it had not, in a line */
};

/* All models, from the oldest to the newest; then one whose name is NULL. */
extern const struct cpu_model cpu_models[];

/* The model that a run has unless --cpu names another one. */
const struct cpu_model *cpu_model__default(void);

/* The model that spec[0..length) names, by either name; NULL after one line that suggests a name. */
const struct cpu_model *cpu_model__find(const char *spec, size_t length);

/*
 * Does the installed emulator have this model? The first call runs the emulator, which takes a tenth of a second, and
 * keeps its list. An emulator that cannot be asked has the default model alone.
 */
bool cpu_model__is_emulated(const struct cpu_model *model);

/* Is this Bochs' name in what `bochs --help cpu` has printed? */
bool cpu_model__is_listed(const struct cpu_model *model, const char *help);

#endif
