/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * nestbed compare: two results side by side, the worst change first.
 */
#ifndef NB_L0_COMPARE_H
#define NB_L0_COMPARE_H

/* The command: its own argc and argv, an exit code of util.h. */
int compare__main(int argc, char **argv);

#endif
