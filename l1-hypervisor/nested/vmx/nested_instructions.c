// SPDX-License-Identifier: GPL-2.0-only
/*
 * Emulates the guest's VMX instructions (SDM chapter 31). The checks have the manual's order.
 * vmcs01 is current.
 */
#include "l1-hypervisor/nested/vmx/nested_instructions.h"

#include "l1-hypervisor/cpu/vmx/registers.h"
#include "l1-hypervisor/emulate/vmx/memory_operand.h"
#include "l1-hypervisor/events/events.h"
#include "l1-hypervisor/memory/linear.h"
#include "l1-hypervisor/nested/vmx/nested_enter.h"
#include "l1-hypervisor/nested/vmx/nested_ept.h"
#include "l1-hypervisor/nested/vmx/nested_result.h"
#include "l1-hypervisor/nested/vmx/nested_switch.h"
#include "l1-hypervisor/nested/vmx/nested_vpid.h"
#include "microbench/bare/bare.h"
#include "microbench/bare/cpu.h"
#include "vmcs-shadow/capability.h"
#include "vmcs-shadow/guest_capabilities.h"
#include "vmcs-shadow/instruction_errors.h"
#include "vmcs-shadow/x86.h"

#define REVISION_SHADOW (1u << 31)

/*
 * SDM 31.3: a VMX instruction is a #UD outside of VMX operation (VMXON: without CR4.VMXE), and in
 * compatibility mode. Here it is a #UD in all code but 64-bit code, because guest_capabilities.c
 * supports only 64-bit hypervisors. The check of the privilege level follows.
 */
static bool may_execute(struct vcpu *vcpu, bool vmxon)
{
	bool possible = vmxon ? vmcs_read(CR4_READ_SHADOW) & CR4_VMXE : nested_of(vcpu)->on;

	if (!possible || !(vmcs_read(GUEST_CS_AR_BYTES) & AR_L)) {
		event_exception(vcpu, VECTOR_UD, false, 0);
		return false;
	}
	if (AR_DPL(vmcs_read(GUEST_SS_AR_BYTES)) > 0) {
		event_exception(vcpu, VECTOR_GP, true, 0);
		return false;
	}
	return true;
}

/*
 * Reads a memory operand of 8 or 16 bytes. Returns false if the read failed; the guest then has its
 * fault.
 */
static bool read_operand(struct vcpu *vcpu, void *to, uint64_t bytes)
{
	uint64_t address = operand_address(vcpu, (uint32_t)vmcs_read(VMX_INSTRUCTION_INFO));

	return operand_complete_access(vcpu, linear_read(vcpu, address, to, bytes), address);
}

/* Returns true if a VMCS or VMXON region may have this address. */
static bool is_region(struct vcpu *vcpu, uint64_t address)
{
	return !(address & 4095) && !(address >> nested_of(vcpu)->physical_bits);
}

/* Returns the revision at this address, or all ones if the address is not guest memory. */
static uint32_t revision_at(struct vcpu *vcpu, uint64_t address)
{
	const uint32_t *memory = guest_memory(vcpu, address, 4096);

	return memory ? *(volatile const uint32_t *)memory : UINT32_MAX;
}

static void vmxon(struct vcpu *vcpu)
{
	/*
	 * CR0.NE is the guest's value. The CPU's bit is always 1, because the host is in VMX
	 * operation.
	 */
	uint64_t cr0 = (vmcs_read(GUEST_CR0) & ~CR0_NE) | (vmcs_read(CR0_READ_SHADOW) & CR0_NE);
	uint64_t address, cr4 = vmcs_read(GUEST_CR4);

	if (!may_execute(vcpu, true))
		return;
	if (nested_of(vcpu)->on) {
		nested_fail(vcpu, VMX_ERROR_VMXON_IN_VMX_ROOT);
		return;
	}
	if (!vmx_fixed_bits_ok(cr0, nested_of(vcpu)->vmx.cr0_fixed0, nested_of(vcpu)->vmx.cr0_fixed1) ||
	    !vmx_fixed_bits_ok(cr4, nested_of(vcpu)->vmx.cr4_fixed0, nested_of(vcpu)->vmx.cr4_fixed1)) {
		event_exception(vcpu, VECTOR_GP, true, 0);
		return;
	}
	if (!read_operand(vcpu, &address, sizeof(address)))
		return;
	if (!is_region(vcpu, address) || revision_at(vcpu, address) != VMCS12_REVISION) {
		nested_fail_invalid();
		return;
	}
	nested_of(vcpu)->vmxon = address;
	nested_switch(vcpu, true);
	nested_succeed();
}

