// SPDX-License-Identifier: GPL-2.0-only
/* Gives a lost page back to the guest. The experiments in lab/ take the page. */
#include "l1-hypervisor/memory/lost_page.h"

#include "l1-hypervisor/backend/backend.h"
#include "l1-hypervisor/memory/ept.h"

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
