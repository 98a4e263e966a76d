/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Counts the memory references of a two-dimensional page walk. The count uses the accessed flags
 * that the CPU sets in the entries it reads: in the guest's paging structures (SDM 5.8) and in the
 * EPT (SDM 29.3.5).
 */
#ifndef HV_REFERENCES_H
#define HV_REFERENCES_H

#include "l1-hypervisor/cpu/vcpu.h"
#include "microbench/measure.h"

/*
 * Writes windows "walk.G.N" without samples. G is the number of levels of the guest's tables, N the
 * number of levels of the EPT. Both are 4 (4 KiB pages), 3 (2 MiB pages) or 2 (1 GiB pages).
 * Counters of each window:
 *
 *   hv.walk.guest    entries of the guest's tables that the CPU read
 *   hv.walk.ept.S    EPT entries that translated step S: 0 is the guest's topmost table, G the page
 *   hv.walk.distinct EPT entries that the CPU read when steps can share entries
 *   hv.walk.first.S  the same walk: one digit for each EPT entry of step S, from the top. The digit
 *                    is the first step, counted from 1, that needs this entry
 *   hv.walk.idle     EPT entries read for a page that the walk does not need. It must be 0;
 *                    otherwise the method is wrong
 *
 * A CPU without EPT accessed flags, or a guest on shadow tables, gives one skipped window. A page
 * size that the EPT lacks skips its windows. An unexpected VM exit ends the run.
 */
void references_count(struct vcpu *vcpu, const struct nb_place *place);

#endif
