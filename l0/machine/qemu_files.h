/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Packs this computer's QEMU for an emulated machine: the program, its libraries and its firmware.
 */
#ifndef NB_L0_QEMU_FILES_H
#define NB_L0_QEMU_FILES_H

#include <stdbool.h>

#include "l0/machine/initramfs.h"

#define QEMU_PROGRAM "/usr/bin/qemu-system-x86_64"

/*
 * Adds QEMU to the initramfs. Returns false, with a message, if QEMU is not installed or a file
 * cannot be read.
 */
bool qemu_files__add(struct initramfs *fs);

#endif
