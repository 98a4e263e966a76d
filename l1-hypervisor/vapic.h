/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guest's local APIC (SDM chapter 11), emulated: x2APIC by MSR, xAPIC by its page at 0xfee00000. It has what one CPU needs:
 * IPIs to itself, priorities, EOI, and a one-shot or periodic timer, which runs on ours. While it runs, our own watchdog does not: a
 * guest that hangs but has its timer tick is ended by the level below alone.
 */
#ifndef HV_VAPIC_H
#define HV_VAPIC_H

#include <stdbool.h>
#include <stdint.h>

#define VAPIC_PAGE 0xfee00000u

/* The vector that the guest's CPU should take next, or -1; and: it takes it. */
int vapic_pending(void);
void vapic_accept(void);

/* An access to a register by its offset in the page. False: there is no such register, or not so. */
bool vapic_read(uint32_t reg, uint64_t *value);
bool vapic_write(uint32_t reg, uint64_t value);

/* IA32_APIC_BASE. False if the new value is one that SDM figure 11-27 forbids. */
uint64_t vapic_base(void);
bool vapic_set_base(uint64_t value);

/* Is it in x2APIC mode? MSRs are there only then, the page only else. */
bool vapic_is_x2apic(void);

/* An interrupt of our own APIC came, with this vector. True if it was the guest's timer, which has fired now. */
bool vapic_timer(uint8_t vector);

/* Quickly: may vapic_pending() find one? */
bool vapic_has_requests(void);

#endif
