/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The paravirtual clock page. A hypervisor keeps it up to date, so its guest reads the time without
 * an exit. It works like the clocks of KVM (pvclock) and Xen: a scale, an offset, and a sequence
 * count that is odd while the page changes.
 */
#ifndef NB_ABI_CLOCK_H
#define NB_ABI_CLOCK_H

#include <stdint.h>

struct nb_clock {
	uint32_t sequence; /* odd while the hypervisor changes the page */
	uint32_t scale;    /* clock units per tick, times 2^32 */
	uint64_t base;     /* time stamp at which the clock showed `offset` */
	uint64_t offset;   /* clock units at time stamp `base` */
	uint64_t steal;    /* ticks in which the hypervisor ran although the guest was able to run */
};

/*
 * Returns the clock's value at time stamp `now`, in clock units. `now` must not be before
 * clock->base.
 */
static inline uint64_t nb_clock_at(const struct nb_clock *clock, uint64_t now)
{
	return clock->offset + (uint64_t)((unsigned __int128)(now - clock->base) * clock->scale >> 32);
}

#endif
