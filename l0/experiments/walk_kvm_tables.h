/* SPDX-License-Identifier: GPL-2.0-only */
/* One translation in the page tables below our hypervisor, as text and as a file. */
#ifndef NB_L0_WALK_BELOW_H
#define NB_L0_WALK_BELOW_H

#include "l0/experiments/walk_lists.h"

/*
 * Prints the translation in three dimensions, and as the CPU does it. If the VMM did not read KVM's
 * tables, it prints the reason. Returns false after a message if the tables make no complete walk,
 * or contradict each other.
 */
bool walk__print_below(FILE *out, const struct nb_run *run);

/* Writes every reference of every available list, one row each. */
void walk__put_steps_csv(FILE *out, const char *machine, const struct nb_run *run);

#endif
