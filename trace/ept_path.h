/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The way of one address through an EPT (SDM 29.3.2): the entries that translate it, as they were read, and where they lead. Whose EPT it
 * is does not matter: ours, or one that lies in a kernel.
 */
#ifndef NB_TRACE_EPT_PATH_H
#define NB_TRACE_EPT_PATH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EPT_LEVELS_MIN 4
#define EPT_LEVELS_MAX 5 /* the walk length of an EPTP is 4 or 5 (SDM 25.6.11) */

struct ept_path {
	uint64_t root;    /* where the topmost table is */
	unsigned levels;  /* of the tables */
	unsigned entries; /* that were read: 1 to levels */
	uint64_t entry[EPT_LEVELS_MAX];
};

enum ept_end {
	EPT_PAGE,    /* the last entry maps a page */
	EPT_ABSENT,  /* the last entry maps nothing: an EPT violation */
	EPT_INVALID, /* the last entry is none that a CPU takes: an EPT misconfiguration (SDM 29.3.3.1) */
	EPT_BROKEN,  /* no path at all: it goes on where it must end, or ends where it must go on */
};

/* The level of the i-th entry, and where it is. */
unsigned ept_path__level(const struct ept_path *path, unsigned i);
uint64_t ept_path__at(const struct ept_path *path, uint64_t address, unsigned i);

/* How the path of an address ends. EPT_PAGE: *to is what it is translated to, *size that of the page. */
enum ept_end ept_path__end(const struct ept_path *path, uint64_t address, uint64_t *to, uint64_t *size);

/* Follows an address from the topmost table on, by a function that reads a word at a physical address. False: it could not. */
bool ept_path__read(struct ept_path *path, uint64_t root, unsigned levels, uint64_t address,
		    bool (*read)(uint64_t at, uint64_t *word, void *context), void *context);

/* "ROOT LEVELS ENTRY...", in hexadecimal. Parse: false if it is anything else; whether the entries make a path is ept_path__end()'s. */
#define EPT_PATH_TEXT 128
void ept_path__write(const struct ept_path *path, char text[EPT_PATH_TEXT]);
bool ept_path__parse(const char *text, struct ept_path *path);

#endif
