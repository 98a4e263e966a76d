// SPDX-License-Identifier: GPL-2.0-only
/* Puts QEMU with its libraries and the firmware that it loads where QEMU looks for them. */
#include "l0/machine/qemu_files.h"

#include <unistd.h>

#include "l0/machine/libraries.h"

/* What a PC with -nodefaults loads, and what -kernel needs for a PVH image. */
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
