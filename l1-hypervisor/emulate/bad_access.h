/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ends the run when the guest's page tables lead outside the guest's memory. The message names the
 * page-table entry and has the same form with EPT and with shadow tables.
 */
#ifndef HV_BAD_ACCESS_H
#define HV_BAD_ACCESS_H

#include <stdint.h>

#include "l1-hypervisor/cpu/vcpu.h"

struct guest_registers;

/*
 * Ends the run because the access of this exit reached neither memory nor a device. The bad address
 * is in a guest page table or in the final translation.
 */
void bad_access_fail(struct vcpu *vcpu) __attribute__((noreturn));

/* Returns the guest's level for messages: "L2" if a hypervisor with devices is below, else "L1". */
const char *bad_access_guest_name(struct vcpu *vcpu);

/*
 * Returns the level of this hypervisor for messages: "L1" if a hypervisor with devices is below,
 * else "L0".
 */
const char *bad_access_own_name(struct vcpu *vcpu);

#endif
