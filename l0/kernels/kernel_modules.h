/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Finds the modules of a kernel below a folder, and uncompresses them in the order in which they
 * must be loaded. libkmod reads the dependencies and the release of each module.
 */
#ifndef NB_L0_KERNEL_MODULES_H
#define NB_L0_KERNEL_MODULES_H

#include "l0/base/util.h"

#define MODULES_MAX 16
#define MODULE_NAME 64

struct kernel_module {
	char name[MODULE_NAME]; /* the kernel's name of the module: "kvm_intel" */
	struct file_data file;  /* uncompressed, without its signature */
};

struct kernel_modules {
	unsigned count;
	struct kernel_module module[MODULES_MAX]; /* dependencies first; free with kernel_modules__free() */
};

/*
 * Adds the module called name and all its dependencies. Underscores and dashes in name are equal.
 * root is a folder that a kernel build or `make modules_install` has filled; release is the release
 * of the kernel's image. Returns false after a message if a file is missing, is not a module, or
 * was built for another release. Also returns false for more than MODULES_MAX modules.
 */
bool kernel_modules__add(struct kernel_modules *modules, const char *root, const char *name, const char *release);

/* Frees the files of all modules. */
void kernel_modules__free(struct kernel_modules *modules);

/* Returns true if there is a module of this name below root. */
bool kernel_modules__has(const char *root, const char *name);

/*
 * Returns the size of a module file without the signature at its end (scripts/sign-file.c). With
 * signatures, an emulated CPU spends 380 million instructions on checking those of KVM's modules.
 * That is two fifths of the boot.
 */
size_t module__unsigned_size(const struct file_data *module);

#endif
