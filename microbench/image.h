/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The common parts of every image that measures: the image prepares its clock and asks what to
 * measure next.
 */
#ifndef NB_IMAGE_H
#define NB_IMAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "microbench/abi/ring.h"

/*
 * Measures the clock. If the clock is coarse, makes the stamps of this image exact where possible
 * (stamp.h). Call it before the first sample.
 */
void bare_clock_init(void);

/*
 * Writes the clock's granularity into the ring as metadata, unless the level below knows it.
 * Returns false if it does not fit.
 */
bool bare_clock_announce(struct nb_ring *ring);

/*
 * Prepares for bare_next(). If no level below says what to measure, the command line does (ops= n=
 * seed=). Its windows belong to the level that the word level= names. If hypervisor = true, windows
 * of VMX operations belong to the level below that one, which is this image. windows=guest and
 * windows=self leave the other kind out. Returns false if the command line is malformed or names an
 * unknown operation.
 */
bool bare_plan_init(const char *cmdline, bool hypervisor);

/* Returns the window to measure next (NB_NEXT). It asks the level below, or follows the plan. */
uint32_t bare_next(void);

#endif
