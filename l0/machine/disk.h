/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Builds the disk of an emulated machine: our boot sector, an image (a Linux kernel or one of ours) and its modules
 * (an initramfs, or the images of guest and guest's guest), each raw at a sector of its own.
 */
#ifndef NB_L0_DISK_H
#define NB_L0_DISK_H

#include <stdbool.h>
#include <stdint.h>

#include "l0/base/util.h"
#include "microbench/abi/pvh.h"

struct disk_plan {
	const char *path;                            /* the file to write */
	struct file_data image;                      /* ELF, entered at power-on by its PVH entry */
	bool is_linux;                               /* it is a kernel: without a PVH entry its 64-bit entry serves */
	struct file_data module[NB_PVH_MODULES_MAX]; /* data that is listed twice is there once */
	unsigned modules;
	const char *cmdline;
	uint64_t memory; /* bytes of RAM of the machine, for the memory map */
};

/* Writes the disk. False, with a message, if the image is bad, does not fit into memory, or the file cannot be written. */
bool disk__build(const struct disk_plan *plan);

#endif
