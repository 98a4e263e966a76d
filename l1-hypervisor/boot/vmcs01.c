// SPDX-License-Identifier: GPL-2.0-only
/*
 * Fills the guest's VMCS (SDM chapter 25). The controls are adjusted to the CPU's capabilities. The
 * host state is this hypervisor's state, the guest state is the PVH entry state.
 */
#include "l1-hypervisor/boot/vmcs01.h"

#include "l1-hypervisor/backend/backend.h"
#include "l1-hypervisor/cpu/vmx/vmx.h"
#include "l1-hypervisor/emulate/msr.h"
#include "l1-hypervisor/emulate/port_io.h"
#include "l1-hypervisor/entry.h"
#include "l1-hypervisor/memory/guest_paging.h"
#include "microbench/bare/bare.h"
#include "microbench/bare/cpu.h"
#include "vmcs-shadow/capability.h"
#include "vmcs-shadow/x86.h"

/* Segment access rights (SDM 25.4.1). */
#define AR_CODE32   0xc09bu
#define AR_DATA32   0xc093u
#define AR_TSS_BUSY 0x008bu

#define PRIMARY_REQUIRED                                                                                               \
	(CPU_BASED_HLT_EXITING | CPU_BASED_USE_IO_BITMAPS | CPU_BASED_USE_MSR_BITMAPS |                                \
	 CPU_BASED_ACTIVATE_SECONDARY_CONTROLS)
#define SECONDARY_REQUIRED_EPT (SECONDARY_EXEC_ENABLE_EPT | SECONDARY_EXEC_UNRESTRICTED_GUEST)
/*
 * Shadow page tables must see every page fault, and every instruction that empties a TLB (SDM
 * 5.10.4.1).
 */
#define PRIMARY_REQUIRED_SHADOW (CPU_BASED_CR3_LOAD_EXITING | CPU_BASED_CR3_STORE_EXITING | CPU_BASED_INVLPG_EXITING)
#define EXCEPTIONS_SHADOW       (1u << VECTOR_PF)
#define EXIT_REQUIRED           (VM_EXIT_SAVE_DEBUG_CONTROLS | VM_EXIT_HOST_ADDR_SPACE_SIZE | VM_EXIT_ACK_INTR_ON_EXIT)

static struct vmx_region vmcs_region;

static uint32_t adjust(const char *name, uint64_t capability, uint32_t required, uint32_t optional)
{
	uint32_t control, missing;

	if (!vmx_adjust_control(capability, required, optional, &control, &missing))
		bare_fail("this CPU's %s controls lack required bits %x (capability %lx)", name, missing, capability);
	return control;
}

/* Chooses the VM-execution controls from the capabilities of the CPU. */
static void choose_controls(struct vcpu *vcpu)
{
	/*
	 * RDTSCP, INVPCID, XSAVES and VPID have no overhead, but a CPU may lack them. Without
	 * INVVPID, TLB entries with a VPID stay valid after the shadow page tables change. So a
	 * guest on shadow page tables gets no VPID then.
	 */
	uint32_t optional = SECONDARY_EXEC_ENABLE_RDTSCP | SECONDARY_EXEC_XSAVES | SECONDARY_EXEC_ENABLE_INVPCID |
			    (vcpu->shadow && !vmx_has_invvpid() ? 0 : SECONDARY_EXEC_ENABLE_VPID);

	vcpu->pin = adjust("pin-based", vmx.pin, PIN_BASED_EXT_INTR_MASK | PIN_BASED_NMI_EXITING,
			   PIN_BASED_VIRTUAL_NMIS);
	vcpu->primary_fixed = adjust("primary processor-based", vmx.primary,
				     PRIMARY_REQUIRED | (vcpu->shadow ? PRIMARY_REQUIRED_SHADOW : 0), 0);
	/*
	 * CR8 is part of the guest's local APIC. Without these exits, the guest would access this
	 * hypervisor's TPR.
	 */
	vcpu->primary_fixed |= (uint32_t)(vmx.primary >> 32) &
			       (CPU_BASED_CR8_LOAD_EXITING | CPU_BASED_CR8_STORE_EXITING);
	vcpu->primary = vcpu->primary_fixed;
	vcpu->secondary = adjust("secondary processor-based", vmx.secondary, vcpu->shadow ? 0 : SECONDARY_REQUIRED_EPT,
				 optional);
	vcpu->exceptions_fixed = vcpu->shadow ? EXCEPTIONS_SHADOW : 0;
}

