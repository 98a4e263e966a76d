/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One translation of our guest's, step by step, over the tables as they are: what the CPU would read for it, entry by entry.
 */
#ifndef HV_TRANSLATE_H
#define HV_TRANSLATE_H

#include <stdint.h>

#include "microbench/measure.h"

/* Reads va_high= and va_low=, the halves of the linear address to be translated. */
void translate_init(const char *cmdline);

/*
 * If there is such an address: texts into the ring,
 *
 *   walk.address=LINEAR
 *   walk.step.I=KIND LEVEL GUEST_PHYSICAL ADDRESS VALUE   in order; KIND: e, an entry of the EPT that translates
 *                                  GUEST_PHYSICAL; g, the guest's entry at GUEST_PHYSICAL. ADDRESS is where it is in our memory
 *   walk.end=page GUEST_PHYSICAL ADDRESS SIZE, or not-present LEVEL, or violation GUEST_PHYSICAL
 *   walk.eptp=EPTP                 of the last entry into the guest, or, if it was not entered for this, of its EPT. Behind it the level
 *                                  below is asked to look at its own tables (NB_DOORBELL_TABLES)
 *   walk.cpu=READ OF OTHERS, or untried WHY: of the OF different entries above, the CPU has read READ for a fetch there, and
 *                                  OTHERS of the EPT beside them
 *
 * all numbers in hexadecimal.
 */
void translate(const struct nb_place *place);

#endif
