/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The state of the guest that runs, and its last exit, in the current VMCS. These names are the
 * same in every backend.
 */
#ifndef HV_STATE_H
#define HV_STATE_H

#include "l1-hypervisor/cpu/vcpu.h"
#include "l1-hypervisor/cpu/vmx/vmx.h"
#include "vmcs-shadow/capability.h"
#include "vmcs-shadow/x86.h"

/* A register of the guest by its name: RIP, RFLAGS, CR0, IA32_EFER, GDTR_BASE, ... (SDM 25.4). */
#define state_read(name)         vmcs_read(GUEST_##name)
#define state_write(name, value) vmcs_write(GUEST_##name, (value))

/* Returns true if the guest runs 64-bit code. */
static inline bool state_is_long_code(void)
{
	return vmcs_read(GUEST_CS_AR_BYTES) & AR_L;
}

/* Returns true if the guest is in IA-32e mode. */
static inline bool state_is_long_mode(void)
{
	return vmcs_read(VM_ENTRY_CONTROLS) & VM_ENTRY_IA32E_MODE;
}

/* IA-32e mode is a VM-entry control, which must match IA32_EFER.LMA (SDM 27.3.1.1). */
static inline void state_set_long_mode(bool on)
{
	uint64_t controls = vmcs_read(VM_ENTRY_CONTROLS) & ~(uint64_t)VM_ENTRY_IA32E_MODE;

	vmcs_write(VM_ENTRY_CONTROLS, on ? controls | VM_ENTRY_IA32E_MODE : controls);
}

/*
 * Sets CR0 or CR4: what the guest reads, and the CPU's register. The register gets the bits that
 * VMX requires. "Unrestricted guest" allows CR0.PE and CR0.PG to be 0, whatever the fixed bits say
 * (SDM A.7).
 */
static inline void state_set_cr0(uint64_t value)
{
	vmcs_write(CR0_READ_SHADOW, value);
	vmcs_write(GUEST_CR0, vmx_apply_fixed_bits(value, vmx.cr0_fixed0 & ~(CR0_PE | CR0_PG), vmx.cr0_fixed1));
}

static inline void state_set_cr4(uint64_t value)
{
	vmcs_write(CR4_READ_SHADOW, value);
	vmcs_write(GUEST_CR4, vmx_apply_fixed_bits(value, vmx.cr4_fixed0, vmx.cr4_fixed1));
}

/* Returns true if this CPU supports the value of CR4. */
static inline bool state_supports_cr4(uint64_t value)
{
	return !(value & ~vmx.cr4_fixed1);
}

/*
 * Sets the guest's IA32_EFER when its WRMSR exits (with shadow tables). Some CPUs do not switch
 * this MSR at VM entry and exit; they keep the guest's value in the MSR itself. LMA and LME then
 * follow the VM-entry control.
 */
void state_set_efer(uint64_t value);

/* Reads the PDPTEs of PAE paging, which the CPU keeps for the guest (SDM 5.4.1). */
static inline void state_read_pdptes(uint64_t pdpte[4])
{
	pdpte[0] = vmcs_read(GUEST_PDPTR0);
	pdpte[1] = vmcs_read(GUEST_PDPTR1);
	pdpte[2] = vmcs_read(GUEST_PDPTR2);
	pdpte[3] = vmcs_read(GUEST_PDPTR3);
}

/*
 * Requests an exit for each write that changes these bits of CR0 and CR4, and sets the values that
 * the guest reads (SDM 25.6.6).
 */
static inline void state_own_control_bits(uint64_t cr0_bits, uint64_t cr0, uint64_t cr4_bits, uint64_t cr4)
{
	vmcs_write(CR0_GUEST_HOST_MASK, cr0_bits);
	vmcs_write(CR0_READ_SHADOW, cr0);
	vmcs_write(CR4_GUEST_HOST_MASK, cr4_bits);
	vmcs_write(CR4_READ_SHADOW, cr4);
}

/* Sets the value of CR0 or CR4 that the guest reads. */
static inline void state_show_cr0(uint64_t value)
{
	vmcs_write(CR0_READ_SHADOW, value);
}

static inline void state_show_cr4(uint64_t value)
{
	vmcs_write(CR4_READ_SHADOW, value);
}

/* Return the value with the bits that the CPU requires in CR0 or CR4 while a guest runs. */
static inline uint64_t state_required_cr0(uint64_t value)
{
	return vmx_apply_fixed_bits(value, vmx.cr0_fixed0, vmx.cr0_fixed1);
}

static inline uint64_t state_required_cr4(uint64_t value)
{
	return vmx_apply_fixed_bits(value, vmx.cr4_fixed0, vmx.cr4_fixed1);
}

/*
 * Return true if the guest can execute INVPCID or RDTSCP. Without their VM-execution controls they
 * cause a #UD (SDM 26.3).
 */
static inline bool state_has_invpcid(void)
{
	return vmx.secondary >> 32 & SECONDARY_EXEC_ENABLE_INVPCID;
}

static inline bool state_has_rdtscp(void)
{
	return vmx.secondary >> 32 & SECONDARY_EXEC_ENABLE_RDTSCP;
}

/* --- The last exit --- */

/* Moves RIP past the instruction that exited, because it was emulated. */
static inline void skip_instruction(void)
{
	vmcs_write(GUEST_RIP, vmcs_read(GUEST_RIP) + vmcs_read(VM_EXIT_INSTRUCTION_LEN));
}

/* Return the linear address and the error code of a page fault that exited. */
static inline uint64_t exit_fault_address(void)
{
	return vmcs_read(EXIT_QUALIFICATION);
}

static inline uint32_t exit_fault_error(void)
{
	return (uint32_t)vmcs_read(VM_EXIT_INTR_ERROR_CODE);
}

/* Returns the guest-physical address of an EPT violation or misconfiguration. */
static inline uint64_t exit_physical(void)
{
	return vmcs_read(GUEST_PHYSICAL_ADDRESS);
}

/* Reads the linear address of an EPT violation. Returns false if there is none (SDM table 28-7). */
static inline bool exit_linear(uint64_t *linear)
{
	if (!(vmcs_read(EXIT_QUALIFICATION) & 1u << 7))
		return false;
	*linear = vmcs_read(GUEST_LINEAR_ADDRESS);
	return true;
}

#endif
