/* SPDX-License-Identifier: GPL-2.0-only */
/* Lists the KVM functions that the eBPF programs attach to. */
#ifndef NB_TRACE_PROBED_H
#define NB_TRACE_PROBED_H

#define PROBED_MAX  16
#define PROBED_NAME 64

#include <stdbool.h>

/*
 * Functions of KVM to which programs of kvm.bpf.c attach (fentry and fexit), independent of the
 * running kernel.
 */
struct probed_functions {
	char name[PROBED_MAX][PROBED_NAME];
	unsigned count;
};

/*
 * Lists the functions. Returns false if the programs cannot be read, or if they use more than
 * PROBED_MAX functions.
 */
bool probed_functions__list(struct probed_functions *functions);

#endif
