/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ends the run when the guest's page tables lead outside the guest's memory. The message names the
 * page-table entry and has the same form with EPT and with shadow tables.
 */
#ifndef HV_BAD_ACCESS_H
#define HV_BAD_ACCESS_H

#include "l1-hypervisor/cpu/vcpu.h"

/*
 * Ends the run because the access of this exit reached neither memory nor a device. The bad address
 * is in a guest page table or in the final translation.
 */
void bad_access_fail(struct vcpu *vcpu) __attribute__((noreturn));

#endif
