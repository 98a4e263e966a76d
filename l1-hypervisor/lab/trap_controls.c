// SPDX-License-Identifier: GPL-2.0-only
/*
 * Maps trap requests to VM-execution controls (SDM 25.6) in one table. Requests that need more than
 * a control bit are handled below the table.
 */
#include "l1-hypervisor/lab/trap_controls.h"

#include "l1-hypervisor/cpu/vcpu.h"
#include "l1-hypervisor/cpu/vmx/vmx.h"
#include "l1-hypervisor/emulate/cr.h"
#include "l1-hypervisor/emulate/msr.h"
#include "microbench/bare/bare.h"
#include "microbench/bare/cpu.h"
#include "microbench/trap_requests.h"

static const struct {
	uint32_t trap, primary, secondary, exceptions;
} controls[] = {
	{NB_TRAP_RDTSC, CPU_BASED_RDTSC_EXITING, 0, 0},
	{NB_TRAP_RDPMC, CPU_BASED_RDPMC_EXITING, 0, 0},
	{NB_TRAP_CR3_LOAD, CPU_BASED_CR3_LOAD_EXITING, 0, 0},
	{NB_TRAP_CR3_STORE, CPU_BASED_CR3_STORE_EXITING, 0, 0},
	{NB_TRAP_CR8, CPU_BASED_CR8_LOAD_EXITING | CPU_BASED_CR8_STORE_EXITING, 0, 0},
	{NB_TRAP_DR, CPU_BASED_MOV_DR_EXITING, 0, 0},
	{NB_TRAP_DESCRIPTORS, 0, SECONDARY_EXEC_DESC, 0},
	{NB_TRAP_INVLPG, CPU_BASED_INVLPG_EXITING, 0, 0},
	{NB_TRAP_WBINVD, 0, SECONDARY_EXEC_WBINVD_EXITING, 0},
	{NB_TRAP_MWAIT, CPU_BASED_MONITOR_EXITING | CPU_BASED_MWAIT_EXITING, 0, 0},
	{NB_TRAP_PAUSE, CPU_BASED_PAUSE_EXITING, 0, 0},
	{NB_TRAP_UD, 0, 0, 1u << VECTOR_UD},
	{NB_TRAP_PF, 0, 0, 1u << VECTOR_PF},
	{NB_TRAP_BP, 0, 0, 1u << VECTOR_BP},
	{NB_TRAP_GP, 0, 0, 1u << VECTOR_GP},
};

#define CONTROLS (sizeof(controls) / sizeof(controls[0]))

static uint32_t allowed1(uint64_t capability)
{
	return (uint32_t)(capability >> 32);
}

uint32_t trap_controls_offered(struct vcpu *vcpu)
{
	/*
	 * The MSR bitmap, CR masks, virtual APIC and services need only controls that this
	 * hypervisor requires anyway.
	 */
	uint32_t offered = NB_TRAP_SERVICES | NB_TRAP_CR0 | NB_TRAP_CR4 | NB_TRAP_MSR | NB_TRAP_APIC;

	for (unsigned i = 0; i < CONTROLS; i++)
		if (!(controls[i].primary & ~allowed1(vmx.primary)) &&
		    !(controls[i].secondary & ~allowed1(vmx.secondary)))
			offered |= controls[i].trap;
	if (vcpu->pin & PIN_BASED_VIRTUAL_NMIS && allowed1(vmx.primary) & CPU_BASED_NMI_WINDOW_EXITING)
		offered |= NB_TRAP_NMI_WINDOW;
	if (allowed1(vmx.pin) & PIN_BASED_VMX_PREEMPTION_TIMER)
		offered |= NB_TRAP_PREEMPTION;
	if (vcpu->has_devices)
		offered |= NB_TRAP_DEVICES;
	return offered;
}

/*
 * Starts or ends ownership of a control-register bit. The value that the guest reads does not
 * change.
 */
static void own_cr0(bool own)
{
	uint64_t mask = CR0_NE | (own ? CR0_WP : 0);

	if (vmcs_read(CR0_GUEST_HOST_MASK) == mask)
		return;
	vmcs_write(CR0_READ_SHADOW, (vmcs_read(GUEST_CR0) & CR0_WP) | CR0_NE);
	vmcs_write(CR0_GUEST_HOST_MASK, mask);
}

static void own_cr4(bool own)
{
	uint64_t mask = CR4_VMXE | (own ? CR4_PSE : 0);

	if (vmcs_read(CR4_GUEST_HOST_MASK) == mask)
		return;
	vmcs_write(CR4_READ_SHADOW, vmcs_read(GUEST_CR4) & CR4_PSE);
	vmcs_write(CR4_GUEST_HOST_MASK, mask);
}

bool trap_controls_grant(struct vcpu *vcpu, uint32_t traps)
{
	uint32_t primary = vcpu->primary, secondary = vcpu->secondary, exceptions = 0;

	if (traps & ~trap_controls_offered(vcpu))
		return false;
	for (unsigned i = 0; i < CONTROLS; i++) {
		bool on = traps & controls[i].trap;

		primary = on ? primary | controls[i].primary : primary & ~controls[i].primary;
		secondary = on ? secondary | controls[i].secondary : secondary & ~controls[i].secondary;
		exceptions |= on ? controls[i].exceptions : 0;
	}
	if (primary & ~vcpu->primary & CPU_BASED_MOV_DR_EXITING)
		dr_save(vcpu);
	if (vcpu->primary & ~primary & CPU_BASED_MOV_DR_EXITING)
		dr_restore(vcpu);
	vcpu->primary = primary | vcpu->primary_fixed;
	vcpu->secondary = secondary;
	vmcs_write(CPU_BASED_VM_EXEC_CONTROL, vcpu->primary);
	vmcs_write(SECONDARY_VM_EXEC_CONTROL, vcpu->secondary);
	vmcs_write(EXCEPTION_BITMAP, exceptions | vcpu->exceptions_fixed);
	if (!vcpu->shadow) { /* with shadow tables, guest_paging.c owns these bits anyway */
		own_cr0(traps & NB_TRAP_CR0);
		own_cr4(traps & NB_TRAP_CR4);
	}
	msr_trap(vcpu, MSR_MISC_ENABLE, traps & NB_TRAP_MSR);
	return true;
}
