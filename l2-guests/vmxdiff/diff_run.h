/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Runs code with every register as wanted, and comes back from it in whatever way: by a jump, a VM exit or an exception.
 */
#ifndef VMXDIFF_RUN_H
#define VMXDIFF_RUN_H

#include <stdbool.h>
#include <stdint.h>

/* By their numbers in instructions: RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8 to R15. */
enum { RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8, R9, R10, R11, R12, R13, R14, R15 };

struct run_registers {
	uint64_t gpr[16];
	uint64_t rflags;
};

extern struct run_registers run_in, run_out;

/* Selectors as they were on the way back: CS, SS, DS, ES, FS, GS, TR, LDTR. */
extern uint16_t run_selectors[8];

enum run_end {
	RUN_BACK,  /* the code jumped to run_back */
	RUN_EXIT,  /* a VM exit */
	RUN_FAULT, /* an exception, in run_fault */
};

struct run_fault {
	uint64_t vector, error, rip, cr2;
};
extern struct run_fault run_fault;

/* Takes all exceptions from now on. Those that come of no run_code() are dumped, and end the run. */
void run_init(void);

/* Executes an IRET that succeeds. Bochs takes every exit behind one that has not, but for another one, for one of that IRET. */
void run_iret(void);

/* With the registers of run_in to target; they are in run_out afterwards. user: at CPL 3. */
enum run_end run_code(const void *target, bool user);

/* Targets: VMLAUNCH and VMRESUME. HOST_RIP has to be run_exit. */
extern const uint8_t run_vmxoff[], run_launch[], run_resume[], run_exit[], run_back[];

#endif
