/* SPDX-License-Identifier: GPL-2.0-only */
/* The guest's MSRs: which accesses trap, and how the host emulates them. */
#ifndef HV_MSR_H
#define HV_MSR_H

#include <stdbool.h>
#include <stdint.h>

#include "l1-hypervisor/cpu/vcpu.h"
#include "vmcs-shadow/x86.h"

/*
 * Fills the MSR bitmap and returns its physical address. Also resets the guest's IA32_MISC_ENABLE
 * to the CPU's value.
 */
uint64_t msr_bitmap_init(struct vcpu *vcpu);

/* Returns the physical address of the MSR bitmap, and does not fill it. */
uint64_t msr_bitmap_address(void);

/*
 * Sets or clears the RDMSR and WRMSR intercepts of one MSR. The MSR must be below 0x2000, or from
 * 0xc0000000 to 0xc0001fff.
 */
void msr_trap(struct vcpu *vcpu, uint32_t msr, bool trap);

/*
 * msr_is_trapped() returns true if the guest's access to the MSR exits. msr_read() and msr_write()
 * emulate the access. They return false for a #GP.
 */
bool msr_is_trapped(uint32_t msr, bool write);
bool msr_read(struct vcpu *vcpu, uint32_t msr, uint64_t *value);
bool msr_write(struct vcpu *vcpu, uint32_t msr, uint64_t value);

/* Handles a trapped RDMSR or WRMSR: emulates it, or injects a #GP. */
enum outcome msr_exit(struct vcpu *vcpu, bool is_write);

#endif
