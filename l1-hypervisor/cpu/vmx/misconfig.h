/* SPDX-License-Identifier: GPL-2.0-only */
/* Ends the run after an EPT misconfiguration that the host did not intend, and explains it. */
#ifndef HV_MISCONFIG_H
#define HV_MISCONFIG_H

#include "l1-hypervisor/cpu/vcpu.h"

/*
 * Returns if the last exit was not an EPT misconfiguration. Otherwise it ends the run with a dump.
 * The message names the wrong entry on the path to this guest-physical address, and its error.
 */
void exit_fail_if_misconfigured(struct vcpu *vcpu, uint64_t physical);

#endif
