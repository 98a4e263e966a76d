// SPDX-License-Identifier: GPL-2.0-only
/*
 * Emulates the guest's INVLPG and INVPCID. It may drop more translations than the guest requests: a
 * TLB may drop a translation at any time.
 */
#include "l1-hypervisor/invalidate.h"

#include "l1-hypervisor/events.h"
#include "l1-hypervisor/guest_paging.h"
#include "l1-hypervisor/linear.h"
#include "l1-hypervisor/memory_operand.h"
#include "l1-hypervisor/registers.h"
#include "microbench/bare/cpu.h"
#include "vmcs-shadow/x86.h"

enum { INVPCID_ADDRESS, INVPCID_CONTEXT, INVPCID_ALL, INVPCID_ALL_BUT_GLOBAL };

static void forget_address(uint64_t linear)
{
	if (guest.shadow)
		paging_invalidate(linear);
	else
		vmx_invalidate_address(linear);
}

void invlpg_exit(void)
{
	uint64_t linear = vmcs_read(EXIT_QUALIFICATION);

	/*
	 * INVLPG of a non-canonical address does nothing (SDM vol. 2), but INVVPID of the address
	 * would fail.
	 */
	if (cpu_is_canonical(linear))
		forget_address(linear);
	skip_instruction();
}

/* Returns false if the operands of INVPCID cause a #GP (SDM vol. 2, INVPCID). */
static bool is_legal(uint64_t type, uint64_t pcid, uint64_t linear)
{
	if (type > INVPCID_ALL_BUT_GLOBAL || pcid >> 12)
		return false;
	if (type <= INVPCID_CONTEXT && pcid && !paging_has_pcids())
		return false;
	return type != INVPCID_ADDRESS || cpu_is_canonical(linear);
}

void invpcid_exit(struct guest_registers *regs)
{
	uint32_t info = (uint32_t)vmcs_read(VMX_INSTRUCTION_INFO);
	uint64_t type = register_read(regs, INFO_REG2(info)), address = operand_address(regs, info);
	uint64_t descriptor[2];

	if (!operand_fault_unless(linear_read(address, descriptor, sizeof(descriptor)), address))
		return;
	if (!is_legal(type, descriptor[0], descriptor[1])) {
		event_exception(VECTOR_GP, true, 0);
		return;
	}
	/*
	 * INVPCID names an address in one PCID. Cached translations of the guest carry no PCID
	 * here, so the address is dropped for all PCIDs.
	 */
	if (type == INVPCID_ADDRESS)
		forget_address(descriptor[1]);
	else if (guest.shadow)
		paging_flush();
	else
		vmx_invalidate_guest();
	skip_instruction();
}
