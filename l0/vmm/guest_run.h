/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Runs a VM whose image asks for the operations to measure. It handles each exit to user space
 * until the image asks again or ends.
 */
#ifndef NB_L0_VMM_GUEST_H
#define NB_L0_VMM_GUEST_H

#include "l0/vmm/vm.h"
#include "microbench/abi/ring.h"

enum guest_verdict {
	GUEST_RUNS,   /* the guest runs; only used inside guest__run() */
	GUEST_ASKS,   /* the guest asks for the next operation; guest__run() takes the answer */
	GUEST_DONE,   /* the guest was told that nothing is left, and has ended */
	GUEST_FAILED, /* an error; a message gives the reason */
};

struct guest {
	struct vm *vm;
	struct nb_ring *ring; /* NULL until the guest announces its ring */
	uint64_t doorbells;
	char line[256]; /* the incomplete line of the guest's console */
	size_t line_length;
	bool dlab; /* DLAB of the serial port: its data port accesses the divisor */
};

/*
 * Starts the watchdog: it ends a guest that writes no record for timeout_s seconds. Also handles
 * SIGINT and SIGTERM, which end the guest.
 */
void guest__watch(unsigned timeout_s);

/*
 * Returns true, after a message, if SIGINT or SIGTERM has asked this process to stop. Callers must
 * also check it between windows, when no guest runs.
 */
bool guest__stopped(void);

/*
 * Stops this process once (SIGSTOP), when the first VM is ready and has not run. A tracer can then
 * attach before the VM's first exit.
 */
void guest__stop_first(void);

/* Returns how often KVM_RUN has returned, and writes the counts by reason: "IO 123, INTR 4". */
uint64_t guest__returns(char *text, size_t size);

/*
 * Runs the guest until it asks or ends. answer is the reply to its last question (NB_NEXT(...)); it
 * is ignored at the first call. When the guest ends, all records of its ring are in the stream.
 */
enum guest_verdict guest__run(struct guest *guest, uint32_t answer);

#endif
