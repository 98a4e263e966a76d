/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * This computer's QEMU, packed for an emulated machine: the program, the libraries it names, and its firmware.
 */
#ifndef NB_L0_QEMU_FILES_H
#define NB_L0_QEMU_FILES_H

#include <stdbool.h>

#include "l0/machine/initramfs.h"

#define QEMU_PROGRAM "/usr/bin/qemu-system-x86_64"

/* False, with a message, if QEMU is not installed or something of it cannot be read. */
bool qemu_files__add(struct initramfs *fs);

#endif
