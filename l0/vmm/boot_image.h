/* SPDX-License-Identifier: GPL-2.0-only */
/* Runs an image that is not a benchmark once, from its entry to its end. */
#ifndef NB_L0_VMM_BOOT_H
#define NB_L0_VMM_BOOT_H

/*
 * Runs the image in a VM of memory_mib MiB with VMX, and writes its records to the stream. words is
 * its command line. The watchdog ends it after timeout_s seconds without a record. Returns
 * NB_EXIT_GOOD; or, after a message, NB_EXIT_FAILED or NB_EXIT_SKIPPED.
 */
int boot__run(const char *image, const char *words, unsigned memory_mib, unsigned timeout_s);

#endif
