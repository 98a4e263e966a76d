/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A page that is taken from the guest until the guest touches it again, as a host under memory
 * pressure does. At most one page is lost at a time.
 */
#ifndef HV_LOST_PAGE_H
#define HV_LOST_PAGE_H

#include "l1-hypervisor/cpu/vcpu.h"

/* Returns true if the lost page contained the address, and gives the page back. */
bool lost_page_restore(struct vcpu *vcpu, uint64_t physical);

#endif
