/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The models of CPU that an emulated machine can have.
 */
#ifndef NB_L0_CPU_MODELS_H
#define NB_L0_CPU_MODELS_H

#include <stddef.h>

struct cpu_model {
	const char *name;  /* on the command line and in the column cpu: "skylake-x" */
	const char *bochs; /* the emulator's name for it */
};

/* The model that a run has unless --cpu names another one. */
const struct cpu_model *cpu_model__default(void);

/* The model that spec[0..length) names, by either name; NULL after a message that lists the names. */
const struct cpu_model *cpu_model__find(const char *spec, size_t length);

#endif
