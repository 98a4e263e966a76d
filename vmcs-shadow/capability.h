/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The VMX capability MSRs, and functions that adjust control fields, CR0 and CR4 to them (SDM
 * appendix A). Callers read the MSRs and pass their values, so the code runs on any computer.
 */
#ifndef VMCS_SHADOW_CAPABILITY_H
#define VMCS_SHADOW_CAPABILITY_H

#include <stdbool.h>
#include <stdint.h>

/*
 * X(NAME, number). RDMSR of an MSR that the CPU lacks causes #GP, so a dump must know which MSRs
 * exist:
 * - 0x480 to 0x48a exist on every CPU with VMX.
 * - PROCBASED_CTLS2 exists if "activate secondary controls" may be 1 (A.3.3).
 * - EPT_VPID_CAP exists if "enable EPT" or "enable VPID" may be 1 (A.10).
 * - The TRUE MSRs exist if bit 55 of IA32_VMX_BASIC is 1 (A.2).
 * - VMFUNC exists if "enable VM functions" may be 1 (A.11).
 * The list does not include PROCBASED_CTLS3 (0x492, tertiary controls) and EXIT_CTLS2 (0x493,
 * secondary exit controls).
 */
/* clang-format off */
#define VMX_CAPABILITY_MSRS(X) \
	X(IA32_FEATURE_CONTROL,         0x03a) \
	X(IA32_VMX_BASIC,               0x480) \
	X(IA32_VMX_PINBASED_CTLS,       0x481) \
	X(IA32_VMX_PROCBASED_CTLS,      0x482) \
	X(IA32_VMX_EXIT_CTLS,           0x483) \
	X(IA32_VMX_ENTRY_CTLS,          0x484) \
	X(IA32_VMX_MISC,                0x485) \
	X(IA32_VMX_CR0_FIXED0,          0x486) \
	X(IA32_VMX_CR0_FIXED1,          0x487) \
	X(IA32_VMX_CR4_FIXED0,          0x488) \
	X(IA32_VMX_CR4_FIXED1,          0x489) \
	X(IA32_VMX_VMCS_ENUM,           0x48a) \
	X(IA32_VMX_PROCBASED_CTLS2,     0x48b) \
	X(IA32_VMX_EPT_VPID_CAP,        0x48c) \
	X(IA32_VMX_TRUE_PINBASED_CTLS,  0x48d) \
	X(IA32_VMX_TRUE_PROCBASED_CTLS, 0x48e) \
	X(IA32_VMX_TRUE_EXIT_CTLS,      0x48f) \
	X(IA32_VMX_TRUE_ENTRY_CTLS,     0x490) \
	X(IA32_VMX_VMFUNC,              0x491)
/* clang-format on */

#define VMX_CAPABILITY_MSR_NUMBER(name, number) MSR_##name = (number),
enum vmx_capability_msr { VMX_CAPABILITY_MSRS(VMX_CAPABILITY_MSR_NUMBER) };
#undef VMX_CAPABILITY_MSR_NUMBER

/* The same list as an array, for loops over all MSRs. */
#define VMX_CAPABILITY_MSR_ONE(name, number) +1
enum { VMX_CAPABILITY_MSR_COUNT = VMX_CAPABILITY_MSRS(VMX_CAPABILITY_MSR_ONE) };
#undef VMX_CAPABILITY_MSR_ONE

struct vmx_capability_msr_info {
	const char *name;
	uint32_t number;
};

extern const struct vmx_capability_msr_info vmx_capability_msrs[VMX_CAPABILITY_MSR_COUNT];

/*
 * Capability MSR values of a real CPU, or of the virtual CPU that a hypervisor presents to its
 * guest.
 */
struct vmx_capabilities {
	uint64_t basic;
	uint64_t pin, primary, secondary, exit, entry; /* the TRUE MSRs if the CPU has them */
	uint64_t cr0_fixed0, cr0_fixed1, cr4_fixed0, cr4_fixed1;
	uint64_t misc;
	uint64_t ept_vpid;
};

/* Returns the name of a capability MSR, or "UNKNOWN" if the MSR is not in the list. */
const char *vmx_capability_msr_name(uint32_t msr);

/*
 * Computes a control field from its capability MSR (A.3, A.4, A.5). *control gets all bits of
 * `required`, the supported bits of `optional`, and all bits that must be 1. Pass the TRUE MSR if
 * it exists, because fewer bits must be 1 there (A.2). Returns true and sets *missing to 0 on
 * success. Returns false if a required bit must be 0: *missing holds all such bits, and *control is
 * unchanged.
 */
bool vmx_adjust_control(uint64_t capability, uint32_t required, uint32_t optional, uint32_t *control,
			uint32_t *missing);

/*
 * CR0 and CR4 in VMX operation (A.7, A.8): a bit that is 1 in fixed0 must be 1, and a bit that is 0
 * in fixed1 must be 0. "Unrestricted guest" exempts CR0.PE and CR0.PG of the guest; the caller then
 * removes these bits from fixed0. vmx_fixed_bits_ok() returns true if the value is valid.
 * vmx_apply_fixed_bits() returns the value with all fixed bits corrected.
 */
bool vmx_fixed_bits_ok(uint64_t value, uint64_t fixed0, uint64_t fixed1);
uint64_t vmx_apply_fixed_bits(uint64_t value, uint64_t fixed0, uint64_t fixed1);

#endif
