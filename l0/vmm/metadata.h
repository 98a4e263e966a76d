/* SPDX-License-Identifier: GPL-2.0-only */
/* The metadata of a result: the kernel and the CPU of the measurement. It is read where L0 runs. */
#ifndef NB_L0_METADATA_H
#define NB_L0_METADATA_H

#include <stdbool.h>

#include "l0/request/config.h"

/*
 * Writes "meta.KEY=VALUE" to the stream: kernel, CPU model, microcode, parameters of the KVM
 * modules, and mitigations. Also writes the VMX capability MSRs that KVM offers to guests, the TSC
 * frequency and its source, and pinned_cpu (-1: not pinned). Returns false if the stream cannot be
 * written.
 */
bool metadata__write(int pinned_cpu);

/*
 * Adds the settings of KVM: VMCS shadowing, EPT and VPID. Adds nothing if kvm_intel is not loaded.
 */
void metadata__add_config(struct config *config);

#endif
