/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A temporary folder in TMPDIR, locked by its owner. The lock tells the next nestbed which folders
 * belong to killed owners, and it removes those folders.
 */
#ifndef NB_L0_WORK_FOLDER_H
#define NB_L0_WORK_FOLDER_H

#include <stdbool.h>

struct work_folder {
	char path[256]; /* "": there is no folder */
	/* The descriptor of the folder, which holds the lock. */
	int lock;
};

/* Removes the folders of killed owners, and makes a new folder. Returns false after one line. */
bool work_folder__make(struct work_folder *folder);

/* Removes the folder and the files in it. Does nothing if path is "". */
void work_folder__remove(struct work_folder *folder);

#endif
