/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Our own local APIC (SDM chapter 11), by MSR or by page as it is set. Each access is an exit of ours where a hypervisor is below,
 * and is counted as housekeeping.
 */
#ifndef HV_LAPIC_H
#define HV_LAPIC_H

#include <stdbool.h>
#include <stdint.h>

#include "vmcs-shadow/x86.h"

/* Offsets of registers in the page; as MSR: MSR_X2APIC + offset / 16. */

/* Vectors of our own. */
#define LAPIC_TIMER_VECTOR    0x40u
#define LAPIC_SPURIOUS_VECTOR 0x4fu

void lapic_write(uint32_t reg, uint32_t value);
uint32_t lapic_read(uint32_t reg);

/* Enables it and unmasks its timer, one-shot, counting every 16th cycle of its clock. Again: nothing. */
void lapic_init(void);

/* Disables it again: an enabled one makes every VM entry dearer for a hypervisor below, which looks at it. */
void lapic_release(void);

/* Fires LAPIC_TIMER_VECTOR once after so many counts; 0: never. */
void lapic_arm(uint32_t counts);

#endif
