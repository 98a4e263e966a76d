// SPDX-License-Identifier: GPL-2.0-only
/* Adds QEMU, its libraries and its firmware to an initramfs, at the paths where QEMU searches. */
#include "l0/machine/qemu_files.h"

#include <unistd.h>

#include "l0/machine/libraries.h"

/*
 * The firmware that a PC with -nodefaults loads, and the firmware that -kernel needs for a PVH
 * image.
 */
static const char *const firmware[] = {
	"/usr/share/seabios/bios-256k.bin",
	"/usr/share/qemu/kvmvapic.bin",
	"/usr/share/qemu/linuxboot_dma.bin",
	"/usr/share/qemu/pvh.bin",
};

bool qemu_files__add(struct initramfs *fs)
{
	if (access(QEMU_PROGRAM, X_OK) != 0) {
		pr_err("no %s: sudo apt-get install qemu-system-x86, or use --vmm nestbed", QEMU_PROGRAM);
		return false;
	}
	for (size_t i = 0; i < sizeof(firmware) / sizeof(firmware[0]); i++)
		if (!libraries__add_at_own_path(fs, firmware[i]))
			return false;
	return libraries__add_at_own_path(fs, QEMU_PROGRAM) &&
	       libraries__add_program(fs, &QEMU_PROGRAM[1], QEMU_PROGRAM);
}
