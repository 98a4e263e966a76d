/* SPDX-License-Identifier: GPL-2.0-only */
/* Checks whether KVM's APIC virtualization works on this CPU, for PID 1 of an emulated machine. */
#ifndef NB_L0_APICV_H
#define NB_L0_APICV_H

#include <stdbool.h>

/*
 * PID 1 sets this environment variable when it turns APIC virtualization off. The VMM copies it to
 * the metadata.
 */
#define NB_APICV_VARIABLE "NESTBED_APICV"

/*
 * Returns true if the CPU in this text of /proc/cpuinfo offers posted interrupts, which KVM needs
 * for APIC virtualization.
 */
bool apicv__is_offered(const char *cpuinfo);

/*
 * Runs a guest of one instruction on the loaded KVM. Returns false if the CPU rejects the VM entry.
 * Returns true if it enters, or if no guest can be made: later steps report that error better.
 */
bool apicv__can_enter(void);

#endif
