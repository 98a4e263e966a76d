// SPDX-License-Identifier: GPL-2.0-only
/* Enters VMX operation and restores it after each case. */
#include "l2-guests/vmxdiff/diff_vmx.h"

#include "l2-guests/vmxdiff/diff_run.h"
#include "microbench/bare/bare.h"
#include "microbench/bare/cpu.h"
#include "vmcs-shadow/x86.h"

struct vmx_capabilities vmx;
struct vmx_page vmx_on_page, vmx_vmcs[2];

static bool try_address(bool on, struct vmx_page *page)
{
	uint64_t address = (uintptr_t)page;

	page->revision = (uint32_t)(vmx.basic & VMX_BASIC_REVISION_MASK);
	if (on)
		__asm__ volatile goto("vmxon %0; jbe %l[failed]" : : "m"(address) : "cc", "memory" : failed);
	else
		__asm__ volatile goto("vmclear %0; jbe %l[failed]" : : "m"(address) : "cc", "memory" : failed);
	return true;
failed:
	return false;
}

static void load(struct vmx_page *page)
{
	uint64_t address = (uintptr_t)page;

	__asm__ volatile goto("vmptrld %0; jbe %l[failed]" : : "m"(address) : "cc", "memory" : failed);
	return;
failed:
	bare_fail("VMPTRLD of a VMCS that is clear has failed");
}

void vmx_begin(void)
{
	uint64_t feature_control;
	bool has_true;

	if (!(cpuid(1, 0).ecx & LEAF_1_ECX_VMX))
		bare_fail("this machine has no VMX");
	feature_control = rdmsr(MSR_IA32_FEATURE_CONTROL);
	if (!(feature_control & FEATURE_CONTROL_LOCKED))
		wrmsr(MSR_IA32_FEATURE_CONTROL,
		      feature_control | FEATURE_CONTROL_LOCKED | FEATURE_CONTROL_VMX_OUTSIDE_SMX);
	vmx.basic = rdmsr(MSR_IA32_VMX_BASIC);
	has_true = vmx.basic & VMX_BASIC_TRUE_CTLS;
	vmx.pin = rdmsr(has_true ? MSR_IA32_VMX_TRUE_PINBASED_CTLS : MSR_IA32_VMX_PINBASED_CTLS);
	vmx.primary = rdmsr(has_true ? MSR_IA32_VMX_TRUE_PROCBASED_CTLS : MSR_IA32_VMX_PROCBASED_CTLS);
	vmx.exit = rdmsr(has_true ? MSR_IA32_VMX_TRUE_EXIT_CTLS : MSR_IA32_VMX_EXIT_CTLS);
	vmx.entry = rdmsr(has_true ? MSR_IA32_VMX_TRUE_ENTRY_CTLS : MSR_IA32_VMX_ENTRY_CTLS);
	vmx.cr0_fixed0 = rdmsr(MSR_IA32_VMX_CR0_FIXED0);
	vmx.cr0_fixed1 = rdmsr(MSR_IA32_VMX_CR0_FIXED1);
	vmx.cr4_fixed0 = rdmsr(MSR_IA32_VMX_CR4_FIXED0);
	vmx.cr4_fixed1 = rdmsr(MSR_IA32_VMX_CR4_FIXED1);
	vmx.misc = rdmsr(MSR_IA32_VMX_MISC);
	if (vmx.primary >> 32 & CPU_BASED_ACTIVATE_SECONDARY_CONTROLS)
		vmx.secondary = rdmsr(MSR_IA32_VMX_PROCBASED_CTLS2);
	if (vmx.secondary >> 32 & (SECONDARY_EXEC_ENABLE_EPT | SECONDARY_EXEC_ENABLE_VPID))
		vmx.ept_vpid = rdmsr(MSR_IA32_VMX_EPT_VPID_CAP);
	write_cr0(vmx_apply_fixed_bits(read_cr0(), vmx.cr0_fixed0, vmx.cr0_fixed1));
	write_cr4(vmx_apply_fixed_bits(read_cr4() | CR4_VMXE, vmx.cr4_fixed0, vmx.cr4_fixed1));
	if (!try_address(true, &vmx_on_page))
		bare_fail("VMXON has failed");
}

void vmx_again(void)
{
	struct vmx_page *const pages[] = {&vmx_vmcs[0], &vmx_vmcs[1]};

	if (!(read_cr4() & CR4_VMXE))
		write_cr4(read_cr4() | CR4_VMXE);
	/* Outside VMX operation, VMXOFF causes #UD, which run_code() catches. */
	run_code(run_vmxoff, false);
	if (!try_address(true, &vmx_on_page))
		bare_fail("VMXON has failed, after VMXOFF");
	for (unsigned i = 0; i < 2; i++)
		if (!try_address(false, pages[i]))
			bare_fail("VMCLEAR has failed, after VMXON");
}

void vmx_fresh(struct vmx_page *vmcs)
{
	if (!try_address(false, vmcs)) {
		/* The page may have been the VMXON region. */
		vmx_again();
		if (!try_address(false, vmcs))
			bare_fail("VMCLEAR has failed");
	}
	load(vmcs);
}

void vmx_forget(void)
{
	static const uint64_t nothing[2];

	if (vmx.ept_vpid & VMX_EPT_INVEPT_BIT)
		__asm__ volatile("invept %0, %1" : : "m"(nothing), "r"(2ull) : "cc", "memory");
	if (vmx.ept_vpid & VMX_VPID_INVVPID_BIT)
		__asm__ volatile("invvpid %0, %1" : : "m"(nothing), "r"(2ull) : "cc", "memory");
}
