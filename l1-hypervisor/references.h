/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * How many memory references does a two-dimensional page walk make? Counted by the flags that the CPU leaves in the entries it
 * reads: A of the guest's paging structures (SDM 5.8) and of the EPT (SDM 29.3.5).
 */
#ifndef HV_REFERENCES_H
#define HV_REFERENCES_H

#include "microbench/measure.h"

/*
 * Windows "walk.G.N", without samples, for guests' tables of G levels (4, or 3 and 2, which end in a page of 2 MiB and 1 GiB) and an EPT
 * of N (likewise). Counters of each:
 *
 *   hv.walk.guest    entries of the guest's tables that were read
 *   hv.walk.ept.S    entries of the EPT that translated step S: 0 is the guest's topmost table, G the page itself
 *   hv.walk.distinct entries of the EPT that were read where steps may share them
 *   hv.walk.first.S  the same walk: a digit an entry that translates step S, from the top: the step, counted from 1, which needs it first
 *   hv.walk.idle     entries of the EPT that translate a page which the walk does not need: 0, or the method is wrong
 */
void references_count(const struct nb_place *place);

#endif
