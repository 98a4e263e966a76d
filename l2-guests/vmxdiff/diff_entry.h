/* SPDX-License-Identifier: GPL-2.0-only */
/* A VM-entry case: a valid VMCS, changes to it, and a program for L2. */
#ifndef VMXDIFF_ENTRY_H
#define VMXDIFF_ENTRY_H

#include <stdbool.h>
#include <stdint.h>

#include "l2-guests/vmxdiff/dice.h"
#include "vmcs-shadow/vmcs12.h"

enum l2_mode {
	L2_64,
	L2_64_USER,
	L2_COMPATIBILITY, /* 32-bit code in IA-32e mode */
	L2_PAE,
	L2_32,   /* paging with 32-bit entries */
	L2_FLAT, /* protected mode without paging */
	L2_REAL,
	L2_MODES
};

extern const char *const l2_mode_name[L2_MODES];

#define ENTRY_STEPS 6 /* maximum number of entries in a case */

struct entry_case {
	enum l2_mode mode;
	bool by_ept;
	struct vmcs12 vmcs;     /* first the values to write, later the state that exits save */
	struct dice steps;      /* random numbers for the actions between entries */
	bool changes_msrs;      /* the case changes MSRs that L1 and L2 share */
	bool other_code;        /* a change may alter the size of L2's code segment */
	bool no_ports;          /* L2 must not access ports, because L1's I/O bitmaps may be damaged */
	bool reads_time;        /* L2 reads the TSC, whose value must not reach any note */
	bool wants_cr3_targets; /* the case uses CR3-target values */
	bool wants_ad;          /* the EPT has accessed and dirty flags */
};

/* Controls that cases may set. A machine that lacks one of them skips the cases that need it. */
#define CASE_PIN     0x00000029u
#define CASE_PRIMARY 0xfbd99e8cu
#define CASE_2ND     0x000010eeu
#define CASE_EXIT    0x00308204u
#define CASE_ENTRY   0x00008204u

/* base.c: builds a valid VMCS with which L2 runs in this mode. */
void entry_base(struct entry_case *c, enum l2_mode mode, struct dice *d);
/* Returns a random mode. Modes with 64-bit code are the most frequent. */
enum l2_mode entry_any_mode(struct dice *d);

/*
 * change.c: changes one field or a group of fields, to valid or invalid values. Never creates an L2
 * that could run forever.
 */
void entry_change(struct entry_case *c, struct dice *d);

/*
 * Restores the controls that guarantee an exit, so that every L2 ends regardless of earlier
 * changes.
 */
void entry_keep_bounded(struct entry_case *c);

/* program.c: writes L2's program and points GUEST_RIP to it. */
void program_make(struct entry_case *c, struct dice *d);

/* Writes a program that only executes IRET, which ends NMI blocking. */
void program_iret(struct entry_case *c);

/*
 * diff_write.c: writes the fields that cases use. Returns false if this machine lacks a control or
 * capability that the case needs.
 */
bool entry_is_possible(const struct entry_case *c);
/* Writes all fields that cases use to the current VMCS. Ends the test if a VMWRITE fails. */
void entry_write(const struct vmcs12 *v);
/* Writes the fields that differ between `from` and `to`. Call entry_write() before. */
void entry_write_changes(const struct vmcs12 *from, const struct vmcs12 *to);

/* lists.c: fills the bitmaps and MSR lists. */
void lists_init(void);

/*
 * The only port that L2 reaches through the I/O bitmaps, with accesses of one byte. It is the
 * scratch register of a serial port. Every level may emulate it, and it has no side effect.
 */
#define LISTS_PASSED_PORT 0x3ffu
/* Returns the address of I/O bitmap A (0) or B (1). */
uint64_t lists_io_bitmap(unsigned which);
/*
 * Returns the address of an MSR bitmap. 0: all accesses exit. 1: reads and writes of some MSRs
 * pass. 2: only reads of them pass.
 */
uint64_t lists_msr_bitmap(unsigned which);
/* Empties the MSR lists and writes their addresses to the VMCS. */
void lists_reset(struct entry_case *c);
/* Fills the MSR lists with random entries. Some entries of the VM-entry load list are invalid. */
void lists_change(struct entry_case *c, struct dice *d);
/* Notes the MSR values that an exit has stored, and the shared MSRs. */
void lists_note(void);
/* Restores the MSRs that L2 shares with L1. */
void lists_restore_msrs(void);

/*
 * saved.c: notes the exit information and the state that changes with each exit, and copies the
 * state to c->vmcs. saved_note_all() notes the remaining state after the last exit, because a
 * VMREAD may cause an exit to the level below.
 */
void saved_note(struct entry_case *c);
void saved_note_all(struct entry_case *c);

/*
 * Runs the case that the random numbers define and notes the results. Writes a short description of
 * the outcome, at most `size` bytes.
 */
void entry_run(struct dice *d, char *outcome, unsigned size);

#endif
