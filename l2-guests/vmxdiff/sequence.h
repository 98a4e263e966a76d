/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A case of VMX instructions, one after the other, as a hypervisor executes them: well, in the wrong state, or with operands that are wrong.
 */
#ifndef VMXDIFF_SEQUENCE_H
#define VMXDIFF_SEQUENCE_H

#include <stdbool.h>

#include "l2-guests/vmxdiff/dice.h"

void sequence_init(void);

/* Runs the case that the dice make, noting what happens. The outcome in words, short. */
void sequence_run(struct dice *d, char *outcome, unsigned size);

/* Executes so many instructions, of which anything may come; any() gives pointers for them. Is VMX operation on, before and after? */
bool sequence_wild(struct dice *dice, unsigned count, bool is_on, uint64_t (*any)(struct dice *));

#endif
