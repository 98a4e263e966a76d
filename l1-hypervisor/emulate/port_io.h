/* SPDX-License-Identifier: GPL-2.0-only */
/* The I/O ports of the guest: doorbell, trap requests, services, and a COM1. */
#ifndef HV_PORT_IO_H
#define HV_PORT_IO_H

#include "l1-hypervisor/cpu/vcpu.h"

/*
 * Fills the I/O bitmaps and stores the physical addresses of A and B. Every port causes an exit,
 * except the ports of L0's devices if with_devices is true. With devices=through no port causes an
 * exit.
 */
void io_bitmaps_init(struct vcpu *vcpu, uint64_t address[2], bool with_devices);

/*
 * Stores the physical addresses of bitmaps A and B. The bitmaps must have been filled by
 * io_bitmaps_init().
 */
void io_bitmap_addresses(uint64_t address[2]);

/*
 * Emulates IN (in) or OUT of size bytes. Stops the run if the guest is done. An unknown port ends
 * the run with a dump.
 */
enum outcome io_access(struct vcpu *vcpu, uint16_t port, unsigned size, bool in);

/*
 * The message for a port that does not exist, and for an unsupported size or a string instruction.
 */
#define IO_NO_PORT "the guest accesses a port that does not exist, or in an unsupported way"

#endif
