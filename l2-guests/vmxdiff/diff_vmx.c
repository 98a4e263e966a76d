// SPDX-License-Identifier: GPL-2.0-only
/* Enters VMX operation and restores it after each case. */
#include "l2-guests/vmxdiff/diff_vmx.h"

#include "l2-guests/vmxdiff/diff_run.h"
#include "microbench/bare/bare.h"
#include "microbench/bare/cpu.h"
#include "microbench/bare/vmx_capabilities.h"
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
	if (!(cpuid(1, 0).ecx & LEAF_1_ECX_VMX) || !bare_vmx_enable())
		bare_fail("this machine has no VMX");
	bare_vmx_read_capabilities(&vmx);
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
