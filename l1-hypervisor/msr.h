/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guest's MSRs: which ones trap, and what they then hold.
 */
#ifndef HV_MSR_H
#define HV_MSR_H

#include <stdbool.h>
#include <stdint.h>

#include "l1-hypervisor/guest.h"
#include "vmcs-shadow/x86.h"

/* The bitmap's physical address; made at the first call. */
uint64_t msr_bitmap(void);

uint64_t msr_bitmap_address(void); /* made already */

/* Lets an MSR below 0x2000 or from 0xc0000000 trap, or not, for RDMSR and WRMSR. */
void msr_trap(uint32_t msr, bool trap);

/* Does an access of the guest's exit? And what it does if so; false: a #GP. */
bool msr_is_trapped(uint32_t msr, bool write);
bool msr_read(uint32_t msr, uint64_t *value);
bool msr_write(uint32_t msr, uint64_t value);

/* RDMSR or WRMSR that trapped: emulated, or the guest gets a #GP. */
void msr_exit(struct guest_registers *regs, bool write);

#endif
