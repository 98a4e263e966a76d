/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The size of the pages by which this guest maps its own memory.
 */
#ifndef L2_PAGES_H
#define L2_PAGES_H

/* Takes the word pages= of the command line: 4K, 2M (as it is without) or 1G. NULL, or why it cannot be. */
const char *pages_init(const char *cmdline);

#endif
