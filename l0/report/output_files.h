/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The names of all files that nestbed writes into an output folder. A folder must not hold such
 * files before a run, and --force removes them.
 */
#ifndef NB_L0_OUTPUT_FILES_H
#define NB_L0_OUTPUT_FILES_H

#include <stdbool.h>
#include <stddef.h>

#include "l0/results/load.h"

#define OUTPUT_MARK        NB_LOAD_MARK
#define OUTPUT_DESCRIPTION "run.json" /* describes the run; see run_file.h */

/*
 * Returns true for the name of a file that a nestbed command writes, and for the temporary files
 * that a killed command leaves.
 */
bool output_files__is_ours(const char *name);

/*
 * Finds a file or a part folder of nestbed in the folder, and copies its name (size bytes). Returns
 * 1 if there is one, 0 if there is none, and -1 with errno set if the folder cannot be read.
 */
int output_files__find(const char *folder, char *name, size_t size);

/*
 * Removes every file of nestbed except the mark, and every part folder. Other files stay. Returns
 * false with errno set on a failure.
 */
bool output_files__remove(const char *folder);

/*
 * Removes the temporary files and plot folders that a killed command has left. Returns false with
 * errno set on a failure.
 */
bool output_files__remove_temporary(const char *folder);

/*
 * Writes all files of nestbed in the folder to the disk. Returns false with errno set on a failure.
 */
bool output_files__sync(const char *folder);

#endif
