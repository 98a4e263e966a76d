// SPDX-License-Identifier: GPL-2.0-only
/* The MSRs of VMX. */
#include "microbench/bare/vmx_capabilities.h"

#include "microbench/bare/cpu.h"
#include "vmcs-shadow/controls.h"
#include "vmcs-shadow/x86.h"

bool bare_vmx_enable(void)
{
	uint64_t feature_control = rdmsr(MSR_IA32_FEATURE_CONTROL);

	if (!(feature_control & FEATURE_CONTROL_LOCKED)) {
		feature_control |= FEATURE_CONTROL_LOCKED | FEATURE_CONTROL_VMX_OUTSIDE_SMX;
		wrmsr(MSR_IA32_FEATURE_CONTROL, feature_control);
	}
	return feature_control & FEATURE_CONTROL_VMX_OUTSIDE_SMX;
}

void bare_vmx_read_capabilities(struct vmx_capabilities *vmx)
{
	bool has_true;

	vmx->basic = rdmsr(MSR_IA32_VMX_BASIC);
	has_true = vmx->basic & VMX_BASIC_TRUE_CTLS; /* SDM A.2: the TRUE MSRs allow more bits to be 0 */
	vmx->pin = rdmsr(has_true ? MSR_IA32_VMX_TRUE_PINBASED_CTLS : MSR_IA32_VMX_PINBASED_CTLS);
	vmx->primary = rdmsr(has_true ? MSR_IA32_VMX_TRUE_PROCBASED_CTLS : MSR_IA32_VMX_PROCBASED_CTLS);
	vmx->exit = rdmsr(has_true ? MSR_IA32_VMX_TRUE_EXIT_CTLS : MSR_IA32_VMX_EXIT_CTLS);
	vmx->entry = rdmsr(has_true ? MSR_IA32_VMX_TRUE_ENTRY_CTLS : MSR_IA32_VMX_ENTRY_CTLS);
	vmx->cr0_fixed0 = rdmsr(MSR_IA32_VMX_CR0_FIXED0);
	vmx->cr0_fixed1 = rdmsr(MSR_IA32_VMX_CR0_FIXED1);
	vmx->cr4_fixed0 = rdmsr(MSR_IA32_VMX_CR4_FIXED0);
	vmx->cr4_fixed1 = rdmsr(MSR_IA32_VMX_CR4_FIXED1);
	vmx->misc = rdmsr(MSR_IA32_VMX_MISC);
	/*
	 * An MSR of a feature exists only with the feature (SDM A.3.3, A.10). Without it, RDMSR
	 * causes a #GP.
	 */
	if (vmx->primary >> 32 & CPU_BASED_ACTIVATE_SECONDARY_CONTROLS)
		vmx->secondary = rdmsr(MSR_IA32_VMX_PROCBASED_CTLS2);
	if (vmx->secondary >> 32 & (SECONDARY_EXEC_ENABLE_EPT | SECONDARY_EXEC_ENABLE_VPID))
		vmx->ept_vpid = rdmsr(MSR_IA32_VMX_EPT_VPID_CAP);
}