static void vmxoff(struct vcpu *vcpu)
{
	nested_switch(vcpu, false);
	nested_of(vcpu)->vmxon = NESTED_NO_ADDRESS;
	nested_succeed();
}

/*
 * Validates the operand of VMCLEAR or VMPTRLD. Returns false if it is invalid; the guest then has
 * its error.
 */
static bool is_region_operand(struct vcpu *vcpu, uint64_t address, uint32_t bad_address, uint32_t vmxon_pointer)
{
	if (!is_region(vcpu, address))
		nested_fail(vcpu, bad_address);
	else if (address == nested_of(vcpu)->vmxon)
		nested_fail(vcpu, vmxon_pointer);
	else
		return true;
	return false;
}

static void vmclear(struct vcpu *vcpu)
{
	struct nested_vmcs *vmcs;
	uint64_t address;

	if (!read_operand(vcpu, &address, sizeof(address)) ||
	    !is_region_operand(vcpu, address, VMX_ERROR_VMCLEAR_INVALID_ADDRESS, VMX_ERROR_VMCLEAR_VMXON_POINTER))
		return;
	vmcs = nested_vmcs_find(address);
	if (vmcs && vmcs == nested_of(vcpu)->current)
		nested_set_current(vcpu, NULL);
	if (vmcs)
		nested_vmcs_clear(vcpu, vmcs);
	else
		nested_vmcs_clear_memory(vcpu, address);
	nested_succeed();
}

static void vmptrld(struct vcpu *vcpu)
{
	uint64_t address;
	uint32_t revision;

	if (!read_operand(vcpu, &address, sizeof(address)) ||
	    !is_region_operand(vcpu, address, VMX_ERROR_VMPTRLD_INVALID_ADDRESS, VMX_ERROR_VMPTRLD_VMXON_POINTER))
		return;
	revision = revision_at(vcpu, address);
	if ((revision & ~REVISION_SHADOW) != VMCS12_REVISION ||
	    (revision & REVISION_SHADOW && !(nested_of(vcpu)->vmx.secondary >> 32 & SECONDARY_EXEC_SHADOW_VMCS))) {
		nested_fail(vcpu, VMX_ERROR_VMPTRLD_INCORRECT_REVISION);
		return;
	}
	nested_set_current(vcpu, nested_vmcs_get(vcpu, address, NULL));
	nested_succeed();
}

static void vmptrst(struct vcpu *vcpu)
{
	uint64_t address = operand_address(vcpu, (uint32_t)vmcs_read(VMX_INSTRUCTION_INFO));
	uint64_t value = nested_of(vcpu)->current ? nested_of(vcpu)->current->address : UINT64_MAX;

	if (operand_complete_access(vcpu, linear_write(vcpu, address, &value, sizeof(value)), address))
		nested_succeed();
}

/* A field that VMREAD or VMWRITE names, in a VMCS that the host emulates. */
struct field_access {
	int index;
	bool high;
	uint32_t error; /* 0: the field exists */
};

static struct field_access find_field(struct vcpu *vcpu, uint64_t encoding, bool write)
{
	struct field_access f = {.high = encoding & 1};

	f.index = encoding >> 32 ? -1 : vmcs_field_index_of((uint32_t)encoding & ~1u);
	if (f.index < 0 || !nested_vmcs_exists((unsigned)f.index) ||
	    (f.high && vmcs_encoding_width((uint32_t)encoding) != VMCS_WIDTH_64))
		f.error = VMX_ERROR_UNSUPPORTED_VMCS_COMPONENT;
	else if (write && vmcs_encoding_type((uint32_t)encoding) == VMCS_TYPE_EXIT_INFORMATION &&
		 !(nested_of(vcpu)->vmx.misc & VMX_MISC_VMWRITE_SHADOW_RO_FIELDS))
		f.error = VMX_ERROR_VMWRITE_READ_ONLY_COMPONENT;
	return f;
}

/*
 * The value operand of VMREAD and VMWRITE. Outside of 64-bit code operands have 32 bits. Only the
 * nested guest can run VMREAD or VMWRITE there, because VMX is offered to 64-bit hypervisors only.
 */
struct value_access {
	uint32_t info;
	bool wide;
};

