/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The figures of `nestbed walk` and `nestbed chase`, drawn again from the records and the CSV file that they have left.
 */
#ifndef NB_L0_PLOT_AGAIN_H
#define NB_L0_PLOT_AGAIN_H

/* What came of a folder. */
enum plot_outcome {
	DRAWN,
	NOTHING_TO_DRAW, /* after one line that says why */
	BROKEN,          /* after one line */
};

enum plot_outcome plot_again__walk(const char *folder, const char *programs);
enum plot_outcome plot_again__chase(const char *folder, const char *programs);

#endif
