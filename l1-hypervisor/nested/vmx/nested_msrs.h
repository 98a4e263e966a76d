/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The MSR areas of the guest's VMCS (SDM 25.7.2, 25.8.2). vmcs02 does not point to them. The host
 * emulates them: it reads and writes each MSR with the effect of the guest's RDMSR and WRMSR.
 */
#ifndef HV_NESTED_MSRS_H
#define HV_NESTED_MSRS_H

#include <stdbool.h>

#include "l1-hypervisor/cpu/vcpu.h"
#include "vmcs-shadow/vmcs12.h"

/*
 * Loads the MSRs of a VM entry. vmcs02 is current. Returns 0, or the number (from 1) of the entry
 * that cannot be loaded (SDM 27.4).
 */
uint32_t nested_msrs_load_guest(struct vcpu *vcpu, const struct vmcs12 *vmcs12);

/*
 * Store and load the MSRs of a VM exit. vmcs02 is current for the store, vmcs01 for the load. An
 * entry that fails is a VMX abort (SDM 28.7) of the guest: it ends the run with a message.
 */
void nested_msrs_store(struct vcpu *vcpu, const struct vmcs12 *vmcs12);
void nested_msrs_load_host(struct vcpu *vcpu, const struct vmcs12 *vmcs12);

#endif
