/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a case has seen, value by value: folded into a few hashes, and told in words if they are wanted.
 */
#ifndef VMXDIFF_NOTE_H
#define VMXDIFF_NOTE_H

#include <stdbool.h>
#include <stdint.h>

/* Kinds of values, each with a hash of its own. */
enum note_kind {
	NOTE_EXIT,  /* how an entry or an instruction ended */
	NOTE_STATE, /* guest state that is in the VMCS */
	NOTE_WORK,  /* registers and memory */
	NOTE_HOST,  /* what an exit has loaded */
	NOTE_KINDS
};

/* Everything that follows is of this case. */
void note_begin(uint32_t number, bool in_words);

/* name is for words alone. */
void note(enum note_kind kind, const char *name, uint64_t value);

/* A remark in words, that is no value. */
void note_text(const char *format, ...) __attribute__((format(printf, 1, 2)));
bool note_in_words(void);

uint32_t note_hash(enum note_kind kind);

#endif
