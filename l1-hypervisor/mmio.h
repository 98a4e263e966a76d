/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Device pages of the guest: what the EPT does not map, or misconfigures, is decoded and emulated here.
 */
#ifndef HV_MMIO_H
#define HV_MMIO_H

#include "guest.h"

/* Adds the device pages to the guest's EPT. with_devices: a hypervisor is below us, whose devices are mapped through. */
void mmio_init(bool with_devices);

/* An EPT violation or misconfiguration: a device access, a lost page, or the end of the run in words. */
void mmio_exit(struct guest_registers *regs, uint32_t reason);

/* Takes a page (4 KiB or more, as the EPT maps it) from the guest until it touches it again. False: it is not guest memory. */
bool mmio_lose_page(uint64_t physical);

/* How many lost pages came back during the delivery of an event. */
extern uint64_t mmio_lost_in_delivery;

#endif
