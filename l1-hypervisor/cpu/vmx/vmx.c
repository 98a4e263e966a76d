// SPDX-License-Identifier: GPL-2.0-only
/*
 * Enters VMX operation (SDM 24.7, 32.5), invalidates cached translations, and reports the failure
 * of a VMX instruction by name.
 */
#include "l1-hypervisor/cpu/vmx/vmx.h"

#include "microbench/bare/bare.h"
#include "microbench/bare/cpu.h"
#include "microbench/bare/vmx_capabilities.h"
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
	if (!(cpuid(1, 0).ecx & LEAF_1_ECX_VMX))
		bare_fail("this machine has no VMX (CPUID.1:ECX.VMX = 0): run under a KVM with nested=1, or on "
			  "--machine bochs");
	if (!bare_vmx_enable())
		bare_fail("VMX is there, but IA32_FEATURE_CONTROL locks it out: enable it in the firmware of the level "
			  "below");
	bare_vmx_read_capabilities(&vmx);
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
