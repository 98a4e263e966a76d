/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The path of one address through an EPT (SDM 29.3.2): the entries that translate it, as they were
 * read, and the address to which they lead. The EPT may be ours or belong to a kernel.
 */
#ifndef NB_TRACE_EPT_PATH_H
#define NB_TRACE_EPT_PATH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EPT_LEVELS_MIN 4
#define EPT_LEVELS_MAX 5 /* the walk length of an EPTP is 4 or 5 (SDM 25.6.11) */

struct ept_path {
	uint64_t root;    /* physical address of the topmost table */
	unsigned levels;  /* levels of the tables */
	unsigned entries; /* entries that were read: 1 to levels */
	uint64_t entry[EPT_LEVELS_MAX];
};

enum ept_end {
	EPT_PAGE,    /* the last entry maps a page */
	EPT_ABSENT,  /* the last entry maps nothing: an EPT violation */
	EPT_INVALID, /* no CPU accepts the last entry: an EPT misconfiguration (SDM 29.3.3.1) */
	EPT_BROKEN,  /* not a path: it continues where it must end, or ends where it must continue */
};

/* Return the level of the i-th entry, and its physical address. i is 0 for the topmost entry. */
unsigned ept_path__level(const struct ept_path *path, unsigned i);
uint64_t ept_path__at(const struct ept_path *path, uint64_t address, unsigned i);

/*
 * Returns how the path of an address ends. For EPT_PAGE, *to is the translated address, and *size
 * is the page size in bytes.
 */
enum ept_end ept_path__end(const struct ept_path *path, uint64_t address, uint64_t *to, uint64_t *size);

/*
 * Reads the path of an address from the topmost table on. read() reads a word at a physical
 * address. Returns false if read() fails, or if root or levels are impossible.
 */
bool ept_path__read(struct ept_path *path, uint64_t root, unsigned levels, uint64_t address,
		    bool (*read)(uint64_t at, uint64_t *word, void *context), void *context);

/*
 * Write and parse a path as "ROOT LEVELS ENTRY...", in hexadecimal. ept_path__parse() returns false
 * for any other text. It does not check that the entries make a path: ept_path__end() does.
 */
#define EPT_PATH_TEXT 128
void ept_path__write(const struct ept_path *path, char text[EPT_PATH_TEXT]);
bool ept_path__parse(const char *text, struct ept_path *path);

#endif
