/* SPDX-License-Identifier: GPL-2.0-only */
/* An EPT misconfiguration that is our own mistake: which entry, and what is wrong with it. */
#ifndef HV_MISCONFIG_H
#define HV_MISCONFIG_H

#include "l1-hypervisor/guest.h"

/* The way to this guest-physical address is misconfigured, and nobody meant it to be: ends the run in words. */
void misconfig_fail(const struct guest_registers *regs, uint64_t physical) __attribute__((noreturn));

#endif
