/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Finds out whether KVM's APIC virtualization works on this CPU, for PID 1 of an emulated machine.
 */
#ifndef NB_L0_APICV_H
#define NB_L0_APICV_H

#include <stdbool.h>

/* The environment variable by which PID 1 tells the VMM, for the metadata, that it has turned APIC virtualization off. */
#define NB_APICV_VARIABLE "NESTBED_APICV"

/* True if a CPU that /proc/cpuinfo describes offers posted interrupts, which KVM wants for APIC virtualization. */
bool apicv__is_offered(const char *cpuinfo);

/*
 * Runs a guest of one instruction under the KVM that is loaded. Returns false if the CPU refuses the VM entry; true if it
 * enters, or if no guest can be made, which later steps report better.
 */
bool apicv__can_enter(void);

#endif
