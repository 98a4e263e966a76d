/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Emulates the guest's local APIC (SDM chapter 11): x2APIC by MSR, xAPIC by its page at 0xfee00000.
 * It has what one CPU needs: IPIs to itself, priorities, EOI, and a one-shot or periodic timer.
 *
 * The guest's timer uses this hypervisor's APIC timer. While it runs, this hypervisor's watchdog is
 * off. If the guest hangs while its timer ticks, only the level below can end it.
 */
#ifndef HV_VAPIC_H
#define HV_VAPIC_H

#include <stdbool.h>
#include <stdint.h>

#include "l1-hypervisor/cpu/vcpu.h"

#define VAPIC_PAGE 0xfee00000u

/* Sets the state after reset. */
void vapic_reset(struct vcpu *vcpu);

/*
 * vapic_pending() returns the vector that the guest's CPU should take next, or -1.
 * vapic_start_service() moves the highest requested vector from IRR to ISR.
 */
int vapic_pending(struct vcpu *vcpu);
void vapic_start_service(struct vcpu *vcpu);

/*
 * Reads or writes a register by its offset in the page. Returns false if the register does not
 * exist or does not allow this access in the current mode.
 */
bool vapic_read(struct vcpu *vcpu, uint32_t reg, uint64_t *value);
bool vapic_write(struct vcpu *vcpu, uint32_t reg, uint64_t value);

/*
 * vapic_base() returns IA32_APIC_BASE. vapic_set_base() returns false if the value has reserved
 * bits, changes the mode illegally (SDM figure 11-27), or moves the page.
 */
uint64_t vapic_base(struct vcpu *vcpu);
bool vapic_set_base(struct vcpu *vcpu, uint64_t value);

/* Returns true in x2APIC mode. The MSRs exist only in x2APIC mode, the page only outside it. */
bool vapic_is_x2apic(struct vcpu *vcpu);

/*
 * Call it when an interrupt of this hypervisor's own APIC has arrived. Returns true if it was the
 * guest's timer; then the guest's timer interrupt is pending, unless masked.
 */
bool vapic_timer(struct vcpu *vcpu, uint8_t vector);

/* A fast test: returns false only if vapic_pending() cannot find a vector. */
bool vapic_has_requests(struct vcpu *vcpu);

#endif
