/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Whose is an exit of L2's: does L0 handle it, and L1 never hears of it, or does L1 want it? One table over all exit reasons.
 */
#ifndef VMCS_SHADOW_OWNER_H
#define VMCS_SHADOW_OWNER_H

#include "vmcs-shadow/exit_reasons.h"
#include "vmcs-shadow/vmcs12.h"

enum vmx_owner { VMX_OWNER_L0, VMX_OWNER_L1 };

/* An exit as the CPU tells of it. What its reason does not need may be left 0. */
struct vmx_exit {
	uint32_t reason;        /* basic */
	uint64_t qualification; /* EXIT_QUALIFICATION */
	uint32_t interruption;  /* VM_EXIT_INTR_INFO */
	uint32_t error_code;    /* VM_EXIT_INTR_ERROR_CODE */
	uint32_t msr;           /* ECX, of RDMSR and WRMSR */
	uint64_t field;         /* the encoding, of VMREAD and VMWRITE */
};

/* L1's bitmaps, in its memory; NULL: where it says there is none, which reads as ones. */
struct vmx_bitmaps {
	const uint8_t *io[2], *msr, *vmread, *vmwrite;
};

/* The exits that are L1's whatever else they say, as far as one control decides: a bit a reason. */
void vmx_exits_of_l1(const struct vmcs12 *vmcs12, uint64_t reasons[2]);

enum vmx_owner vmx_exit_owner(const struct vmcs12 *vmcs12, const struct vmx_exit *exit,
			      const struct vmx_bitmaps *bitmaps);

/* Would L1 have an exit for this exception of L2's (SDM 25.6.3)? */
bool vmx_exception_exits(const struct vmcs12 *vmcs12, unsigned vector, uint32_t error_code);

#endif
