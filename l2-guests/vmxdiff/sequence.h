/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A case that is a sequence of VMX instructions. Some are correct, some run in the wrong state, and
 * some have invalid operands.
 */
#ifndef VMXDIFF_SEQUENCE_H
#define VMXDIFF_SEQUENCE_H

#include <stdbool.h>

#include "l2-guests/vmxdiff/dice.h"

/* Prepares the pages for code and operands. Call it once, before the first case. */
void sequence_init(void);

/*
 * Runs the case that the random numbers define and notes the results. `outcome` gets one character
 * for each instruction: '.' success, 'c' VMfailInvalid, 'z' VMfailValid, 'x' exception, '!' VM
 * exit, '-' skipped. It uses at most `size` bytes.
 */
void sequence_run(struct dice *d, char *outcome, unsigned size);

/*
 * Executes `count` instructions of any kind. any() provides their pointers. `is_on` says whether
 * VMX operation is on before; the return value says so for the end.
 */
bool sequence_wild(struct dice *dice, unsigned count, bool is_on, uint64_t (*any)(struct dice *));

#endif
