/* SPDX-License-Identifier: GPL-2.0-only */
/* vmcs01: the VMCS of the guest. */
#ifndef HV_VMCS01_H
#define HV_VMCS01_H

#include "l1-hypervisor/cpu/vcpu.h"

/*
 * Makes vmcs01 current and fills it. The controls come from the capabilities, the host state from
 * this hypervisor and the guest state from PVH.
 */
void vmcs01_init(struct vcpu *vcpu);

#endif
