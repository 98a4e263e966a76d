/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ledger: each exit to L0 that an operation at L2 causes, assigned to who made it, by the counters of our hypervisor as L1.
 */
#ifndef NB_LEDGER_H
#define NB_LEDGER_H

#include <stdbool.h>

#include "l0/results/load.h"

/* For one execution. */
struct nb_ledger {
	double to_l1;        /* exits that L1 handled; each costs L0 that exit and a VMRESUME */
	double accesses;     /* L1's VMREADs and VMWRITEs that trap */
	double housekeeping; /* L1's other instructions that trap */
	double rest; /* what L0 counted beyond these; below 0, L1 was told of exits that were none of the CPU's */
};

/* Counters whose names begin so, for one execution: what a window of `empty` counts is subtracted. NAN without that. */
double nb_counted(const struct nb_loaded *loaded, const struct nb_loaded_row *row, const char *prefix);

/*
 * The ledger of a row at L2 with KVM as L0 and our hypervisor as L1. All NAN where the result lacks the counters of the row or of `empty`.
 */
struct nb_ledger nb_ledger_of(const struct nb_loaded *loaded, const struct nb_loaded_row *row);

/* True if the counter is of VMREADs or VMWRITEs of one field, and these are exits to a KVM that shadows what it usually does, or nothing. */
bool nb_ledger_traps(const char *key, bool shadowing);

#endif