static void write_controls(struct vcpu *vcpu)
{
	const bool has_efer = !vcpu->shadow || vmx_switches_efer();
	uint64_t io[2];

	choose_controls(vcpu);
	vmcs_write(PIN_BASED_VM_EXEC_CONTROL, vcpu->pin);
	vmcs_write(CPU_BASED_VM_EXEC_CONTROL, vcpu->primary);
	vmcs_write(SECONDARY_VM_EXEC_CONTROL, vcpu->secondary);
	io_bitmaps_init(vcpu, io, vcpu->has_devices);
	vmcs_write(IO_BITMAP_A, io[0]);
	vmcs_write(IO_BITMAP_B, io[1]);
	vmcs_write(VM_EXIT_CONTROLS,
		   adjust("VM-exit", vmx.exit, EXIT_REQUIRED | (has_efer ? VMX_EXIT_SWITCHES_EFER : 0), 0));
	vmcs_write(VM_ENTRY_CONTROLS,
		   adjust("VM-entry", vmx.entry,
			  VM_ENTRY_LOAD_DEBUG_CONTROLS | (has_efer ? VM_ENTRY_LOAD_IA32_EFER : 0), 0));

	vmcs_write(EXCEPTION_BITMAP, vcpu->exceptions_fixed);
	vmcs_write(PAGE_FAULT_ERROR_CODE_MASK, 0);
	vmcs_write(PAGE_FAULT_ERROR_CODE_MATCH, 0);
	vmcs_write(CR3_TARGET_COUNT, 0);
	vmcs_write(VM_EXIT_MSR_STORE_COUNT, 0);
	vmcs_write(VM_EXIT_MSR_LOAD_COUNT, 0);
	vmcs_write(VM_ENTRY_MSR_LOAD_COUNT, 0);
	vmcs_write(VM_ENTRY_INTR_INFO_FIELD, 0);
	vmcs_write(MSR_BITMAP, msr_bitmap_init(vcpu));
	if (!vcpu->shadow)
		vmcs_write(EPT_POINTER, vcpu->eptp);
	if (vcpu->secondary & SECONDARY_EXEC_ENABLE_VPID)
		vmcs_write(VIRTUAL_PROCESSOR_ID, GUEST_VPID);
	if (vmx.secondary >> 32 & SECONDARY_EXEC_XSAVES)
		vmcs_write(XSS_EXIT_BITMAP, 0);

	/*
	 * This hypervisor owns the bits that VMX fixes, and the guest owns all others. The guest
	 * sees CR4.VMXE = 0 and may write 0. Without the mask, that write would cause a #GP (SDM
	 * 26.3).
	 */
	vmcs_write(CR0_GUEST_HOST_MASK, CR0_NE);
	vmcs_write(CR0_READ_SHADOW, CR0_NE);
	vmcs_write(CR4_GUEST_HOST_MASK, CR4_VMXE);
	vmcs_write(CR4_READ_SHADOW, 0);
	vmcs_write(VMCS_LINK_POINTER, UINT64_MAX);
}

/* SDM 25.5: the state that the CPU loads at a VM exit. */
static void write_host_state(void)
{
	struct descriptor_pointer gdt, idt;

	__asm__ volatile("sgdt %0" : "=m"(gdt));
	__asm__ volatile("sidt %0" : "=m"(idt));
	vmcs_write(HOST_CR0, read_cr0());
	vmcs_write(HOST_CR3, read_cr3());
	vmcs_write(HOST_CR4, read_cr4());
	vmcs_write(HOST_CS_SELECTOR, read_cs());
	vmcs_write(HOST_SS_SELECTOR, read_ss());
	vmcs_write(HOST_DS_SELECTOR, read_ds());
	vmcs_write(HOST_ES_SELECTOR, read_es());
	vmcs_write(HOST_FS_SELECTOR, 0);
	vmcs_write(HOST_GS_SELECTOR, 0);
	vmcs_write(HOST_TR_SELECTOR, BARE_TR);
	vmcs_write(HOST_FS_BASE, 0);
	vmcs_write(HOST_GS_BASE, 0);
	vmcs_write(HOST_TR_BASE, (uintptr_t)&bare_tss);
	vmcs_write(HOST_GDTR_BASE, gdt.base);
	vmcs_write(HOST_IDTR_BASE, idt.base);
	vmcs_write(HOST_IA32_SYSENTER_CS, 0);
	vmcs_write(HOST_IA32_SYSENTER_ESP, 0);
	vmcs_write(HOST_IA32_SYSENTER_EIP, 0);
	if (vmx_switches_efer())
		vmcs_write(HOST_IA32_EFER, rdmsr(MSR_EFER));
	vmcs_write(HOST_RIP, (uintptr_t)guest_exit);
	/* entry.S writes HOST_RSP. */
}

