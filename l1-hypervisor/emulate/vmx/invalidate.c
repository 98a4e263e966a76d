// SPDX-License-Identifier: GPL-2.0-only
/*
 * Emulates the guest's INVLPG and INVPCID. It may drop more translations than the guest requests: a
 * TLB may drop a translation at any time.
 */
#include "l1-hypervisor/emulate/vmx/invalidate.h"

#include "l1-hypervisor/backend/backend.h"
#include "l1-hypervisor/cpu/vmx/registers.h"
#include "l1-hypervisor/cpu/vmx/vmx.h"
#include "l1-hypervisor/emulate/vmx/memory_operand.h"
#include "l1-hypervisor/events/events.h"
#include "l1-hypervisor/memory/guest_paging.h"
#include "l1-hypervisor/memory/linear.h"
#include "microbench/bare/cpu.h"
#include "vmcs-shadow/x86.h"

enum { INVPCID_ADDRESS, INVPCID_CONTEXT, INVPCID_ALL, INVPCID_ALL_BUT_GLOBAL };

static void forget_address(struct vcpu *vcpu, uint64_t linear)
{
	if (vcpu->shadow)
		paging_invalidate(vcpu, linear);
	else
		tlb_flush_address(linear);
}

enum outcome invlpg_exit(struct vcpu *vcpu, uint32_t reason __attribute__((unused)))
{
	uint64_t linear = vmcs_read(EXIT_QUALIFICATION);

	/*
	 * INVLPG of a non-canonical address does nothing (SDM vol. 2), but INVVPID of the address
	 * would fail.
	 */
	if (cpu_is_canonical(linear))
		forget_address(vcpu, linear);
	skip_instruction();
	return OUTCOME_RESUME;
}

/* Returns false if the operands of INVPCID cause a #GP (SDM vol. 2, INVPCID). */
static bool is_legal(struct vcpu *vcpu, uint64_t type, uint64_t pcid, uint64_t linear)
{
	if (type > INVPCID_ALL_BUT_GLOBAL || pcid >> 12)
		return false;
	if (type <= INVPCID_CONTEXT && pcid && !paging_has_pcids(vcpu))
		return false;
	return type != INVPCID_ADDRESS || cpu_is_canonical(linear);
}

enum outcome invpcid_exit(struct vcpu *vcpu, uint32_t reason __attribute__((unused)))
{
	uint32_t info = (uint32_t)vmcs_read(VMX_INSTRUCTION_INFO);
	uint64_t type = register_read(vcpu, INFO_REG2(info)), address = operand_address(vcpu, info);
	uint64_t descriptor[2];

	if (!operand_complete_access(vcpu, linear_read(vcpu, address, descriptor, sizeof(descriptor)), address))
		return OUTCOME_RESUME;
	if (!is_legal(vcpu, type, descriptor[0], descriptor[1])) {
		event_exception(vcpu, VECTOR_GP, true, 0);
		return OUTCOME_RESUME;
	}
	/*
	 * INVPCID names an address in one PCID. Cached translations of the guest carry no PCID
	 * here, so the address is dropped for all PCIDs.
	 */
	if (type == INVPCID_ADDRESS)
		forget_address(vcpu, descriptor[1]);
	else if (vcpu->shadow)
		paging_flush(vcpu);
	else
		tlb_flush_guest();
	skip_instruction();
	return OUTCOME_RESUME;
}
