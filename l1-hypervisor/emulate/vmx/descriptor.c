// SPDX-License-Identifier: GPL-2.0-only
/*
 * Emulates descriptor-table instructions from the VM-exit instruction information (SDM tables 28-9
 * and 28-10).
 *
 * Limitation: memory accesses use supervisor rights. If ring 3 of the guest may execute SIDT and
 * similar instructions, it can store to memory that only the guest's kernel may write.
 */
#include "l1-hypervisor/emulate/vmx/descriptor.h"

#include "l1-hypervisor/cpu/vmx/dump.h"
#include "l1-hypervisor/cpu/vmx/registers.h"
#include "l1-hypervisor/cpu/vmx/vmx.h"
#include "l1-hypervisor/emulate/vmx/memory_operand.h"
#include "l1-hypervisor/events/events.h"
#include "l1-hypervisor/memory/linear.h"
#include "microbench/bare/bare.h"
#include "microbench/bare/cpu.h"
#include "vmcs-shadow/x86.h"

#define INFO_IDENTITY(i) ((i) >> 28 & 3)

/* Instruction identities (SDM tables 28-9 and 28-10). */
enum { SGDT, SIDT, LGDT, LIDT };
enum { SLDT, STR, LLDT, LTR };

struct table_register {
	uint16_t limit;
	uint64_t base;
} __attribute__((packed));

static bool table_access(struct vcpu *vcpu, uint32_t info)
{
	uint64_t address = operand_address(vcpu, info);
	struct table_register value = {0};

	switch (INFO_IDENTITY(info)) {
	case SGDT:
		value = (struct table_register){(uint16_t)vmcs_read(GUEST_GDTR_LIMIT), vmcs_read(GUEST_GDTR_BASE)};
		return operand_complete_access(vcpu, linear_write(vcpu, address, &value, sizeof(value)), address);
	case SIDT:
		value = (struct table_register){(uint16_t)vmcs_read(GUEST_IDTR_LIMIT), vmcs_read(GUEST_IDTR_BASE)};
		return operand_complete_access(vcpu, linear_write(vcpu, address, &value, sizeof(value)), address);
	case LGDT:
		if (!operand_complete_access(vcpu, linear_read(vcpu, address, &value, sizeof(value)), address))
			return false;
		if (!cpu_is_canonical(value.base)) {
			event_exception(vcpu, VECTOR_GP, true, 0);
			return false;
		}
		vmcs_write(GUEST_GDTR_LIMIT, value.limit);
		vmcs_write(GUEST_GDTR_BASE, value.base);
		return true;
	default:
		if (!operand_complete_access(vcpu, linear_read(vcpu, address, &value, sizeof(value)), address))
			return false;
		if (!cpu_is_canonical(value.base)) {
			event_exception(vcpu, VECTOR_GP, true, 0);
			return false;
		}
		vmcs_write(GUEST_IDTR_LIMIT, value.limit);
		vmcs_write(GUEST_IDTR_BASE, value.base);
		return true;
	}
}

static bool selector_access(struct vcpu *vcpu, uint32_t info)
{
	bool in_register = info & INFO_IS_REGISTER;
	uint64_t address = in_register ? 0 : operand_address(vcpu, info);
	uint16_t selector = 0;

	switch (INFO_IDENTITY(info)) {
	case SLDT:
	case STR:
		selector = (uint16_t)(INFO_IDENTITY(info) == SLDT ? vmcs_read(GUEST_LDTR_SELECTOR)
								  : vmcs_read(GUEST_TR_SELECTOR));
		if (!in_register)
			return operand_complete_access(vcpu, linear_write(vcpu, address, &selector, 2), address);
		/*
		 * One write covers all operand sizes. A 16-bit operand leaves the upper bits
		 * undefined on older CPUs, and no guest uses them.
		 */
		register_write(vcpu, INFO_REG1(info), selector);
		return true;
	case LLDT:
		if (in_register)
			selector = (uint16_t)register_read(vcpu, INFO_REG1(info));
		else if (!operand_complete_access(vcpu, linear_read(vcpu, address, &selector, 2), address))
			return false;
		if (selector & ~3u)
			guest_dump_and_fail(
				vcpu,
				"LLDT of a selector that is not null is unsupported under descriptor-table exiting");
		vmcs_write(GUEST_LDTR_SELECTOR, selector);
		vmcs_write(GUEST_LDTR_AR_BYTES, AR_UNUSABLE);
		return true;
	default:
		guest_dump_and_fail(vcpu, "LTR is unsupported under descriptor-table exiting");
	}
}

enum outcome descriptor_exit(struct vcpu *vcpu, uint32_t reason)
{
	uint32_t info = (uint32_t)vmcs_read(VMX_INSTRUCTION_INFO);

	if (reason == VMX_EXIT_GDTR_IDTR ? table_access(vcpu, info) : selector_access(vcpu, info))
		skip_instruction();
	return OUTCOME_RESUME;
}
