/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Device pages of the guest. The EPT leaves them unmapped or misconfigured, and this code decodes
 * and emulates each access.
 */
#ifndef HV_MMIO_H
#define HV_MMIO_H

#include "l1-hypervisor/cpu/vcpu.h"

/*
 * Adds the device pages to the guest's EPT, if the guest has an EPT. with_devices means that a VMM
 * runs below the host. The guest then gets direct access to the VMM's devices.
 */
void mmio_init(struct vcpu *vcpu, bool with_devices);

/*
 * Handles an EPT violation or misconfiguration. An access that belongs to no known page ends the
 * run with a message.
 */
enum outcome mmio_exit(struct vcpu *vcpu, uint32_t reason);

/*
 * Emulates an access to a guest-physical address that is neither memory nor a device page of the
 * VMM. Ends the run if the host emulates no device there, or if the instruction is not a supported
 * MOV.
 */
void mmio_access(struct vcpu *vcpu, uint64_t physical);

/*
 * Ends the run for this access. At a device page the message is why. Elsewhere the message tells
 * how the guest reached the address.
 */
void mmio_fail(struct vcpu *vcpu, uint64_t physical, const char *why) __attribute__((noreturn));

/* Returns true if the address is in a device page of the VMM that the guest may access directly. */
bool mmio_is_passthrough(struct vcpu *vcpu, uint64_t physical);

#endif
