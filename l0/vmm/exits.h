/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The VMM's run loop: KVM_RUN until the guest is done, and what each exit to user space means.
 */
#ifndef NB_L0_VMM_EXITS_H
#define NB_L0_VMM_EXITS_H

#include "vm.h"

/*
 * Runs the machine until its guest says it is done. A guest that writes no record for timeout_s seconds is ended.
 * NB_EXIT_GOOD or, after one line that says why, NB_EXIT_FAILED; what is in the ring has been written out either way.
 */
int vm__run(struct vm *vm, unsigned timeout_s);

#endif
