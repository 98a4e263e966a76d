// SPDX-License-Identifier: GPL-2.0-only
/* Writes the VMX capability MSRs of this CPU into the ring. */
#include "l1-hypervisor/lab/vmx_capability_report.h"

#include "l1-hypervisor/cpu/vmx/vmx.h"
#include "microbench/bare/bare.h"
#include "microbench/bare/cpu.h"
#include "vmcs-shadow/capability.h"

/* RDMSR of a missing MSR raises #GP (SDM A.2, A.3.3, A.10, A.11). */
static bool exists(uint32_t msr)
{
	switch (msr) {
	case MSR_IA32_VMX_PROCBASED_CTLS2:
		return vmx.primary >> 32 & CPU_BASED_ACTIVATE_SECONDARY_CONTROLS;
	case MSR_IA32_VMX_EPT_VPID_CAP:
		return vmx.secondary >> 32 & (SECONDARY_EXEC_ENABLE_EPT | SECONDARY_EXEC_ENABLE_VPID);
	case MSR_IA32_VMX_TRUE_PINBASED_CTLS:
	case MSR_IA32_VMX_TRUE_PROCBASED_CTLS:
	case MSR_IA32_VMX_TRUE_EXIT_CTLS:
	case MSR_IA32_VMX_TRUE_ENTRY_CTLS:
		return vmx.basic & VMX_BASIC_TRUE_CTLS;
	case MSR_IA32_VMX_VMFUNC:
		return vmx.secondary >> 32 & SECONDARY_EXEC_ENABLE_VMFUNC;
	default:
		return true;
	}
}

bool vmx_capability_report_write(struct nb_ring *ring)
{
	char line[80];

	for (unsigned i = 0; i < VMX_CAPABILITY_MSR_COUNT; i++) {
		if (!exists(vmx_capability_msrs[i].number))
			continue;
		bare_snprintf(line, sizeof(line), "meta.msr.%s=0x%lx", vmx_capability_msrs[i].name,
			      rdmsr(vmx_capability_msrs[i].number));
		if (!nb_ring_text(ring, line))
			return false;
	}
	return true;
}
