// SPDX-License-Identifier: GPL-2.0-only
/* VMsucceed, VMfailInvalid and VMfailValid (SDM 31.2). */
#include "l1-hypervisor/nested/vmx/nested_result.h"

#include "l1-hypervisor/cpu/vmx/vmx.h"
#include "l1-hypervisor/events/events.h"
#include "vmcs-shadow/x86.h"

/* CF, PF, AF, ZF, SF, OF */
#define RFLAGS_ARITHMETIC 0x8d5ull

static void finish(uint64_t flags)
{
	vmcs_write(GUEST_RFLAGS, (vmcs_read(GUEST_RFLAGS) & ~RFLAGS_ARITHMETIC) | flags);
	skip_instruction();
}

void nested_succeed(void)
{
	finish(0);
}

void nested_fail_invalid(void)
{
	finish(RFLAGS_CF);
}

void nested_fail_valid(struct nested_vmcs *vmcs, uint32_t error)
{
	nested_vmcs_write(vmcs, VMCS_INDEX_VM_INSTRUCTION_ERROR, error);
	finish(RFLAGS_ZF);
}

void nested_fail(struct vcpu *vcpu, uint32_t error)
{
	if (!nested_of(vcpu)->current) {
		nested_fail_invalid();
		return;
	}
	nested_fail_valid(nested_of(vcpu)->current, error);
}
