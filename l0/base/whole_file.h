/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A file that appears whole or not at all: it is written under another name beside its own, which it gets at the end. A reader never
 * sees half of one, and an old one survives a failure.
 */
#ifndef NB_L0_WHOLE_FILE_H
#define NB_L0_WHOLE_FILE_H

#include <stdbool.h>
#include <stdio.h>

struct whole_file {
	FILE *out;
	char path[700], temporary[710];
};

/* False after a message. */
bool whole_file__begin(struct whole_file *file, const char *path);

/*
 * Puts it in its place, as readable as the user's other files, if all that was to be written could be made (good) and written. Otherwise
 * it is gone, and false after a message with errno as it was found.
 */
bool whole_file__end(struct whole_file *file, bool good);

/* There is nothing to be kept. */
void whole_file__drop(struct whole_file *file);

#endif
