/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The guest's linear memory, through the guest's own page tables.
 */
#ifndef HV_LINEAR_H
#define HV_LINEAR_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Copies bytes (to linear addresses: a page's worth at most) from (or to) linear addresses of our guest, or of its guest if that runs, as a supervisor. False if the address is not canonical, or a page does not allow that or is not guest memory: nothing has been copied from
 * there on.
 */
bool linear_read(uint64_t linear, void *to, uint64_t bytes);
bool linear_write(uint64_t linear, const void *from, uint64_t bytes);

/* Of the copy that has failed last: the error code of the guest's #PF. */
extern uint32_t linear_error;
extern uint64_t linear_error_address; /* and where */

#endif
