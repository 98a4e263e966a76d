/* SPDX-License-Identifier: GPL-2.0-only */
/* Selects the size of the pages that map the memory of this guest. */
#ifndef L2_PAGES_H
#define L2_PAGES_H

/*
 * Applies pages= of the command line: 4K, 2M (the default) or 1G. Returns NULL, or the reason for
 * the failure: a bad value, or a CPU without 1 GiB pages.
 */
const char *pages_init(const char *cmdline);

#endif