static struct value_access guest_access(void)
{
	return (struct value_access){(uint32_t)vmcs_read(VMX_INSTRUCTION_INFO), true};
}

static uint64_t mask_of(struct value_access a)
{
	return a.wide ? ~0ull : 0xffffffffull;
}

static uint64_t address_of(struct vcpu *vcpu, struct value_access a)
{
	return a.wide ? operand_address(vcpu, a.info) : operand_address_32(vcpu, a.info);
}

/*
 * Inlined, so that the compiler removes the width checks for the guest, whose operands are always
 * wide.
 */
static inline __attribute__((always_inline)) void vmread(struct vcpu *vcpu, struct nested_vmcs *vmcs,
							 struct value_access a)
{
	struct field_access f = find_field(vcpu, register_read(vcpu, INFO_REG2(a.info)) & mask_of(a), false);
	uint64_t value, address;

	if (f.error) {
		nested_fail_valid(vmcs, f.error);
		return;
	}
	value = nested_vmcs_read(vmcs, (unsigned)f.index);
	if (f.high)
		value >>= 32;
	if (a.info & INFO_IS_REGISTER) {
		register_write(vcpu, INFO_REG1(a.info), value & mask_of(a));
	} else {
		address = address_of(vcpu, a);
		if (!operand_complete_access(vcpu, linear_write(vcpu, address, &value, a.wide ? 8 : 4), address))
			return;
	}
	nested_succeed();
}

static inline __attribute__((always_inline)) void vmwrite(struct vcpu *vcpu, struct nested_vmcs *vmcs,
							  struct value_access a)
{
	struct field_access f = find_field(vcpu, register_read(vcpu, INFO_REG2(a.info)) & mask_of(a), true);
	uint64_t value = 0, address;

	/* The operand is read before the field is checked (SDM vol. 3, VMWRITE). */
	if (a.info & INFO_IS_REGISTER) {
		value = register_read(vcpu, INFO_REG1(a.info)) & mask_of(a);
	} else {
		address = address_of(vcpu, a);
		if (!operand_complete_access(vcpu, linear_read(vcpu, address, &value, a.wide ? 8 : 4), address))
			return;
	}
	if (f.error) {
		nested_fail_valid(vmcs, f.error);
		return;
	}
	if (f.high)
		value = (uint32_t)nested_vmcs_read(vmcs, (unsigned)f.index) | value << 32;
	nested_vmcs_write(vmcs, (unsigned)f.index, value);
	nested_succeed();
}

/*
 * The nested guest accesses the VMCS that vmcs12 links to. vmcs02 is current, and its RFLAGS and
 * RIP belong to the nested guest.
 */
enum outcome nested_shadow_access(struct vcpu *vcpu, uint32_t reason)
{
	const struct value_access a = {(uint32_t)vmcs_read(VMX_INSTRUCTION_INFO), vmcs_read(GUEST_CS_AR_BYTES) & AR_L};
	uint64_t link = VMCS12(&nested_of(vcpu)->running->v12, VMCS_LINK_POINTER);
	struct nested_vmcs *vmcs;

	if (AR_DPL(vmcs_read(GUEST_SS_AR_BYTES)) > 0) {
		event_exception(vcpu, VECTOR_GP, true, 0);
		return OUTCOME_RESUME;
	}
	vmcs = link == UINT64_MAX || !guest_memory(vcpu, link, 4096)
		       ? NULL
		       : nested_vmcs_get(vcpu, link, nested_of(vcpu)->running);
	if (!vmcs)
		nested_fail_invalid();
	else if (reason == VMX_EXIT_VMWRITE)
		vmwrite(vcpu, vmcs, a);
	else
		vmread(vcpu, vmcs, a);
	return OUTCOME_RESUME;
}

/* SDM 31.3, INVEPT: the EPTP of a single context must be valid for a VM entry. */
static bool is_eptp(struct vcpu *vcpu, uint64_t eptp)
{
	uint64_t reserved = (~0ull << nested_of(vcpu)->physical_bits) | 0xf80 |
			    (nested_of(vcpu)->vmx.ept_vpid & VMX_EPT_AD_BIT ? 0 : EPTP_ACCESSED_DIRTY);

	return (eptp & EPTP_MEMORY_TYPE_MASK) == MEMORY_TYPE_WB &&
	       (eptp & EPTP_WALK_LENGTH_MASK) == EPTP_WALK_LENGTH_4 && !(eptp & reserved);
}

