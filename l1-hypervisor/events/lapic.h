/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The host's local APIC (SDM chapter 11), accessed by MSR or by MMIO page, as its mode requires. On
 * a VMM each access is an exit of the host, and the counters count it as housekeeping.
 */
#ifndef HV_LAPIC_H
#define HV_LAPIC_H

#include <stdbool.h>
#include <stdint.h>

#include "vmcs-shadow/x86.h"

/* Vectors that the host uses. */
#define LAPIC_TIMER_VECTOR    0x40u
#define LAPIC_SPURIOUS_VECTOR 0x4fu

/*
 * Access a register after lapic_init(). reg is the offset in the page, a multiple of 16. In x2APIC
 * mode the MSR is MSR_X2APIC + reg / 16.
 */
void lapic_write(uint32_t reg, uint32_t value);
uint32_t lapic_read(uint32_t reg);

/*
 * Enables the local APIC and unmasks its timer: one-shot, one count per 16 clock cycles. A second
 * call does nothing.
 */
void lapic_init(void);

/*
 * Disables the local APIC. An enabled APIC makes every VM entry slower on a VMM, because the VMM
 * checks it for interrupts.
 */
void lapic_release(void);

/* Fires LAPIC_TIMER_VECTOR once after this number of counts. 0 stops the timer. */
void lapic_arm(uint32_t counts);

#endif
