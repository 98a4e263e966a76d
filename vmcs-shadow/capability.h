/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the VMX capability MSRs allow: fitting control fields and CR0/CR4 to a CPU (SDM appendix A).
 * Callers read the MSRs and pass their values, so that this runs anywhere.
 */
#ifndef VMCS_SHADOW_CAPABILITY_H
#define VMCS_SHADOW_CAPABILITY_H

#include <stdbool.h>
#include <stdint.h>

/*
 * X(NAME, number). RDMSR of one the CPU lacks is a #GP, so a dump has to know when each exists:
 * all of 0x480 to 0x48a on any CPU with VMX; PROCBASED_CTLS2 if "activate secondary controls" may be 1 (A.3.3);
 * EPT_VPID_CAP if "enable EPT" or "enable VPID" may be 1 (A.10); the TRUE ones if IA32_VMX_BASIC has bit 55 (A.2);
 * VMFUNC if "enable VM functions" may be 1 (A.11). Not here: PROCBASED_CTLS3 (0x492) and EXIT_CTLS2 (0x493),
 * for the tertiary controls and the secondary exit controls.
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

/* The same list to walk through. */
#define VMX_CAPABILITY_MSR_ONE(name, number) +1
enum { VMX_CAPABILITY_MSR_COUNT = VMX_CAPABILITY_MSRS(VMX_CAPABILITY_MSR_ONE) };
#undef VMX_CAPABILITY_MSR_ONE

struct vmx_capability_msr_info {
	const char *name;
	uint32_t number;
};

extern const struct vmx_capability_msr_info vmx_capability_msrs[VMX_CAPABILITY_MSR_COUNT];

/* What the capability MSRs of a CPU say, a real one or one that a hypervisor shows to its guest. */
struct vmx_capabilities {
	uint64_t basic;
	uint64_t pin, primary, secondary, exit, entry; /* the TRUE ones where there are any */
	uint64_t cr0_fixed0, cr0_fixed1, cr4_fixed0, cr4_fixed1;
	uint64_t misc;
	uint64_t ept_vpid;
};

/* "UNKNOWN" for an MSR that is not in the list. */
const char *vmx_capability_msr_name(uint32_t msr);

/*
 * Fit a control field to its capability MSR (A.3, A.4, A.5): *control becomes all of required, what may be 1 of
 * optional, and what must be 1. Pass the TRUE MSR where there is one, as fewer bits must be 1 there (A.2).
 * False if a required bit may not be 1: *missing has those bits, *control is left alone. On success *missing is 0.
 */
bool vmx_adjust_control(uint64_t capability, uint32_t required, uint32_t optional, uint32_t *control,
			uint32_t *missing);

/*
 * CR0 and CR4 in VMX operation (A.7, A.8): a bit that is 1 in fixed0 must be 1, a bit that is 0 in fixed1 must be 0.
 * "Unrestricted guest" exempts the guest's CR0.PE and CR0.PG; the caller takes them out of fixed0 then.
 */
bool vmx_fixed_bits_ok(uint64_t value, uint64_t fixed0, uint64_t fixed1);
uint64_t vmx_apply_fixed_bits(uint64_t value, uint64_t fixed0, uint64_t fixed1);

#endif
