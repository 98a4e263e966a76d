/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ends a guest that makes no progress: a periodic local APIC timer, whose tick must find new samples in the ring.
 */
#ifndef HV_WATCHDOG_H
#define HV_WATCHDOG_H

#include <stdbool.h>

#include "abi/ring.h"

/* Starts the timer, a tick every mticks million time stamp ticks; 0: no watchdog. */
void watchdog_start(uint32_t mticks);

/* A tick: false if the ring is where it was at the last one. Without a ring, the first two ticks are forgiven. */
bool watchdog_interrupt(const struct nb_ring *ring);

/* Call when the guest stops on purpose. */
void watchdog_stop(void);

#endif
