/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Device passthrough: the guest uses the machine's ports, APICs and timers. So an operating system
 * that needs a PC can run as the guest, for example Linux with KVM. Nothing protects this
 * hypervisor from the guest's devices. They are not shared, because there is only one guest.
 */
#ifndef HV_PASSTHROUGH_H
#define HV_PASSTHROUGH_H

#include <stdbool.h>
#include <stdint.h>

#include "l1-hypervisor/cpu/vcpu.h"
#include "microbench/abi/pvh.h"

/*
 * Reads the word devices=through from the command line. Any other value ends the run.
 * passthrough_is_on() returns true if the word was there.
 */
void passthrough_init(struct vcpu *vcpu, const char *cmdline);
bool passthrough_is_on(struct vcpu *vcpu);

/*
 * Gives the guest's memory map the holes of a PC. RAM lies below 639 KiB and above 1 MiB. Reserved
 * firmware tables lie from 896 KiB to 1 MiB. boot->range[0].size is the size in bytes.
 */
void passthrough_memory_map(struct nb_pvh_boot *boot);

/*
 * Maps the APIC pages, and copies the firmware's tables into guest memory. Call it after the EPT is
 * built. On shadow page tables it ends the run.
 */
void passthrough_map(struct vcpu *vcpu);

/*
 * Handles an access where the guest has no memory. It maps the page of the device or firmware
 * there. Returns false without devices=through, or if the page is guest memory or part of this
 * hypervisor's image.
 */
bool passthrough_map_page(struct vcpu *vcpu, uint64_t physical);

/* Makes an acknowledged interrupt of the machine pending for the guest. */
void passthrough_interrupt(struct vcpu *vcpu, uint8_t vector);

/*
 * passthrough_pending() returns the highest pending vector, or -1. passthrough_accept() removes it
 * after its delivery.
 */
int passthrough_pending(struct vcpu *vcpu);
void passthrough_accept(struct vcpu *vcpu);

#endif
