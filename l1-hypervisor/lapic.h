/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Our own local APIC (SDM chapter 11), by MSR or by page as it is set. Each access is an exit of ours where a hypervisor is below,
 * and is counted as housekeeping.
 */
#ifndef HV_LAPIC_H
#define HV_LAPIC_H

#include <stdbool.h>
#include <stdint.h>

#define MSR_IA32_APIC_BASE 0x1bu
#define APIC_BASE_BSP      (1ull << 8)
#define APIC_BASE_X2APIC   (1ull << 10)
#define APIC_BASE_ENABLE   (1ull << 11)
#define APIC_BASE_ADDRESS  0xffffff000ull

/* Offsets of registers in the page; as MSR: MSR_X2APIC + offset / 16. */
#define MSR_X2APIC         0x800u
#define MSR_X2APIC_LAST    0x8ffu
#define APIC_ID            0x020u
#define APIC_VERSION       0x030u
#define APIC_TPR           0x080u
#define APIC_EOI           0x0b0u
#define APIC_SPURIOUS      0x0f0u
#define APIC_ISR           0x100u
#define APIC_IRR           0x200u
#define APIC_ICR           0x300u
#define APIC_ICR_HIGH      0x310u
#define APIC_LVT_TIMER     0x320u
#define APIC_INITIAL_COUNT 0x380u
#define APIC_CURRENT_COUNT 0x390u
#define APIC_DIVIDE        0x3e0u
#define APIC_SELF_IPI      0x3f0u

#define APIC_DIVIDE_BY_16    0x3u
#define APIC_SOFTWARE_ENABLE 0x100u
#define LVT_MASKED           (1u << 16)

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
