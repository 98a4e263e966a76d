/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Draws the figures of `nestbed walk` and `nestbed chase` again, from the records and the CSV file
 * that these commands leave in a folder.
 */
#ifndef NB_L0_PLOT_AGAIN_H
#define NB_L0_PLOT_AGAIN_H

/* The outcome for one folder. */
enum plot_outcome {
	DRAWN,
	NOTHING_TO_DRAW, /* one line has said why */
	BROKEN,          /* something is damaged; one line has said so */
};

/*
 * Draw the figure of this folder as SVG and PNG in the folder. programs is the folder of nestbed's
 * programs.
 */
enum plot_outcome plot_again__walk(const char *folder, const char *programs);
enum plot_outcome plot_again__chase(const char *folder, const char *programs);

#endif
