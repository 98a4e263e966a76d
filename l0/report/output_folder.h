/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The folder of a run's results. It is created exclusively, is marked INCOMPLETE from its first
 * moment on, and is locked while a command writes into it, so that no result is ever overwritten.
 */
#ifndef NB_L0_OUTPUT_FOLDER_H
#define NB_L0_OUTPUT_FOLDER_H

#include <stdbool.h>
#include <time.h>

struct output_folder {
	char path[512]; /* without symbolic links */
	int lock;       /* holds the folder's lock until the program ends; -1 where the file system has no locks */
};

/*
 * Makes the folder at path, and its parents. An existing folder serves if it holds no file of
 * nestbed; with force these are removed first. NB_EXIT_GOOD; or after one line NB_EXIT_USAGE, if
 * the folder holds a result, or NB_EXIT_FAILED.
 */
int output_folder__make(struct output_folder *folder, const char *path, bool force);

/*
 * Makes a folder of a new name in parent: "2026-11-30T15-20-11Z-HOST-bochs", and where that is
 * taken "...-2" and so on. when is the time in the name. NB_EXIT_GOOD, or NB_EXIT_FAILED after one
 * line.
 */
int output_folder__make_new(struct output_folder *folder, const char *parent, const char *machine, time_t when);

/* Locks an existing folder. False after one line: another nestbed is writing into it. */
bool output_folder__lock(struct output_folder *folder, const char *path);

/* Writes the mark. False with errno set. */
bool output_folder__mark(const char *path);

/*
 * Writes all files of the folder to the disk, and then removes the mark, if there is one. False
 * after one line.
 */
bool output_folder__unmark(const char *path);

/* Makes the link `latest` beside the folder lead to it. One line if that fails. */
void output_folder__link_latest(const char *path);

#endif