#define WRITE_SEGMENT(name, selector, limit, rights)                                                                   \
	do {                                                                                                           \
		vmcs_write(GUEST_##name##_SELECTOR, selector);                                                         \
		vmcs_write(GUEST_##name##_BASE, 0);                                                                    \
		vmcs_write(GUEST_##name##_LIMIT, limit);                                                               \
		vmcs_write(GUEST_##name##_AR_BYTES, rights);                                                           \
	} while (0)

/*
 * The state that PVH requires: 32-bit flat protected mode with paging off. SDM 25.4 lists the
 * fields, 27.3.1 the checks.
 */
static void write_guest_state(struct vcpu *vcpu)
{
	/* "Unrestricted guest" allows PE and PG to be 0, whatever the fixed bits say (SDM A.7). */
	uint64_t cr0_fixed0 = vmx.cr0_fixed0 & ~(CR0_PE | CR0_PG);

	WRITE_SEGMENT(CS, 0x08, 0xffffffff, AR_CODE32);
	WRITE_SEGMENT(SS, 0x10, 0xffffffff, AR_DATA32);
	WRITE_SEGMENT(DS, 0x10, 0xffffffff, AR_DATA32);
	WRITE_SEGMENT(ES, 0x10, 0xffffffff, AR_DATA32);
	WRITE_SEGMENT(FS, 0x10, 0xffffffff, AR_DATA32);
	WRITE_SEGMENT(GS, 0x10, 0xffffffff, AR_DATA32);
	WRITE_SEGMENT(TR, 0x18, 0x67, AR_TSS_BUSY);
	WRITE_SEGMENT(LDTR, 0, 0, AR_UNUSABLE);
	vmcs_write(GUEST_GDTR_BASE, 0);
	vmcs_write(GUEST_GDTR_LIMIT, 0);
	vmcs_write(GUEST_IDTR_BASE, 0);
	vmcs_write(GUEST_IDTR_LIMIT, 0);
	vmcs_write(GUEST_CR0, vmx_apply_fixed_bits(CR0_PE | CR0_NE, cr0_fixed0, vmx.cr0_fixed1));
	vmcs_write(GUEST_CR3, 0);
	vmcs_write(GUEST_CR4, vmx_apply_fixed_bits(0, vmx.cr4_fixed0, vmx.cr4_fixed1));
	vmcs_write(GUEST_DR7, 0x400);
	vmcs_write(GUEST_RSP, 0);
	vmcs_write(GUEST_RIP, vcpu->entry);
	vmcs_write(GUEST_RFLAGS, 0x2);
	vmcs_write(GUEST_IA32_DEBUGCTL, 0);
	state_set_efer(0);
	vmcs_write(GUEST_SYSENTER_CS, 0);
	vmcs_write(GUEST_SYSENTER_ESP, 0);
	vmcs_write(GUEST_SYSENTER_EIP, 0);
	vmcs_write(GUEST_INTERRUPTIBILITY_INFO, 0);
	vmcs_write(GUEST_ACTIVITY_STATE, GUEST_ACTIVITY_ACTIVE);
	vmcs_write(GUEST_PENDING_DBG_EXCEPTIONS, 0);
}

void vmcs01_init(struct vcpu *vcpu)
{
	vcpu->vmcs = &vmcs_region;
	vmx_clear(vcpu->vmcs);
	vmx_load(vcpu->vmcs);
	write_controls(vcpu);
	write_host_state();
	write_guest_state(vcpu);
	paging_init(vcpu);
}
