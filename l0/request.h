/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the user asked to be measured, as the command line says it. Every machine and the plan read it; nobody changes it.
 */
#ifndef NB_L0_REQUEST_H
#define NB_L0_REQUEST_H

#include <stdbool.h>

enum level { LEVEL_L0 = 1 << 0, LEVEL_L1 = 1 << 1, LEVEL_L2 = 1 << 2 };
enum shadowing { SHADOWING_ON = 1 << 0, SHADOWING_OFF = 1 << 1 };

struct request {
	const char *machine; /* "host" or "bochs" */
	bool l0_none;        /* our hypervisor is L0, on the machine itself */
	bool qemu;           /* --vmm qemu */
	const char *ops;     /* with `empty` first: the loop cost belongs to every result */
	unsigned iterations;
	unsigned warmup;
	unsigned levels;        /* of enum level */
	unsigned shadowing;     /* of enum shadowing; 0: as the machine is */
	bool reload_kvm;        /* the machine's kvm_intel may be reloaded */
	const char *kvm_params; /* more parameters for kvm_intel where it is reloaded, separated by blanks; or "" */
	const char *ept;        /* page size of ept12 */
	const char *fault;      /* for tests: how our hypervisor dies, or NULL */
	unsigned timeout;       /* seconds without progress before something is ended */
	const char *out;        /* folder of the results, made already */
	const char *programs;   /* folder of our binaries and images */
};

#endif
