/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The page that Linux is entered with where a kernel has no PVH entry: boot_params, the "zero page"
 * (Documentation/arch/x86/boot.rst and zero-page.rst), and the command line behind it.
 */
#ifndef NB_L0_LINUX_BOOT_H
#define NB_L0_LINUX_BOOT_H

#include <stdbool.h>
#include <stdint.h>

#include "microbench/abi/pvh.h"

/* Bytes of the zero page, and of the command line behind it, which the kernel cuts at 2048. */
#define LINUX_BOOT_SIZE (4096 + 2048)

/*
 * Writes both into page (LINUX_BOOT_SIZE bytes of zeroes), which the kernel finds at physical `address`, below 4 GiB. boot
 * is what the PVH entry would be handed: memory map, command line, and at most one module, the initramfs. Returns false if
 * the command line is too long or there is more than one module.
 */
bool linux_boot__write_params(void *page, uint32_t address, const struct nb_pvh_boot *boot);

#endif
