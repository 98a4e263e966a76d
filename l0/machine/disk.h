/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Builds the disk of an emulated machine: the boot sectors, an image and its modules. The image is
 * a Linux kernel or a nestbed image. The modules are an initramfs, or the images of the guest and
 * the nested guest. Each of them starts at its own sector.
 */
#ifndef NB_L0_DISK_H
#define NB_L0_DISK_H

#include <stdbool.h>
#include <stdint.h>

#include "l0/base/util.h"
#include "microbench/abi/pvh.h"

struct disk_plan {
	const char *path;       /* the file to write */
	struct file_data image; /* ELF file; the machine enters it at its PVH entry */
	/* the image is a Linux kernel, so its 64-bit entry is used if it has no PVH entry */
	bool is_linux;
	struct file_data module[NB_PVH_MODULES_MAX]; /* data listed twice is stored once */
	unsigned modules;
	const char *cmdline;
	uint64_t memory; /* bytes of RAM of the machine, for the memory map */
};

/*
 * Writes the disk. Returns false, with a message, if the image is bad, does not fit into memory, or
 * the file cannot be written.
 */
bool disk__build(const struct disk_plan *plan);

#endif