static void invept(struct vcpu *vcpu)
{
	uint32_t info = (uint32_t)vmcs_read(VMX_INSTRUCTION_INFO);
	uint64_t type = register_read(vcpu, INFO_REG2(info));
	struct vmx_invalidation descriptor;

	if (type != INVEPT_SINGLE_CONTEXT && type != INVEPT_ALL_CONTEXTS) {
		nested_fail(vcpu, VMX_ERROR_INVALID_OPERAND_INVEPT_INVVPID);
		return;
	}
	if (!read_operand(vcpu, &descriptor, sizeof(descriptor)))
		return;
	if (descriptor.high || (type == INVEPT_SINGLE_CONTEXT && !is_eptp(vcpu, descriptor.low))) {
		nested_fail(vcpu, VMX_ERROR_INVALID_OPERAND_INVEPT_INVVPID);
		return;
	}
	if (type == INVEPT_SINGLE_CONTEXT)
		nested_ept_forget(descriptor.low);
	else
		nested_ept_forget_all();
	nested_succeed();
}

static void invvpid(struct vcpu *vcpu)
{
	uint32_t info = (uint32_t)vmcs_read(VMX_INSTRUCTION_INFO);
	uint64_t type = register_read(vcpu, INFO_REG2(info));
	struct vmx_invalidation descriptor;

	if (type > INVVPID_BUT_GLOBALS ||
	    !(nested_of(vcpu)->vmx.ept_vpid & VMX_VPID_EXTENT_INDIVIDUAL_ADDR_BIT << type)) {
		nested_fail(vcpu, VMX_ERROR_INVALID_OPERAND_INVEPT_INVVPID);
		return;
	}
	if (!read_operand(vcpu, &descriptor, sizeof(descriptor)))
		return;
	if (descriptor.low >> 16 || (type != INVVPID_ALL_CONTEXTS && !descriptor.low) ||
	    (type == INVVPID_ADDRESS && !cpu_is_canonical(descriptor.high))) {
		nested_fail(vcpu, VMX_ERROR_INVALID_OPERAND_INVEPT_INVVPID);
		return;
	}
	if (type == INVVPID_ADDRESS)
		nested_vpid_forget_address((uint16_t)descriptor.low, descriptor.high);
	else if (type == INVVPID_ALL_CONTEXTS)
		nested_vpid_forget_all();
	else
		nested_vpid_forget((uint16_t)descriptor.low);
	nested_succeed();
}

static enum outcome launch(struct vcpu *vcpu, bool resume)
{
	if (!nested_of(vcpu)->current || nested_of(vcpu)->current->is_shadow) {
		nested_fail_invalid();
		return OUTCOME_RESUME;
	}
	if (vmcs_read(GUEST_INTERRUPTIBILITY_INFO) & GUEST_INTR_STATE_MOV_SS) {
		nested_fail(vcpu, VMX_ERROR_ENTRY_BLOCKED_BY_MOV_SS);
		return OUTCOME_RESUME;
	}
	return nested_enter(vcpu, resume);
}

enum outcome nested_instruction(struct vcpu *vcpu, uint32_t reason)
{
	if (reason == VMX_EXIT_VMON) {
		vmxon(vcpu);
		return OUTCOME_RESUME;
	}
	if (!may_execute(vcpu, false))
		return OUTCOME_RESUME;
	switch (reason) {
	case VMX_EXIT_VMRESUME:
	case VMX_EXIT_VMLAUNCH:
		return launch(vcpu, reason == VMX_EXIT_VMRESUME);
	case VMX_EXIT_VMREAD:
	case VMX_EXIT_VMWRITE:
		if (!nested_of(vcpu)->current)
			nested_fail_invalid();
		else if (reason == VMX_EXIT_VMREAD)
			vmread(vcpu, nested_of(vcpu)->current, guest_access());
		else
			vmwrite(vcpu, nested_of(vcpu)->current, guest_access());
		break;
	case VMX_EXIT_VMPTRLD:
		vmptrld(vcpu);
		break;
	case VMX_EXIT_VMPTRST:
		vmptrst(vcpu);
		break;
	case VMX_EXIT_VMCLEAR:
		vmclear(vcpu);
		break;
	case VMX_EXIT_VMOFF:
		vmxoff(vcpu);
		break;
	case VMX_EXIT_INVEPT:
		invept(vcpu);
		break;
	default:
		invvpid(vcpu);
		break;
	}
	return OUTCOME_RESUME;
}
