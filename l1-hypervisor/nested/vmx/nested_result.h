/* SPDX-License-Identifier: GPL-2.0-only */
/* How an emulated VMX instruction ends (SDM 31.2). */
#ifndef HV_NESTED_RESULT_H
#define HV_NESTED_RESULT_H

#include "l1-hypervisor/nested/vmx/nested_state.h"

/*
 * End an instruction with VMsucceed or VMfailInvalid: they set RFLAGS and skip the instruction. The
 * VMCS of the level that executed it is current.
 */
void nested_succeed(void);
void nested_fail_invalid(void);

/*
 * Ends it with VMfailValid and this error, or with VMfailInvalid if the guest has no current VMCS.
 */
void nested_fail(struct vcpu *vcpu, uint32_t error);

/* Ends it with VMfailValid, and stores the error in this VMCS. */
void nested_fail_valid(struct nested_vmcs *vmcs, uint32_t error);

#endif
