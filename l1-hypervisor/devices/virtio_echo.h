/* SPDX-License-Identifier: GPL-2.0-only */
/* The device side of a split virtqueue. It echoes every buffer that the guest makes available. */
#ifndef HV_VIRTIO_ECHO_H
#define HV_VIRTIO_ECHO_H

#include <stdbool.h>
#include <stdint.h>

#include "l1-hypervisor/cpu/vcpu.h"

/*
 * Sets the guest-physical address of the guest's struct nb_virtqueue. 0 removes the queue. Returns
 * false if the address is not aligned or not in guest memory.
 */
bool echo_set_queue(struct vcpu *vcpu, uint64_t address);

/* Serves all available buffers. Returns NULL, or a message that describes the driver's error. */
const char *echo_kick(struct vcpu *vcpu);

#endif
