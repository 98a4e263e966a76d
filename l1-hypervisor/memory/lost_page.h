/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A page that is taken from the guest until the guest touches it again, as a host under memory
 * pressure does. At most one page is lost at a time.
 */
#ifndef HV_LOST_PAGE_H
#define HV_LOST_PAGE_H

#include "l1-hypervisor/cpu/vcpu.h"

/*
 * Takes the page at this address. The page is 4 KiB, or larger if the EPT maps larger pages. Returns
 * false if the address is not guest memory, another page is already lost, or the EPT has 1 GiB
 * pages.
 */
bool lost_page_take(struct vcpu *vcpu, uint64_t physical);

/* Returns true if the lost page contained the address, and gives the page back. */
bool lost_page_restore(struct vcpu *vcpu, uint64_t physical);

#endif
