/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Trap requests of the guest ("wishes", microbench/wishes.h): reports the requests that this CPU
 * supports, and grants them.
 */
#ifndef HV_GRANTS_H
#define HV_GRANTS_H

#include <stdbool.h>
#include <stdint.h>

/* Returns the NB_WISH_... bits that this hypervisor can grant. */
uint32_t trap_requests_offered(void);

/*
 * Grants exactly these requests and ends all others. Returns false and changes nothing if a request
 * is unsupported.
 */
bool trap_requests_grant(uint32_t wishes);

#endif
