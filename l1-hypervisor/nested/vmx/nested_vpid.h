/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * VPIDs of the guest. Each one maps to a different VPID of the host, which keeps the cached
 * translations of the guest and of its nested guests apart.
 */
#ifndef HV_NESTED_VPID_H
#define HV_NESTED_VPID_H

#include "vmcs-shadow/vmcs12.h"

/*
 * nested_vpid() returns the host's VPID for the VPID in vmcs12, or 0 if the CPU has no VPIDs. If
 * vmcs12 uses no VPID, it returns a shared VPID. nested_vpid_flush_shared() must flush the shared
 * VPID at each VM entry.
 */
uint16_t nested_vpid(const struct vmcs12 *vmcs12);
void nested_vpid_flush_shared(void);

/* INVVPID of the guest: for one VPID, for one linear address of a VPID, or for all VPIDs. */
void nested_vpid_forget(uint16_t vpid12);
void nested_vpid_forget_address(uint16_t vpid12, uint64_t linear);
void nested_vpid_forget_all(void);

#endif
