/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guest's ports: its doorbell, wishes and services, and a COM1.
 */
#ifndef HV_IO_H
#define HV_IO_H

#include "l1-hypervisor/guest.h"

/* The I/O bitmaps' physical addresses, A and B: all ports trap but those of L0's devices, if we have a hypervisor below. */
void io_bitmaps(uint64_t address[2], bool with_devices);

/* The same addresses, made already. */
void io_bitmap_addresses(uint64_t address[2]);

/* Emulates the instruction. False: the guest is done. */
bool io_exit(struct guest_registers *regs);

#endif
