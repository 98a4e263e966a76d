// SPDX-License-Identifier: GPL-2.0-only
/* Takes a page from the guest's EPT, or from its shadow tables, and gives it back. */
#include "l1-hypervisor/memory/lost_page.h"

#include "l1-hypervisor/cpu/vmx/vmx.h"
#include "l1-hypervisor/memory/ept.h"
#include "l1-hypervisor/memory/guest_paging.h"

bool lost_page_take(struct vcpu *vcpu, uint64_t physical)
{
	const uint64_t size = vcpu->shadow ? EPT_PAGE_4K : vcpu->ept_page;

	if (!guest_memory(vcpu, physical, 1) || vcpu->lost.size)
		return false;
	/*
	 * One 1 GiB page is all of the guest's memory: the guest's next instruction would touch it
	 * first.
	 */
	if (!vcpu->shadow && (size == EPT_PAGE_1G || !ept_set_present(physical, false)))
		return false;
	vcpu->lost.start = physical & ~(size - 1);
	vcpu->lost.size = size;
	if (vcpu->shadow)
		paging_drop_translations(vcpu); /* the linear addresses of this page are unknown */
	else
		vmx_invalidate_ept(vcpu->eptp);
	return true;
}

bool lost_page_restore(struct vcpu *vcpu, uint64_t physical)
{
	if (!lost_page_overlaps(vcpu, physical, 1))
		return false;
	/* The CPU caches no entry that is not present (SDM 29.4.3.1), so this needs no INVEPT. */
	if (!vcpu->shadow)
		ept_set_present(vcpu->lost.start, true);
	vcpu->lost.size = 0;
	return true;
}
