/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What every image does that measures: it prepares its clock, and asks what to measure next.
 */
#ifndef NB_IMAGE_H
#define NB_IMAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "microbench/abi/ring.h"

/* Measures the clock, and makes the stamps of this image exact if they are not (stamp.h). Before the first sample. */
void bare_clock_init(void);

/* Puts the clock's granularity into the ring, as metadata, unless the level below knows it. False if that does not fit. */
bool bare_clock_announce(struct nb_ring *ring);

/*
 * Prepares for bare_next(). Where nobody below knows what to measure, the command line does (ops= n= seed=): then windows are
 * for the level of the word level=, and those of VMX operations for the level below it, which is ourselves (hypervisor = true).
 * windows=guest and windows=self leave the other kind out.
 * False if the command line is malformed or names an unknown operation.
 */
bool bare_plan_init(const char *cmdline, bool hypervisor);

/* What to measure next (NB_NEXT): asks the level below, or follows the plan. */
uint32_t bare_next(void);

#endif
