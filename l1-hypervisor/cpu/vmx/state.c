// SPDX-License-Identifier: GPL-2.0-only
/* The guest's IA32_EFER, in the VMCS or in the CPU. */
#include "l1-hypervisor/cpu/vmx/state.h"

#include "microbench/bare/cpu.h"

bool vmx_switches_efer(void)
{
	return (vmx.exit >> 32 & VMX_EXIT_SWITCHES_EFER) == VMX_EXIT_SWITCHES_EFER &&
	       vmx.entry >> 32 & VM_ENTRY_LOAD_IA32_EFER;
}

/* Without the VMCS fields, the CPU's own IA32_EFER must hold the guest's SCE and NXE. */
void state_set_efer(uint64_t value)
{
	const uint64_t not_switched = EFER_SCE | EFER_NXE;

	if (vmx_switches_efer()) {
		vmcs_write(GUEST_IA32_EFER, value);
		return;
	}
	/*
	 * LMA and LME follow the controls (SDM 27.3.2.1, 28.5.1). This hypervisor's code does not
	 * depend on the other bits.
	 */
	wrmsr(MSR_EFER, (rdmsr(MSR_EFER) & ~not_switched) | (value & not_switched));
}
