// SPDX-License-Identifier: GPL-2.0-only
/* Finds out what QEMU needs by asking the dynamic linker, and puts it where QEMU looks for it. */
#include "qemu_files.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LINKER "/lib64/ld-linux-x86-64.so.2"

/* What a PC with -nodefaults loads, and what -kernel needs for a PVH image. */
static const char *const firmware[] = {
	"/usr/share/seabios/bios-256k.bin",
	"/usr/share/qemu/kvmvapic.bin",
	"/usr/share/qemu/linuxboot_dma.bin",
	"/usr/share/qemu/pvh.bin",
};

/* Adds a file at its own path, and the folders on the way: one that is there already does no harm. */
static bool add_at_own_path(struct initramfs *fs, const char *path)
{
	char folder[512];

	for (const char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		text__format(folder, sizeof(folder), "%.*s", (int)(slash - path - 1), path + 1);
		if (!initramfs__add_directory(fs, folder))
			return false;
	}
	return initramfs__add_file(fs, path + 1, path, 0755);
}

/* Every library, as the dynamic linker lists them: "libz.so.1 => /lib/x86_64-linux-gnu/libz.so.1 (0x...)". */
static bool add_libraries(struct initramfs *fs)
{
	FILE *list = popen(LINKER " --list " QEMU_PROGRAM, "re");
	char line[1024], path[512];
	bool good = list != NULL;

	while (good && fgets(line, sizeof(line), list)) {
		const char *arrow = strstr(line, "=> /");

		if (arrow && sscanf(arrow + 3, "%511s", path) == 1)
			good = add_at_own_path(fs, path);
	}
	if (list && pclose(list) != 0)
		good = false;
	if (!good)
		pr_err("cannot find the libraries of %s", QEMU_PROGRAM);
	return good;
}

bool qemu_files__add(struct initramfs *fs)
{
	if (access(QEMU_PROGRAM, X_OK) != 0) {
		pr_err("no %s: sudo apt-get install qemu-system-x86, or use --vmm nestbed", QEMU_PROGRAM);
		return false;
	}
	for (size_t i = 0; i < sizeof(firmware) / sizeof(firmware[0]); i++)
		if (!add_at_own_path(fs, firmware[i]))
			return false;
	return add_at_own_path(fs, LINKER) && add_at_own_path(fs, QEMU_PROGRAM) && add_libraries(fs);
}
