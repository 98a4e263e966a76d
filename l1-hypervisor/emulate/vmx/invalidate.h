/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Handles exits of INVLPG and INVPCID. Both always exit with shadow page tables. With EPT they exit
 * only after a trap request.
 */
#ifndef HV_INVALIDATE_H
#define HV_INVALIDATE_H

#include "l1-hypervisor/cpu/vcpu.h"

/* Drops the translation of the exit's linear address. A non-canonical address has no effect. */
enum outcome invlpg_exit(struct vcpu *vcpu, uint32_t reason);
/* Emulates INVPCID. Illegal operands give the guest a #GP, and an unreadable descriptor a #PF. */
enum outcome invpcid_exit(struct vcpu *vcpu, uint32_t reason);

#endif
