/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef NB_TRACE_PROBED_H
#define NB_TRACE_PROBED_H

#define PROBED_MAX  16
#define PROBED_NAME 64

#include <stdbool.h>

/* Functions of KVM that programs of kvm.bpf.c attach to (fentry and fexit), whatever the kernel. */
struct probed_functions {
	char name[PROBED_MAX][PROBED_NAME];
	unsigned count;
};

/* False if the programs cannot be read. */
bool probed_functions__list(struct probed_functions *functions);

#endif
