/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tests of a page that the level below takes away while this hypervisor handles a guest page fault.
 * The guest must still see exactly one fault.
 */
#ifndef HV_PAGE_LOSS_TEST_H
#define HV_PAGE_LOSS_TEST_H

#include <stdbool.h>
#include <stdint.h>

#include "l1-hypervisor/cpu/vcpu.h"

/*
 * Handles NB_HYPERCALL_TAKE_PAGE (abi/services.h): the page is taken at the guest's next page
 * fault. request is a guest-physical address or an enum nb_take, plus NB_TAKE_UNTIL_TOUCHED.
 * Returns false if the page does not exist, or the level below cannot take pages.
 */
bool page_loss_arm(struct vcpu *vcpu, uint64_t request);

/* Call it when a guest page fault reaches this hypervisor, before anything handles the fault. */
void page_loss_on_page_fault(struct vcpu *vcpu);

/*
 * page_loss_count() returns how many pages were taken. page_loss_returned() returns how many of
 * them came back because of an access. Both return UINT64_MAX if the level below cannot take pages.
 */
uint64_t page_loss_count(void);
uint64_t page_loss_returned(void);

#endif
