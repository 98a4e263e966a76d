/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Validates all shadow page tables at once. Only tests use it; the command-line word check=shadow
 * turns it on.
 */
#ifndef HV_SHADOW_CHECK_H
#define HV_SHADOW_CHECK_H

#include "l1-hypervisor/cpu/vcpu.h"

/*
 * Reads check= from the command line. Returns true for check=shadow. A value other than shadow or
 * nested ends the run.
 */
bool shadow_check_init(const char *cmdline);

/*
 * Does nothing without check=shadow. Each entry must allow only what the guest's tables allow, and
 * must lead where they lead. A violation ends the run with the reason. Call it only when the guest
 * has no table change that still needs an INVLPG.
 */
void shadow_check(struct vcpu *vcpu);

/* Prints on the console how many checks ran and how many entries they read. */
void shadow_check_report(struct vcpu *vcpu);

#endif
