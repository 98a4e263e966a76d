/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Standard output of a command: rows appear whole and before what stderr says after them, and a command whose output could not be
 * written does not end well.
 */
#ifndef NB_L0_STANDARD_OUTPUT_H
#define NB_L0_STANDARD_OUTPUT_H

/*
 * Call it first in main(). However the program ends by exit(), it ends with NB_EXIT_FAILED after one line on stderr if something was
 * printed that could not be written: the disk is full, the reader of a pipe has gone, or standard output is closed.
 */
void standard_output__guard(void);

#endif
