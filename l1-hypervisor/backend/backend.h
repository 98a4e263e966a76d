/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The CPU vendor's backend, under names that all backends share: the guest's state, the exit, event
 * injection and the TLB. The folders above this one name no vendor, except emulate/vmx and
 * nested/vmx.
 */
#ifndef HV_BACKEND_H
#define HV_BACKEND_H

#include "l1-hypervisor/cpu/vmx/counters.h"
#include "l1-hypervisor/cpu/vmx/dump.h"
#include "l1-hypervisor/cpu/vmx/injection.h"
#include "l1-hypervisor/cpu/vmx/misconfig.h"
#include "l1-hypervisor/cpu/vmx/registers.h"
#include "l1-hypervisor/cpu/vmx/state.h"
#include "l1-hypervisor/cpu/vmx/tlb.h"

#endif
