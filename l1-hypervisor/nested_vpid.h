/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * VPIDs of a guest hypervisor: each of its own is another one of ours, so that what is cached of L1, and of L2s, is kept apart.
 */
#ifndef HV_NESTED_VPID_H
#define HV_NESTED_VPID_H

#include "vmcs-shadow/vmcs12.h"

/* For L2: of ours that which stands for its VPID. Without VPIDs in vmcs12 one that is flushed at each VM entry. */
uint16_t nested_vpid(const struct vmcs12 *vmcs12);
void nested_vpid_flush_shared(void);

/* INVVPID: one of L1's, with an address or without, and all of them. */
void nested_vpid_forget(uint16_t vpid12);
void nested_vpid_forget_address(uint16_t vpid12, uint64_t linear);
void nested_vpid_forget_all(void);

#endif
