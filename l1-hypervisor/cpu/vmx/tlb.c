// SPDX-License-Identifier: GPL-2.0-only
/* INVEPT and INVVPID (SDM 31.3, 29.4.3). */
#include "l1-hypervisor/cpu/vmx/tlb.h"

#include "l1-hypervisor/cpu/vmx/vmx.h"

void tlb_flush_ept(uint64_t eptp)
{
	const struct vmx_invalidation context = {.low = eptp};

	if (!(vmx.ept_vpid & VMX_EPT_INVEPT_BIT) || !(vmx.ept_vpid & VMX_EPT_EXTENT_CONTEXT_BIT)) {
		vmx_invalidate_all();
		return;
	}
	counters.housekeeping++;
	__asm__ volatile goto("invept %[descriptor], %[type]; jbe %l[failed]"
			      :
			      : [descriptor] "m"(context), [type] "r"(INVEPT_SINGLE_CONTEXT)
			      : "cc", "memory"
			      : failed);
	return;
failed:
	vmx_failed("INVEPT", "of a single context");
}

void vmx_invalidate_vpid_address(uint16_t vpid, uint64_t linear)
{
	const struct vmx_invalidation address = {.low = vpid, .high = linear};

	if (!vmx_has_invvpid())
		return;
	if (!(vmx.ept_vpid & VMX_VPID_EXTENT_INDIVIDUAL_ADDR_BIT)) {
		vmx_invalidate_vpid(vpid);
		return;
	}
	counters.housekeeping++;
	__asm__ volatile goto("invvpid %[descriptor], %[type]; jbe %l[failed]"
			      :
			      : [descriptor] "m"(address), [type] "r"(INVVPID_ADDRESS)
			      : "cc", "memory"
			      : failed);
	return;
failed:
	vmx_failed("INVVPID", "of an address");
}

void tlb_flush_address(uint64_t linear)
{
	vmx_invalidate_vpid_address(GUEST_VPID, linear);
}

bool vmx_has_invvpid(void)
{
	return vmx.ept_vpid & VMX_VPID_INVVPID_BIT &&
	       vmx.ept_vpid & (VMX_VPID_EXTENT_SINGLE_CONTEXT_BIT | VMX_VPID_EXTENT_GLOBAL_CONTEXT_BIT);
}

void vmx_invalidate_vpid(uint16_t vpid)
{
	const struct vmx_invalidation context = {.low = vpid};
	uint64_t type = vmx.ept_vpid & VMX_VPID_EXTENT_SINGLE_CONTEXT_BIT ? INVVPID_SINGLE_CONTEXT
									  : INVVPID_ALL_CONTEXTS;

	if (!vmx_has_invvpid())
		return;
	counters.housekeeping++;
	__asm__ volatile goto("invvpid %[descriptor], %[type]; jbe %l[failed]"
			      :
			      : [descriptor] "m"(context), [type] "r"(type)
			      : "cc", "memory"
			      : failed);
	return;
failed:
	vmx_failed("INVVPID", "of a guest");
}

void tlb_flush_guest(void)
{
	vmx_invalidate_vpid(GUEST_VPID);
}
