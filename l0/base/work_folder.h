/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A temporary folder in TMPDIR. Its owner locks it, so that the next nestbed can tell which ones a
 * killed owner has left, and removes them.
 */
#ifndef NB_L0_WORK_FOLDER_H
#define NB_L0_WORK_FOLDER_H

#include <stdbool.h>

struct work_folder {
	char path[256]; /* "": there is none */
	int lock;
};

/* Removes the folders that killed owners have left, and makes a new one. False after one line. */
bool work_folder__make(struct work_folder *folder);

/* Removes it and the files in it. Does nothing if there is none. */
void work_folder__remove(struct work_folder *folder);

#endif
