// SPDX-License-Identifier: GPL-2.0-only
/*
 * Computes the address of a memory operand, and injects the fault if the operand is not accessible.
 */
#include "l1-hypervisor/emulate/vmx/memory_operand.h"

#include "l1-hypervisor/cpu/vmx/registers.h"
#include "l1-hypervisor/cpu/vmx/vmx.h"
#include "l1-hypervisor/events/events.h"
#include "l1-hypervisor/memory/guest_paging.h"
#include "l1-hypervisor/memory/linear.h"
#include "l1-hypervisor/memory/protected_shadow.h"
#include "microbench/bare/cpu.h"
#include "vmcs-shadow/x86.h"

enum { SEGMENT_SS = 2, SEGMENT_FS = 4, SEGMENT_GS = 5 };

/*
 * The exit qualification holds the displacement. For RIP-relative addressing the CPU has already
 * added RIP.
 */
static uint64_t offset_in_segment(struct vcpu *vcpu, uint32_t info)
{
	uint64_t offset = vmcs_read(EXIT_QUALIFICATION);

	if (!(info & INFO_NO_BASE))
		offset += register_read(vcpu, INFO_BASE(info));
	if (!(info & INFO_NO_INDEX))
		offset += register_read(vcpu, INFO_INDEX(info)) << INFO_SCALE(info);
	if (INFO_ADDRESS(info) == 0)
		return (uint16_t)offset;
	return INFO_ADDRESS(info) == 1 ? (uint32_t)offset : offset;
}

/* In 64-bit code only FS and GS have a base. */
uint64_t operand_address(struct vcpu *vcpu, uint32_t info)
{
	uint64_t address = offset_in_segment(vcpu, info);

	if (INFO_SEGMENT(info) == SEGMENT_FS)
		address += vmcs_read(GUEST_FS_BASE);
	else if (INFO_SEGMENT(info) == SEGMENT_GS)
		address += vmcs_read(GUEST_GS_BASE);
	return address;
}

uint64_t operand_address_32(struct vcpu *vcpu, uint32_t info)
{
	static const uint32_t bases[] = {VMCS_GUEST_ES_BASE, VMCS_GUEST_CS_BASE, VMCS_GUEST_SS_BASE,
					 VMCS_GUEST_DS_BASE, VMCS_GUEST_FS_BASE, VMCS_GUEST_GS_BASE};
	unsigned segment = INFO_SEGMENT(info) % (sizeof(bases) / sizeof(bases[0]));
	uint64_t base = 0;

	vmcs_try_read(bases[segment], &base);
	return (uint32_t)(base + offset_in_segment(vcpu, info));
}

bool operand_complete_access(struct vcpu *vcpu, bool success, uint64_t address)
{
	if (success) {
		if (paging_is_write_protected(vcpu))
			protected_shadow_accessed(vcpu, address);
		return true;
	}
	/*
	 * SDM 7.15: a reference through SS to a non-canonical address is a #SS, any other is a #GP.
	 */
	if (!cpu_is_canonical(linear_error_address)) {
		event_exception(vcpu,
				INFO_SEGMENT(vmcs_read(VMX_INSTRUCTION_INFO)) == SEGMENT_SS ? VECTOR_SS : VECTOR_GP,
				true, 0);
		return false;
	}
	event_page_fault(vcpu, linear_error_address, linear_error);
	return false;
}
