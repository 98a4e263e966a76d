/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The ledger assigns each exit to L0 that an operation at L2 causes to its origin. It uses the
 * counters of our hypervisor as L1.
 */
#ifndef NB_LEDGER_H
#define NB_LEDGER_H

#include <stdbool.h>

#include "l0/results/load.h"

/* Exits of one execution. */
struct nb_ledger {
	double to_l1;        /* exits that L1 handled; each costs L0 the exit and a VMRESUME */
	double accesses;     /* VMREADs and VMWRITEs of L1 that trap */
	double housekeeping; /* other instructions of L1 that trap */
	double rest;         /* remaining exits that L0 counted; below 0 if L0 reported exits to L1 that no CPU made */
};

/*
 * Returns the sum of counters whose names begin with `prefix`, for one execution. The counts of a
 * window of `empty` are subtracted. Returns NAN without complete windows of `empty` or without
 * samples.
 */
double nb_counted(const struct nb_loaded *loaded, const struct nb_loaded_row *row, const char *prefix);

/*
 * Returns the ledger of a row at L2 with KVM as L0 and our hypervisor as L1. All members are NAN if
 * the result lacks the counters of the row or of `empty`.
 */
struct nb_ledger nb_ledger_of(const struct nb_loaded *loaded, const struct nb_loaded_row *row);

/*
 * Returns true if the counter counts VMREADs or VMWRITEs of one field, and KVM traps them.
 * `shadowing` means that KVM shadows its usual fields; otherwise it shadows none.
 */
bool nb_ledger_traps(const char *key, bool shadowing);

#endif
