/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A VM whose image asks what to measure: KVM_RUN until it asks, and what each exit to user space means.
 */
#ifndef NB_L0_VMM_GUEST_H
#define NB_L0_VMM_GUEST_H

#include "l0/vmm/vm.h"
#include "microbench/abi/ring.h"

enum guest_verdict {
	GUEST_RUNS,   /* only while it is run */
	GUEST_ASKS,   /* what to measure next: answer by guest__run() */
	GUEST_DONE,   /* it was told that nothing is left, and has ended */
	GUEST_FAILED, /* after a line that says why */
};

struct guest {
	struct vm *vm;
	struct nb_ring *ring; /* NULL until it is announced */
	uint64_t doorbells;
	char line[256]; /* of its console, until it is whole */
	size_t line_length;
	bool dlab; /* its data port is the divisor's */
};

/* Begins to watch over guests: one that writes no record for timeout_s seconds is ended. Signals end it too. */
void guest__watch(unsigned timeout_s);

/* Has a signal told us to end? Between windows too, where no guest runs that it would end. True after a message. */
bool guest__stopped(void);

/* Stops this process once, when a VM is ready and has not run yet: whoever wants to trace it from its first exit on attaches then. */
void guest__stop_first(void);

/* How often KVM_RUN has returned in all, and, "IO 123, INTR 4", for which reasons. */
uint64_t guest__returns(char *text, size_t size);

/*
 * Runs the guest until it asks or ends. answer is the reply to its last question (NB_NEXT(...)), ignored the first time.
 * When it has ended, what was in its ring has been written out.
 */
enum guest_verdict guest__run(struct guest *guest, uint32_t answer);

#endif
