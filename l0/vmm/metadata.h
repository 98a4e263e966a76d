/* SPDX-License-Identifier: GPL-2.0-only */
/* The metadata of a result: the kernel and the CPU of the measurement. It is read where L0 runs. */
#ifndef NB_L0_METADATA_H
#define NB_L0_METADATA_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Writes "meta.KEY=VALUE" to the stream: kernel, CPU model, microcode, parameters of the KVM
 * modules, and mitigations. Also writes the VMX capability MSRs that KVM offers to guests, the TSC
 * frequency and its source, and pinned_cpu (-1: not pinned). Returns false if the stream cannot be
 * written.
 */
bool metadata__write(int pinned_cpu);

/*
 * Writes KVM's current configuration: "shadow_vmcs=on", "shadow_vmcs=off,vpid=off", or "" if
 * kvm_intel is not loaded.
 */
void metadata__config(char *config, size_t size);

#endif
