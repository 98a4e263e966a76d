/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Recovers folders of nestbed 0.1, which wrote no run.json. The description of the run is inferred
 * from the files.
 */
#ifndef NB_L0_RECOVER_OLD_H
#define NB_L0_RECOVER_OLD_H

#include "l0/report/run_file.h"

/*
 * Builds the description of a folder. `why` names the evidence. Returns false if the folder has no
 * run; then `why` is the reason.
 */
bool recover_old__guess(struct run_file *file, const char *folder, char why[RUN_FILE_REASON]);

#endif
