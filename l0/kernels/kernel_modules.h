/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Modules of a kernel, found below a folder, uncompressed, and in the order in which they must be loaded. libkmod reads
 * what each one says about itself.
 */
#ifndef NB_L0_KERNEL_MODULES_H
#define NB_L0_KERNEL_MODULES_H

#include "l0/base/util.h"

#define MODULES_MAX 16
#define MODULE_NAME 64

struct kernel_module {
	char name[MODULE_NAME]; /* as the kernel has it: "kvm_intel" */
	struct file_data file;  /* uncompressed, without its signature */
};

struct kernel_modules {
	unsigned count;
	struct kernel_module module[MODULES_MAX]; /* dependencies first; free with kernel_modules__free() */
};

/*
 * Adds the module called name (underscores and dashes alike) and all that it depends on. root is a folder that a kernel's
 * build or `make modules_install` has filled; release is that of the kernel's image. Returns false after a message if a
 * module is missing, is none, or was built for another release.
 */
bool kernel_modules__add(struct kernel_modules *modules, const char *root, const char *name, const char *release);

void kernel_modules__free(struct kernel_modules *modules);

/* Says whether there is such a module below root. */
bool kernel_modules__has(const char *root, const char *name);

/*
 * The size of a module file without the signature at its end (scripts/sign-file.c). An emulated CPU spends 380 million
 * instructions on checking the signatures of KVM's modules, two fifths of what the boot took with them.
 */
size_t module__unsigned_size(const struct file_data *module);

#endif
