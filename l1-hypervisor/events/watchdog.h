/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ends a guest that makes no progress, if no level below does so. It uses a one-shot timer of the
 * local APIC. Every doorbell restarts the timer, so no tick falls into the window of a healthy
 * guest.
 */
#ifndef HV_WATCHDOG_H
#define HV_WATCHDOG_H

#include <stdbool.h>

#include "microbench/abi/ring.h"

/*
 * Starts the timer. It fires after mticks million time stamp ticks without a doorbell. 0 means no
 * watchdog. If the period does not fit the timer, it is 2^32 - 1 timer counts.
 */
void watchdog_start(uint32_t mticks);

/*
 * Restarts the period. This causes an exit if a hypervisor is below, so call it only outside a
 * measured window.
 */
void watchdog_restart(void);

/*
 * Call it after an interrupt with this vector has arrived and has had its EOI. Returns false if the
 * guest's ring has not moved since the last timer tick. Without a ring (NULL), it returns true for
 * the first two ticks. Any interrupt other than the watchdog's timer ends the run.
 */
bool watchdog_interrupt(uint8_t vector, const struct nb_ring *ring);

/* Returns true if watchdog_start() was called with a period. */
bool watchdog_is_on(void);

/*
 * Stops the timer, for a time in which the hypervisor itself keeps the guest from running.
 * watchdog_restart() starts the timer again.
 */
void watchdog_stop(void);

#endif
