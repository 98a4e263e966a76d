// SPDX-License-Identifier: GPL-2.0-only
/*
 * Emulates descriptor-table instructions from the VM-exit instruction information (SDM tables 28-9 and 28-10). Memory is accessed with
 * a supervisor's rights: a guest that lets its ring 3 execute SIDT and the like, with descriptor-table exiting, could store where only its
 * kernel may.
 */
#include "descriptor.h"

#include "bare/bare.h"
#include "bare/cpu.h"
#include "events.h"
#include "linear.h"
#include "registers.h"

#define VECTOR_GP 13u
#define VECTOR_PF 14u

/* VM-exit instruction information, common to both tables. */
#define INFO_SCALE(i)    ((i)&3)
#define INFO_ADDRESS(i)  ((i) >> 7 & 7) /* 0: 16, 1: 32, 2: 64 bits */
#define INFO_IS_REGISTER (1u << 10)
#define INFO_REG1(i)     ((i) >> 3 & 15)
#define INFO_SEGMENT(i)  ((i) >> 15 & 7)
#define INFO_INDEX(i)    ((i) >> 18 & 15)
#define INFO_NO_INDEX    (1u << 22)
#define INFO_BASE(i)     ((i) >> 23 & 15)
#define INFO_NO_BASE     (1u << 27)
#define INFO_IDENTITY(i) ((i) >> 28 & 3)

enum { SGDT, SIDT, LGDT, LIDT };
enum { SLDT, STR, LLDT, LTR };
enum { SEGMENT_FS = 4, SEGMENT_GS = 5 };

#define AR_UNUSABLE (1u << 16)

/* In 64-bit code only FS and GS have a base. The qualification holds the displacement, RIP added if it is relative to that. */
static uint64_t operand_address(struct guest_registers *regs, uint32_t info)
{
	uint64_t address = vmcs_read(EXIT_QUALIFICATION);

	if (!(info & INFO_NO_BASE))
		address += register_read(regs, INFO_BASE(info));
	if (!(info & INFO_NO_INDEX))
		address += register_read(regs, INFO_INDEX(info)) << INFO_SCALE(info);
	if (INFO_ADDRESS(info) == 1)
		address = (uint32_t)address;
	if (INFO_SEGMENT(info) == SEGMENT_FS)
		address += vmcs_read(GUEST_FS_BASE);
	else if (INFO_SEGMENT(info) == SEGMENT_GS)
		address += vmcs_read(GUEST_GS_BASE);
	return address;
}

struct table_register {
	uint16_t limit;
	uint64_t base;
} __attribute__((packed));

/* False: the operand's page does not allow the access, and the guest has got its #PF. */
static bool fault_unless(bool good, uint64_t address)
{
	if (good)
		return true;
	__asm__ volatile("mov %0, %%cr2" : : "r"(address));
	event_exception(VECTOR_PF, true, linear_error);
	return false;
}

static bool table_access(struct guest_registers *regs, uint32_t info)
{
	uint64_t address = operand_address(regs, info);
	struct table_register value = {0};

	switch (INFO_IDENTITY(info)) {
	case SGDT:
		value = (struct table_register){(uint16_t)vmcs_read(GUEST_GDTR_LIMIT), vmcs_read(GUEST_GDTR_BASE)};
		return fault_unless(linear_write(address, &value, sizeof(value)), address);
	case SIDT:
		value = (struct table_register){(uint16_t)vmcs_read(GUEST_IDTR_LIMIT), vmcs_read(GUEST_IDTR_BASE)};
		return fault_unless(linear_write(address, &value, sizeof(value)), address);
	case LGDT:
		if (!fault_unless(linear_read(address, &value, sizeof(value)), address))
			return false;
		if (!cpu_is_canonical(value.base)) {
			event_exception(VECTOR_GP, true, 0);
			return false;
		}
		vmcs_write(GUEST_GDTR_LIMIT, value.limit);
		vmcs_write(GUEST_GDTR_BASE, value.base);
		return true;
	default:
		if (!fault_unless(linear_read(address, &value, sizeof(value)), address))
			return false;
		if (!cpu_is_canonical(value.base)) {
			event_exception(VECTOR_GP, true, 0);
			return false;
		}
		vmcs_write(GUEST_IDTR_LIMIT, value.limit);
		vmcs_write(GUEST_IDTR_BASE, value.base);
		return true;
	}
}

static bool selector_access(struct guest_registers *regs, uint32_t info)
{
	bool in_register = info & INFO_IS_REGISTER;
	uint64_t address = in_register ? 0 : operand_address(regs, info);
	uint16_t selector = 0;

	switch (INFO_IDENTITY(info)) {
	case SLDT:
	case STR:
		selector = (uint16_t)(INFO_IDENTITY(info) == SLDT ? vmcs_read(GUEST_LDTR_SELECTOR)
								  : vmcs_read(GUEST_TR_SELECTOR));
		if (!in_register)
			return fault_unless(linear_write(address, &selector, 2), address);
		/* All operand sizes at once: what a 16-bit one should leave alone is undefined on older CPUs, and unused. */
		register_write(regs, INFO_REG1(info), selector);
		return true;
	case LLDT:
		if (in_register)
			selector = (uint16_t)register_read(regs, INFO_REG1(info));
		else if (!fault_unless(linear_read(address, &selector, 2), address))
			return false;
		if (selector & ~3u)
			guest_dump_and_fail(regs, VMX_EXIT_LDTR_TR,
					    "LLDT of a descriptor: only a null selector is emulated");
		vmcs_write(GUEST_LDTR_SELECTOR, selector);
		vmcs_write(GUEST_LDTR_AR_BYTES, AR_UNUSABLE);
		return true;
	default:
		guest_dump_and_fail(regs, VMX_EXIT_LDTR_TR, "LTR under descriptor-table exiting is not emulated");
	}
}

void descriptor_exit(struct guest_registers *regs, uint32_t reason)
{
	uint32_t info = (uint32_t)vmcs_read(VMX_INSTRUCTION_INFO);

	if (reason == VMX_EXIT_GDTR_IDTR ? table_access(regs, info) : selector_access(regs, info))
		skip_instruction();
}
