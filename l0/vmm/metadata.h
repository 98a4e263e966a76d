/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a result has to say about the kernel and the CPU it was measured on, read where L0 runs.
 */
#ifndef NB_L0_METADATA_H
#define NB_L0_METADATA_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Writes "meta.KEY=VALUE" into the stream: kernel, CPU model, microcode, parameters of the KVM modules, mitigations, VMX
 * capability MSRs as KVM offers them to guests, TSC frequency and how it was found, the CPU we are pinned to.
 */
bool metadata__write(int pinned_cpu);

/* KVM's configuration in force, "shadow_vmcs=on", "shadow_vmcs=off,vpid=off", or "" where kvm_intel is not loaded. */
void metadata__config(char *config, size_t size);

#endif
