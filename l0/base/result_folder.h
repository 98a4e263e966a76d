/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Identifies which command made a result folder, and finds the default folder for commands that
 * read results.
 */
#ifndef NB_L0_RESULT_FOLDER_H
#define NB_L0_RESULT_FOLDER_H

#include <stdbool.h>
#include <stddef.h>

enum result_kind {
	RESULT_UNKNOWN, /* no folder, or it has no file of nestbed */
	RESULT_RUN,     /* results.csv or results.json */
	RESULT_WALK,
	RESULT_CHASE,
	RESULT_TRACE,
	RESULT_FIELDS,
};

/* Identifies the kind of a folder by the files in it. */
enum result_kind result_folder__kind(const char *path);

/*
 * Returns the name of the command that makes this kind of folder, for example "walk"; "run" for an
 * unknown kind.
 */
const char *result_folder__command(enum result_kind kind);

/*
 * Returns true if nb_load() may read the folder: it belongs to `nestbed run`, or its kind is
 * unknown and nb_load() reports the error. Returns false, after one line, for a folder of another
 * command.
 */
bool result_folder__may_be_of_run(const char *path);

/*
 * Writes the default folder of `nestbed claims`: the newest folder of `nestbed run`, or else the
 * reference result. Returns false after one line.
 */
bool result_folder__usual(char *path, size_t size);

#endif
