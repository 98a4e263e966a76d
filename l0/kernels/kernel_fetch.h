/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fetches a kernel of Debian into the folder of kernels, by apt with package lists of its own where they are needed.
 */
#ifndef NB_L0_KERNEL_FETCH_H
#define NB_L0_KERNEL_FETCH_H

/*
 * Fetches a version ("6.12") or a package into `folder`, which is made if need be; suite: the only one to look in, or NULL.
 * Says on stderr what it does. Returns an exit code: NB_EXIT_FAILED if there is no such kernel or it cannot be fetched,
 * NB_EXIT_SKIPPED where this computer has no apt.
 */
int kernel_fetch__run(const char *what, const char *folder, const char *suite);

#endif
