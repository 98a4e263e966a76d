/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * For tests: damages one EPT entry on the path to NB_SPARE_PAGE while the guest runs. The word
 * fault= selects the kind of damage:
 * - ept_reserved sets a reserved bit
 * - ept_misconfig allows writes without reads
 * - ept_type sets an invalid memory type
 * - ept_beyond makes the entry point to missing physical memory
 * The word fault_level= (1 to 4) selects the level of the entry. The default is the entry that maps
 * the page.
 */
#ifndef HV_EPT_FAULT_INJECTION_H
#define HV_EPT_FAULT_INJECTION_H

#include "l1-hypervisor/cpu/vcpu.h"

/*
 * Reads fault= and fault_level= from the command line. Ends the run if fault_level= is invalid, or
 * if fault= is given with shadow tables. Call it after guest_load().
 */
void ept_fault_injection_init(struct vcpu *vcpu, const char *cmdline);

/* Call this when a window opens. The seventh call damages the EPT; all other calls do nothing. */
void ept_fault_injection_window(struct vcpu *vcpu);

#endif
