/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A file that appears whole or not at all. It is written under a temporary name in the same folder,
 * and gets its final name at the end. A reader never sees half a file, and an old file survives a
 * failure.
 */
#ifndef NB_L0_WHOLE_FILE_H
#define NB_L0_WHOLE_FILE_H

#include <stdbool.h>
#include <stdio.h>

struct whole_file {
	FILE *out;
	char path[700], temporary[710];
};

/* Opens file->out for the new text. Returns false after a message. */
bool whole_file__begin(struct whole_file *file, const char *path);

/*
 * Gives the file its final name and the usual permissions (0666 without the umask). good is false
 * if the caller could not make the whole text. On any failure it removes the temporary file and
 * returns false after a message; if good is false, the message uses the errno of the caller.
 */
bool whole_file__end(struct whole_file *file, bool good);

/*
 * Writes FOLDER/NAME: put() writes its text. Returns false after a message.
 */
bool whole_file__put(const char *folder, const char *name, void (*put)(FILE *out, void *data), void *data);

/* Closes and removes the temporary file. The old file stays. */
void whole_file__drop(struct whole_file *file);

#endif
