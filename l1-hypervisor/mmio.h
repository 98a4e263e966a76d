/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Device pages of the guest. The EPT leaves them unmapped or misconfigured, and this code decodes
 * and emulates each access.
 */
#ifndef HV_MMIO_H
#define HV_MMIO_H

#include "l1-hypervisor/guest.h"

/*
 * Adds the device pages to the guest's EPT, if the guest has an EPT. with_devices means that a VMM
 * runs below the host. The guest then gets direct access to the VMM's devices.
 */
void mmio_init(bool with_devices);

/*
 * Handles an EPT violation or misconfiguration. An access that belongs to no known page ends the
 * run with a message.
 */
void mmio_exit(struct guest_registers *regs, uint32_t reason);

/*
 * Emulates an access to a guest-physical address that is neither memory nor a device page of the
 * VMM. Ends the run if the host emulates no device there, or if the instruction is not a supported
 * MOV.
 */
void mmio_access(struct guest_registers *regs, uint32_t reason, uint64_t physical);

/*
 * Ends the run for this access. At a device page the message is why. Elsewhere the message tells
 * how the guest reached the address.
 */
void mmio_fail(const struct guest_registers *regs, uint32_t reason, uint64_t physical, const char *why)
	__attribute__((noreturn));

/* Returns true if the address is in a device page of the VMM that the guest may access directly. */
bool mmio_is_passthrough(uint64_t physical);

/*
 * Takes the page at this address from the guest until the guest touches it again. The page is 4
 * KiB, or larger if the EPT maps larger pages. Returns false if the address is not guest memory,
 * another page is already lost, or the EPT has 1 GiB pages.
 */
bool mmio_lose_page(uint64_t physical);

/*
 * mmio_is_lost() returns true if these bytes overlap the lost page. mmio_restore_page() returns true
 * if the lost page contains the address, and restores the page.
 */
bool mmio_is_lost(uint64_t physical, uint64_t bytes);
bool mmio_restore_page(uint64_t physical);

/* Number of lost pages that were restored during the delivery of an event. */
extern uint64_t mmio_lost_in_delivery;

#endif
