/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CPUID as our guest sees it. The leaves are read once at the start: executing CPUID here for each of the guest's would be
 * an exit of our own.
 */
#ifndef HV_GUEST_CPUID_H
#define HV_GUEST_CPUID_H

#include "l1-hypervisor/guest.h"
#include "microbench/bare/cpu.h"

void guest_cpuid_init(void);

/* A leaf as the guest sees it; zeros if there is no such leaf. */
struct cpuid_result guest_cpuid_leaf(uint32_t leaf, uint32_t subleaf);

/* Executes CPUID with the guest's EAX and ECX. */
void guest_cpuid(struct guest_registers *regs);

#endif
