/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Runs code with given values in all registers. Control returns through a jump, a VM exit or an
 * exception.
 */
#ifndef VMXDIFF_RUN_H
#define VMXDIFF_RUN_H

#include <stdbool.h>
#include <stdint.h>

/* Register numbers as instructions encode them. */
enum { RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, R8, R9, R10, R11, R12, R13, R14, R15 };

struct run_registers {
	uint64_t gpr[16];
	uint64_t rflags;
};

extern struct run_registers run_in, run_out;

/* Selectors right after the return: CS, SS, DS, ES, FS, GS, TR, LDTR. */
extern uint16_t run_selectors[8];

enum run_end {
	RUN_BACK,  /* the code jumped to run_back */
	RUN_EXIT,  /* a VM exit occurred */
	RUN_FAULT, /* an exception occurred; see run_fault */
};

struct run_fault {
	uint64_t vector, error, rip, cr2;
};
extern struct run_fault run_fault;

/*
 * Installs handlers for all 32 exception vectors. An exception outside run_code() causes a dump and
 * ends the test.
 */
void run_init(void);

/*
 * Executes an IRET that succeeds. After an IRET that faults, Bochs attributes later exits to that
 * IRET until another IRET executes.
 */
void run_iret(void);

/*
 * Loads the registers of run_in, jumps to `target`, and stores the final registers in run_out.
 * `user` selects CPL 3. Returns how the code ended.
 */
enum run_end run_code(const void *target, bool user);

/*
 * Targets for run_code() and HOST_RIP: run_launch executes VMLAUNCH, run_resume VMRESUME, and
 * run_vmxoff VMXOFF. HOST_RIP must be run_exit.
 */
extern const uint8_t run_vmxoff[], run_launch[], run_resume[], run_exit[], run_back[];

#endif
