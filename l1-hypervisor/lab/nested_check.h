/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Self-check of the command-line word check=nested. Before each VM entry it checks that vmcs02 and
 * ept02 belong to the host. They must lead the nested guest only to the guest's memory and devices.
 *
 * The check reads the tables and the VMCS themselves, not the data that they were built from.
 */
#ifndef HV_NESTED_CHECK_H
#define HV_NESTED_CHECK_H

#include <stdbool.h>

#include "l1-hypervisor/cpu/vcpu.h"

/* Returns true if the command line has check=nested. */
bool nested_check_init(const char *cmdline);

/* Checks vmcs02, the current VMCS. An error ends the run with a message. */
void nested_check(struct vcpu *vcpu);

/* Prints the number of checks on the console. */
void nested_check_report(void);

#endif
