/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Ends a guest that makes no progress, where no level below does: a one-shot timer of the local APIC, wound up again at
 * every doorbell, so that no tick falls into the window of a healthy guest.
 */
#ifndef HV_WATCHDOG_H
#define HV_WATCHDOG_H

#include <stdbool.h>

#include "microbench/abi/ring.h"

/* Starts the timer: a tick after mticks million time stamp ticks without a doorbell. 0: no watchdog. */
void watchdog_start(uint32_t mticks);

/* Begins the period anew. An exit of ours where a hypervisor is below: call it outside of windows. */
void watchdog_wind(void);

/*
 * An interrupt of this vector came (and has had its EOI). False if it was the timer's and the ring is where it was at its last tick; without a
 * ring, two ticks are forgiven. An interrupt that nobody asked for ends the run.
 */
bool watchdog_interrupt(uint8_t vector, const struct nb_ring *ring);

bool watchdog_is_on(void);

/* Call when the guest stops on purpose. */
void watchdog_stop(void);

#endif
