/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Folders of results, for the commands that read them: which command made one, and which are looked at where the user names none.
 */
#ifndef NB_L0_RESULT_FOLDER_H
#define NB_L0_RESULT_FOLDER_H

#include <stdbool.h>
#include <stddef.h>

enum result_kind {
	RESULT_UNKNOWN, /* no folder, or nothing in it that nestbed made */
	RESULT_RUN,     /* results.csv or results.json */
	RESULT_WALK,
	RESULT_CHASE,
	RESULT_TRACE,
	RESULT_FIELDS,
};

/* By the files in it. */
enum result_kind result_folder__kind(const char *path);

/* "walk": the command that made it. */
const char *result_folder__command(enum result_kind kind);

/*
 * True if nb_load() may try: the folder is of `nestbed run`, or it is for nb_load() to say what is wrong. False after one line where it
 * is of another command.
 */
bool result_folder__may_be_of_run(const char *path);

/* The newest folder of `nestbed run`, or results/reference: where claims looks if it is told nothing. False after one line. */
bool result_folder__usual(char *path, size_t size);

#endif
