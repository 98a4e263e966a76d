/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Standard output of a command. Rows appear whole, and before later messages on stderr. A command
 * fails if its output cannot be written.
 */
#ifndef NB_L0_STANDARD_OUTPUT_H
#define NB_L0_STANDARD_OUTPUT_H

/*
 * Must be the first call in main(). Afterwards exit() ends the program with NB_EXIT_FAILED, after
 * one line on stderr, if printed text cannot be written. Reasons are a full disk, a pipe without a
 * reader, or a closed standard output.
 */
void standard_output__guard(void);

#endif
