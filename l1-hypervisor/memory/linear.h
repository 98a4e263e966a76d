/* SPDX-License-Identifier: GPL-2.0-only */
/* Accesses the guest's linear memory through the guest's own page tables. */
#ifndef HV_LINEAR_H
#define HV_LINEAR_H

#include <stdbool.h>
#include <stdint.h>

#include "l1-hypervisor/cpu/vcpu.h"

/*
 * Copies bytes from or to linear addresses of the guest, or of the nested guest while it runs. The
 * access has supervisor rights. linear_write() takes at most 4096 bytes.
 *
 * Returns false if an address is not canonical, or if a page forbids the access or is not guest
 * memory. A failed linear_read() has copied the bytes before the bad page. A failed linear_write()
 * has written nothing.
 */
bool linear_read(struct vcpu *vcpu, uint64_t linear, void *to, uint64_t bytes);
bool linear_write(struct vcpu *vcpu, uint64_t linear, const void *from, uint64_t bytes);

/* The #PF error code of the last failed copy. An address that is not canonical does not set it. */
extern uint32_t linear_error;
extern uint64_t linear_error_address; /* the address that failed */

#endif
