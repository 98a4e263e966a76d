/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Folders of nestbed 0.1, which wrote no run.json: what was run is guessed from the files.
 */
#ifndef NB_L0_RECOVER_OLD_H
#define NB_L0_RECOVER_OLD_H

#include "l0/report/run_file.h"

/*
 * Makes the description of a folder. In why it says what it has gone by; or, if it returns false,
 * why the folder has no run.
 */
bool recover_old__guess(struct run_file *file, const char *folder, char why[RUN_FILE_REASON]);

#endif
