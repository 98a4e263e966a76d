// SPDX-License-Identifier: GPL-2.0-only
/*
 * Enters VMX operation (SDM 24.7, 32.5), invalidates cached translations, and reports the failure
 * of a VMX instruction by name.
 */
#include "l1-hypervisor/cpu/vmx/vmx.h"

#include "microbench/bare/bare.h"
#include "microbench/bare/cpu.h"
#include "vmcs-shadow/capability.h"
#include "vmcs-shadow/instruction_errors.h"
#include "vmcs-shadow/x86.h"

struct vmx_capabilities vmx;

static struct vmx_region vmxon_region;
struct vmx_region *vmx_loaded;

void vmx_failed(const char *instruction, const char *operand)
{
	uint64_t error;

	/*
	 * VM_INSTRUCTION_ERROR exists only with a current VMCS. vmcs_read() would call this
	 * function again.
	 */
	if (vmx_loaded && vmcs_try_read(VMCS_VM_INSTRUCTION_ERROR, &error))
		bare_fail("%s %s failed: error %u, %s", instruction, operand, (uint32_t)error,
			  vmx_instruction_error_text((uint32_t)error));
	bare_fail("%s %s failed: VMfailInvalid, no current VMCS or a bad pointer", instruction, operand);
}

void vmx_probe(void)
{
	uint64_t feature_control;
	bool has_true;

	if (!(cpuid(1, 0).ecx & LEAF_1_ECX_VMX))
		bare_fail("this machine has no VMX (CPUID.1:ECX.VMX = 0): run under a KVM with nested=1, or on "
			  "--machine bochs");
	feature_control = rdmsr(MSR_IA32_FEATURE_CONTROL);
	if (!(feature_control & FEATURE_CONTROL_LOCKED)) {
		feature_control |= FEATURE_CONTROL_LOCKED | FEATURE_CONTROL_VMX_OUTSIDE_SMX;
		wrmsr(MSR_IA32_FEATURE_CONTROL, feature_control);
	}
	if (!(feature_control & FEATURE_CONTROL_VMX_OUTSIDE_SMX))
		bare_fail("VMX is there, but IA32_FEATURE_CONTROL locks it out: enable it in the firmware of the level "
			  "below");

	vmx.basic = rdmsr(MSR_IA32_VMX_BASIC);
	has_true = vmx.basic & VMX_BASIC_TRUE_CTLS; /* SDM A.2: the TRUE MSRs allow more bits to be 0 */
	vmx.pin = rdmsr(has_true ? MSR_IA32_VMX_TRUE_PINBASED_CTLS : MSR_IA32_VMX_PINBASED_CTLS);
	vmx.primary = rdmsr(has_true ? MSR_IA32_VMX_TRUE_PROCBASED_CTLS : MSR_IA32_VMX_PROCBASED_CTLS);
	vmx.exit = rdmsr(has_true ? MSR_IA32_VMX_TRUE_EXIT_CTLS : MSR_IA32_VMX_EXIT_CTLS);
	vmx.entry = rdmsr(has_true ? MSR_IA32_VMX_TRUE_ENTRY_CTLS : MSR_IA32_VMX_ENTRY_CTLS);
	vmx.cr0_fixed0 = rdmsr(MSR_IA32_VMX_CR0_FIXED0);
	vmx.cr0_fixed1 = rdmsr(MSR_IA32_VMX_CR0_FIXED1);
	vmx.cr4_fixed0 = rdmsr(MSR_IA32_VMX_CR4_FIXED0);
	vmx.cr4_fixed1 = rdmsr(MSR_IA32_VMX_CR4_FIXED1);
	vmx.misc = rdmsr(MSR_IA32_VMX_MISC);
	/*
	 * An MSR of a feature exists only with the feature (SDM A.3.3, A.10). Without it, RDMSR
	 * causes a #GP.
	 */
	if (vmx.primary >> 32 & CPU_BASED_ACTIVATE_SECONDARY_CONTROLS)
		vmx.secondary = rdmsr(MSR_IA32_VMX_PROCBASED_CTLS2);
	if (vmx.secondary >> 32 & (SECONDARY_EXEC_ENABLE_EPT | SECONDARY_EXEC_ENABLE_VPID))
		vmx.ept_vpid = rdmsr(MSR_IA32_VMX_EPT_VPID_CAP);
}

uint64_t vmx_on_address;

void vmx_on(void)
{
	vmx_on_address = (uintptr_t)&vmxon_region;
	/* SDM 24.8: VMXON causes a #GP unless CR0 and CR4 have the fixed bits. */
	write_cr0(vmx_apply_fixed_bits(read_cr0(), vmx.cr0_fixed0, vmx.cr0_fixed1));
	write_cr4(vmx_apply_fixed_bits(read_cr4() | CR4_VMXE, vmx.cr4_fixed0, vmx.cr4_fixed1));
	vmxon_region.revision = (uint32_t)(vmx.basic & VMX_BASIC_REVISION_MASK);
	__asm__ volatile goto("vmxon %[address]; jbe %l[failed]"
			      :
			      : [address] "m"(vmx_on_address)
			      : "cc", "memory"
			      : failed);
	return;
failed:
	vmx_failed("VMXON", "");
}

void vmx_invalidate_all(void)
{
	static const struct vmx_invalidation nothing;

	if (vmx.ept_vpid & VMX_EPT_INVEPT_BIT && vmx.ept_vpid & VMX_EPT_EXTENT_GLOBAL_BIT)
		__asm__ volatile goto("invept %[descriptor], %[type]; jbe %l[invept_failed]"
				      :
				      : [descriptor] "m"(nothing), [type] "r"(INVEPT_ALL_CONTEXTS)
				      : "cc", "memory"
				      : invept_failed);
	if (vmx.ept_vpid & VMX_VPID_INVVPID_BIT && vmx.ept_vpid & VMX_VPID_EXTENT_GLOBAL_CONTEXT_BIT)
		__asm__ volatile goto("invvpid %[descriptor], %[type]; jbe %l[invvpid_failed]"
				      :
				      : [descriptor] "m"(nothing), [type] "r"(INVVPID_ALL_CONTEXTS)
				      : "cc", "memory"
				      : invvpid_failed);
	return;
invept_failed:
	vmx_failed("INVEPT", "of all contexts");
invvpid_failed:
	vmx_failed("INVVPID", "of all contexts");
}
