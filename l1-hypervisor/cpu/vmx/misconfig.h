/* SPDX-License-Identifier: GPL-2.0-only */
/* Explains an EPT misconfiguration that the host made by mistake: the entry and its error. */
#ifndef HV_MISCONFIG_H
#define HV_MISCONFIG_H

#include "l1-hypervisor/cpu/vcpu.h"

/*
 * Returns if the last exit is no EPT misconfiguration. Otherwise it ends the run: the host has not
 * intended it. The message names the entry on the path to this guest-physical address, and its
 * error.
 */
void exit_fail_if_misconfigured(struct vcpu *vcpu, uint64_t physical);

#endif
