/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The MSR areas of a guest hypervisor's VMCS (SDM 25.7.2, 25.8.2), which no CPU is given: each MSR is read and written here, as L1 could itself.
 */
#ifndef HV_NESTED_MSRS_H
#define HV_NESTED_MSRS_H

#include <stdbool.h>

#include "vmcs-shadow/vmcs12.h"

/* At VM entry, vmcs02 is current. 0, or the number from 1 of the entry that cannot be loaded (27.4). */
uint32_t nested_msrs_load_guest(const struct vmcs12 *vmcs12);

/* At a VM exit: vmcs02 is current to store, vmcs01 to load. What cannot be stored or loaded is a VMX abort (28.7), which ends L1, and the run, in words. */
void nested_msrs_store(const struct vmcs12 *vmcs12);
void nested_msrs_load_host(const struct vmcs12 *vmcs12);

#endif
