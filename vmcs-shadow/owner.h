/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Decides which level handles an exit of L2: L0 without the knowledge of L1, or L1. One table
 * covers all exit reasons.
 */
#ifndef VMCS_SHADOW_OWNER_H
#define VMCS_SHADOW_OWNER_H

#include "vmcs-shadow/exit_reasons.h"
#include "vmcs-shadow/vmcs12.h"

enum vmx_owner { VMX_OWNER_L0, VMX_OWNER_L1 };

/* Exit information of the CPU. Members that the reason does not need may be 0. */
struct vmx_exit {
	uint32_t reason;        /* basic exit reason */
	uint64_t qualification; /* EXIT_QUALIFICATION */
	uint32_t interruption;  /* VM_EXIT_INTR_INFO */
	uint32_t error_code;    /* VM_EXIT_INTR_ERROR_CODE */
	uint32_t msr;           /* ECX for RDMSR and WRMSR */
	uint64_t field;         /* encoding for VMREAD and VMWRITE */
};

/*
 * L1's bitmaps in memory. NULL means that L1's address has no memory; the bitmap reads as all ones.
 */
struct vmx_bitmaps {
	const uint8_t *io[2], *msr, *vmread, *vmwrite;
};

/*
 * Computes the exit reasons that always belong to L1, one bit for each reason: bit r % 64 of
 * reasons[r / 64]. It includes only reasons that a single control decides, and unconditional exits.
 */
void vmx_exits_of_l1(const struct vmcs12 *vmcs12, uint64_t reasons[2]);

/*
 * Returns the level that handles the exit. `bitmaps` must not be NULL for exits that a bitmap
 * decides.
 */
enum vmx_owner vmx_exit_owner(const struct vmcs12 *vmcs12, const struct vmx_exit *exit,
			      const struct vmx_bitmaps *bitmaps);

/*
 * Returns true if L1 requests an exit for this exception of L2 (SDM 25.6.3). `error_code` matters
 * only for page faults (vector 14).
 */
bool vmx_exception_exits(const struct vmcs12 *vmcs12, unsigned vector, uint32_t error_code);

#endif
