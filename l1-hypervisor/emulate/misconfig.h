/* SPDX-License-Identifier: GPL-2.0-only */
/* Explains an EPT misconfiguration that the host made by mistake: the entry and its error. */
#ifndef HV_MISCONFIG_H
#define HV_MISCONFIG_H

#include "l1-hypervisor/cpu/vcpu.h"

/*
 * Ends the run after an unintended misconfiguration. The message names the entry on the path to
 * this guest-physical address, and its error.
 */
void misconfig_fail(struct vcpu *vcpu, uint64_t physical) __attribute__((noreturn));

#endif
