/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Collects the values that a case observes. It combines them into one hash for each kind of value,
 * and reports each value if requested.
 */
#ifndef VMXDIFF_NOTE_H
#define VMXDIFF_NOTE_H

#include <stdbool.h>
#include <stdint.h>

/* Kinds of values. Each kind has its own hash. */
enum note_kind {
	NOTE_EXIT,  /* the result of an entry or an instruction */
	NOTE_STATE, /* guest state in the VMCS */
	NOTE_WORK,  /* registers and memory */
	NOTE_HOST,  /* state that an exit has loaded */
	NOTE_KINDS
};

/* Starts a case and resets its hashes. `in_words` requests a report of every value. */
void note_begin(uint32_t number, bool in_words);

/* Adds a value to a hash. `name` appears only in the report. */
void note(enum note_kind kind, const char *name, uint64_t value);

/* Adds a remark to the report. The remark is not part of any hash. */
void note_text(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Returns true if the case reports every value. */
bool note_in_words(void);

/* Returns the hash of a kind, folded to 32 bits. */
uint32_t note_hash(enum note_kind kind);

#endif
