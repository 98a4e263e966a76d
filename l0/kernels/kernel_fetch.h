/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fetches a Debian kernel into the folder of kernels with apt. Uses separate package lists if
 * necessary.
 */
#ifndef NB_L0_KERNEL_FETCH_H
#define NB_L0_KERNEL_FETCH_H

/*
 * Fetches a version ("6.12") or a package into `folder`, and makes the folder if necessary. suite
 * is the only suite to search, or NULL for all. Reports progress on stderr. Returns NB_EXIT_GOOD;
 * NB_EXIT_FAILED if the kernel does not exist or cannot be fetched; NB_EXIT_SKIPPED if this
 * computer has no apt.
 */
int kernel_fetch__run(const char *what, const char *folder, const char *suite);

#endif
