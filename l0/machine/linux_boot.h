/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Writes the boot data for a Linux kernel without a PVH entry: boot_params (the "zero page") and
 * the command line after it (Documentation/arch/x86/boot.rst and zero-page.rst).
 */
#ifndef NB_L0_LINUX_BOOT_H
#define NB_L0_LINUX_BOOT_H

#include <stdbool.h>
#include <stdint.h>

#include "microbench/abi/pvh.h"

/*
 * Bytes of the zero page and of the command line after it. The kernel cuts the command line at 2048
 * bytes.
 */
#define LINUX_BOOT_SIZE (4096 + 2048)

/*
 * Writes the zero page and the command line into `page` (LINUX_BOOT_SIZE bytes of zeros). The
 * kernel finds the page at physical `address`, below 4 GiB. `boot` is the same as for the PVH
 * entry: memory map, command line, and at most one module, the initramfs. Returns false if the
 * command line is too long or there is more than one module.
 */
bool linux_boot__write_params(void *page, uint32_t address, const struct nb_pvh_boot *boot);

#endif
