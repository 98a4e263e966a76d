/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The folder of a run's results. It is created exclusively and marked INCOMPLETE from the start. A
 * command locks it while it writes, so no result is ever overwritten.
 */
#ifndef NB_L0_OUTPUT_FOLDER_H
#define NB_L0_OUTPUT_FOLDER_H

#include <stdbool.h>
#include <time.h>

struct output_folder {
	char path[512]; /* without symbolic links */
	int lock;       /* open folder that holds the lock until the program ends; -1: not open */
};

/*
 * Creates the folder at `path`, and its parents. An existing folder is accepted if it holds no file
 * of nestbed; with `force` these files are removed first. Returns NB_EXIT_GOOD. After one line it
 * returns NB_EXIT_USAGE if the folder holds a result or another run writes into it, or
 * NB_EXIT_FAILED.
 */
int output_folder__make(struct output_folder *folder, const char *path, bool force);

/*
 * Creates a folder with a new name in `parent`: "2026-11-30T15-20-11Z-HOST-bochs". If the name
 * exists, it appends "-2" and so on. `when` is the time in the name. Returns NB_EXIT_GOOD, or
 * NB_EXIT_FAILED after one line.
 */
int output_folder__make_new(struct output_folder *folder, const char *parent, const char *machine, time_t when);

/*
 * Locks an existing folder. Returns false, after one line, if another nestbed writes into it or it
 * is no folder.
 */
bool output_folder__lock(struct output_folder *folder, const char *path);

/* Writes the mark. Returns false with errno set on a failure. */
bool output_folder__mark(const char *path);

/*
 * Writes all files of the folder to the disk, then removes the mark if there is one. Returns false
 * after one line.
 */
bool output_folder__unmark(const char *path);

/* Points the link `latest` beside the folder to it. Prints one line on a failure. */
void output_folder__link_latest(const char *path);

#endif
