/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A case of VMX instructions, one after the other, as a hypervisor executes them: well, in the wrong state, or with operands that are wrong.
 */
#ifndef VMXDIFF_SEQUENCE_H
#define VMXDIFF_SEQUENCE_H

#include "dice.h"

void sequence_init(void);

/* Runs the case that the dice make, noting what happens. The outcome in words, short. */
void sequence_run(struct dice *d, char *outcome, unsigned size);

#endif
