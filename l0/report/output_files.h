/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The names of all files that nestbed writes into an output folder: what a folder must not hold
 * before a run, and what --force removes.
 */
#ifndef NB_L0_OUTPUT_FILES_H
#define NB_L0_OUTPUT_FILES_H

#include <stdbool.h>
#include <stddef.h>

#include "l0/results/load.h"

#define OUTPUT_MARK        NB_LOAD_MARK
#define OUTPUT_DESCRIPTION "run.json" /* what was run; see run_file.h */

/*
 * True for the name of a file that a command of nestbed writes, and for the temporary files that a
 * killed one leaves.
 */
bool output_files__is_ours(const char *name);

/*
 * Finds a file or a part folder of nestbed in the folder and copies its name (size bytes). Returns
 * 1 if there is one, 0 if there is none, and -1 with errno set if the folder cannot be read.
 */
int output_files__find(const char *folder, char *name, size_t size);

/*
 * Removes every file of nestbed but the mark, and every part folder, and leaves all else. False
 * with errno set on a failure.
 */
bool output_files__remove(const char *folder);

/*
 * Removes what a killed command has left of files and plots that it had not finished. False with
 * errno set on a failure.
 */
bool output_files__remove_temporary(const char *folder);

/* Writes all files of the folder to the disk. False with errno set on a failure. */
bool output_files__sync(const char *folder);

#endif
