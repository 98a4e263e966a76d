/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A case of VM entry: a VMCS that is good, changes of it, and a program for L2.
 */
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

#define ENTRY_STEPS 6 /* entries at most */

struct entry_case {
	enum l2_mode mode;
	bool by_ept;
	struct vmcs12 vmcs;     /* as it is first written, then what the exits have saved */
	struct dice steps;      /* for what happens between the entries */
	bool changes_msrs;      /* those that are L1's too */
	bool other_code;        /* a change has made of the program code of another size */
	bool no_ports;          /* L2 is not to reach any: what L1 says about them may be damaged */
	bool reads_time;        /* what differs each time must not become visible */
	bool wants_cr3_targets; /* CR3-target values */
	bool wants_ad;          /* accessed and dirty flags of the EPT */
};

/* Controls that cases may set; what a machine does not have of these makes a case be skipped. */
#define CASE_PIN     0x00000029u
#define CASE_PRIMARY 0xfbd99e8cu
#define CASE_2ND     0x000010eeu
#define CASE_EXIT    0x00308204u
#define CASE_ENTRY   0x00008204u

/* base.c: a VMCS with which L2 runs in this mode. */
void entry_base(struct entry_case *c, enum l2_mode mode, struct dice *d);
enum l2_mode entry_any_mode(struct dice *d);

/* change.c: changes a field or some that belong together, for better or worse. Never so that L2 could run for ever. */
void entry_change(struct entry_case *c, struct dice *d);

/* What may not be, whatever was changed: that nothing ends L2. */
void entry_keep_bounded(struct entry_case *c);

/* program.c: L2's program, from which GUEST_RIP leads. */
void program_make(struct entry_case *c, struct dice *d);

/* The same, of a program that only executes IRET, which ends blocking by NMI. */
void program_iret(struct entry_case *c);

/* diff_write.c: all fields that cases use. False: this machine lacks one of its controls. */
bool entry_is_possible(const struct entry_case *c);
void entry_write(const struct vmcs12 *v);
void entry_write_changes(const struct vmcs12 *from, const struct vmcs12 *to);

/* lists.c: bitmaps and lists of MSRs. */
void lists_init(void);

/* The one port that L2 reaches, by one byte: a serial line's scratch register. Every level below may have it, and none does anything. */
#define LISTS_PASSED_PORT 0x3ffu
uint64_t lists_io_bitmap(unsigned which);
uint64_t lists_msr_bitmap(unsigned which);
void lists_reset(struct entry_case *c);
void lists_change(struct entry_case *c, struct dice *d);
void lists_note(void);
/* Puts the MSRs right that L2 shares with us. */
void lists_restore_msrs(void);

/*
 * saved.c: notes what an exit has left, and the state that changes with each exit; and the rest, after the last one, as a VMREAD may be an
 * exit to the level below. The state goes into vmcs, too.
 */
void saved_note(struct entry_case *c);
void saved_note_all(struct entry_case *c);

/* Runs the case that the dice make, noting what happens. The outcome in words, short. */
void entry_run(struct dice *d, char *outcome, unsigned size);

#endif
