/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The paravirtual clock: a page that a hypervisor keeps up to date, so that its guest tells the time without an exit.
 * The method of KVM's pvclock and Xen's: scale, offset, and a sequence count that is odd while the page changes.
 */
#ifndef NB_ABI_CLOCK_H
#define NB_ABI_CLOCK_H

#include <stdint.h>

struct nb_clock {
	uint32_t sequence; /* odd: being changed */
	uint32_t scale;    /* clock units a tick, times 2^32 */
	uint64_t base;     /* time stamp at which `offset` was true */
	uint64_t offset;   /* clock units */
	uint64_t steal;    /* ticks in which the guest could have run and its hypervisor ran instead */
};

/* The clock at time stamp `now`, in clock units. */
static inline uint64_t nb_clock_at(const struct nb_clock *clock, uint64_t now)
{
	return clock->offset + (uint64_t)((unsigned __int128)(now - clock->base) * clock->scale >> 32);
}

#endif
