/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Trap requests of the guest (microbench/trap_requests.h): reports the requests that this CPU
 * supports, and grants them.
 */
#ifndef HV_TRAP_CONTROLS_H
#define HV_TRAP_CONTROLS_H

#include <stdbool.h>
#include <stdint.h>

#include "l1-hypervisor/cpu/vcpu.h"

/* Returns the NB_TRAP_... bits that this hypervisor can grant. */
uint32_t trap_controls_offered(struct vcpu *vcpu);

/*
 * Grants exactly these requests and ends all others. Returns false and changes nothing if a request
 * is unsupported.
 */
bool trap_controls_grant(struct vcpu *vcpu, uint32_t traps);

#endif
