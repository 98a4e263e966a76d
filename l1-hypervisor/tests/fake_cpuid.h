/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * CPUID raises no signal, unlike privileged instructions. So the Makefile includes this header
 * before each file of the hypervisor, and the function cpuid() becomes a look-up in fake_cpu.c.
 */
#ifndef HV_FAKE_CPUID_H
#define HV_FAKE_CPUID_H

#define cpuid cpuid_of_this_computer
#include "microbench/bare/cpu.h"
#undef cpuid
#define cpuid(leaf, subleaf) fake_cpuid(leaf, subleaf)

struct cpuid_result fake_cpuid(uint32_t leaf, uint32_t subleaf);

#endif
