/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * An image that is no benchmark: it is run once, from its entry to its end.
 */
#ifndef NB_L0_VMM_BOOT_H
#define NB_L0_VMM_BOOT_H

/*
 * Runs the image in a VM of memory_mib MiB that has VMX, and passes its records on. words: its command line. NB_EXIT_GOOD, or after a
 * message NB_EXIT_FAILED or NB_EXIT_SKIPPED.
 */
int boot__run(const char *image, const char *words, unsigned memory_mib, unsigned timeout_s);

#endif
