/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Records one translation of a guest address step by step: every table entry that the CPU would
 * read for it.
 */
#ifndef HV_TRANSLATE_H
#define HV_TRANSLATE_H

#include <stdint.h>

#include "l1-hypervisor/cpu/vcpu.h"
#include "microbench/measure.h"

/*
 * Reads va_high= and va_low=, the halves of the linear address to translate. A value of 2^32 or
 * more ends the run.
 */
void translate_init(const char *cmdline);

/*
 * Does nothing without va_low=, or if the guest runs on shadow page tables. Otherwise it writes
 * these lines into the ring:
 *
 *   walk.address=LINEAR
 *   walk.step.I=KIND LEVEL GUEST_PHYSICAL ADDRESS VALUE
 *        in order. KIND e: an EPT entry that translates GUEST_PHYSICAL. KIND g: the guest's entry
 *        at GUEST_PHYSICAL. ADDRESS is the host-physical address of the entry
 *   walk.end=page GUEST_PHYSICAL ADDRESS SIZE, or not-present LEVEL, or violation GUEST_PHYSICAL
 *   walk.eptp=EPTP
 *        of the last entry into the guest, or of the guest's EPT if it was not entered. After this
 *        line the level below adds its own tables (NB_DOORBELL_TABLES)
 *   walk.cpu=READ OF OTHERS, or untried WHY
 *        for one fetch the CPU has read READ of the OF different entries above, and OTHERS more
 *        entries of the EPT
 *
 * All numbers are hexadecimal.
 */
void translate(struct vcpu *vcpu, const struct nb_place *place);

#endif
