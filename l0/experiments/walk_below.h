/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What one translation is below our hypervisor, as text and as a file.
 */
#ifndef NB_L0_WALK_BELOW_H
#define NB_L0_WALK_BELOW_H

#include "l0/experiments/walk_lists.h"

/*
 * Prints the translation in three dimensions and as the CPU does it, if the VMM has read KVM's tables, or why it has not. False after a
 * message: what it has read makes no walk, or contradicts itself.
 */
bool walk__print_below(FILE *out, const struct nb_run *run);

/* Every reference of every list there is, a row each. */
void walk__put_steps_csv(FILE *out, const char *machine, const struct nb_run *run);

#endif
