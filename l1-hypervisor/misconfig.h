/* SPDX-License-Identifier: GPL-2.0-only */
/* Explains an EPT misconfiguration that the host made by mistake: the entry and its error. */
#ifndef HV_MISCONFIG_H
#define HV_MISCONFIG_H

#include "l1-hypervisor/guest.h"

/*
 * Ends the run after an unintended misconfiguration. The message names the entry on the path to
 * this guest-physical address, and its error.
 */
void misconfig_fail(const struct guest_registers *regs, uint64_t physical) __attribute__((noreturn));

#endif
