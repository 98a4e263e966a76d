/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Device pages of the guest: what the EPT does not map, or misconfigures, is decoded and emulated here.
 */
#ifndef HV_MMIO_H
#define HV_MMIO_H

#include "l1-hypervisor/guest.h"

/* Adds the device pages to the guest's EPT, if it has one. with_devices: a hypervisor is below us, whose devices are mapped through. */
void mmio_init(bool with_devices);

/* An EPT violation or misconfiguration: a device access, a lost page, or the end of the run in words. */
void mmio_exit(struct guest_registers *regs, uint32_t reason);

/* An access to a guest-physical address where neither memory nor a page of L0's devices is: a device of ours, or the end of the run. */
void mmio_access(struct guest_registers *regs, uint32_t reason, uint64_t physical);

/* The end of the run for an access there: of a device, why; where there is none, how the guest got there. */
void mmio_fail(const struct guest_registers *regs, uint32_t reason, uint64_t physical, const char *why)
	__attribute__((noreturn));

/* Is a page of L0's devices here, which the guest shall reach? */
bool mmio_is_passed(uint64_t physical);

/* Takes a page (4 KiB, or more if the EPT maps more) from the guest until it touches it again. False: it is not guest memory. */
bool mmio_lose_page(uint64_t physical);

/* Is a lost page in these bytes? And: if this address is in one, it is found again. */
bool mmio_is_lost(uint64_t physical, uint64_t bytes);
bool mmio_find_lost(uint64_t physical);

/* How many lost pages came back during the delivery of an event. */
extern uint64_t mmio_lost_in_delivery;

#endif
