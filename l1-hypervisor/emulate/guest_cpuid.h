/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CPUID as the guest sees it. The leaves are read once at the start, because a CPUID here at each
 * exit would be an exit of this hypervisor.
 */
#ifndef HV_GUEST_CPUID_H
#define HV_GUEST_CPUID_H

#include "l1-hypervisor/cpu/vcpu.h"
#include "microbench/bare/cpu.h"

/*
 * Reads all leaves from the CPU. Call it once, before any other function here. Ends the run if the
 * table is too small.
 */
void guest_cpuid_init(struct vcpu *vcpu);

/*
 * Returns a leaf as the guest sees it, or zeros if the leaf does not exist. Values that follow the
 * guest's registers (OSXSAVE, OSPKE, EBX of leaf 0DH) are not updated.
 */
struct cpuid_result guest_cpuid_leaf(uint32_t leaf, uint32_t subleaf);

/*
 * Emulates CPUID with the guest's EAX and ECX, and writes the guest's registers. Does not skip the
 * instruction.
 */
void guest_cpuid(struct vcpu *vcpu);

#endif
