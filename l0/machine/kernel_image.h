/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Debian's kernel as an emulated machine wants it: the ELF inside vmlinuz, uncompressed once on the build machine
 * (emulating the kernel's own decompressor costs half a minute), and its modules in loading order.
 */
#ifndef NB_L0_KERNEL_IMAGE_H
#define NB_L0_KERNEL_IMAGE_H

#include "util.h"

/*
 * Uncompresses the payload of a bzImage: gzip, bzip2, LZMA, XZ, LZ4 or Zstandard. False, with a message, if it is not one.
 */
bool kernel_image__unpack(const struct file_data *vmlinuz, struct file_data *vmlinux);

#define MODULES_MAX 16

struct module_list {
	unsigned count;
	char *path[MODULES_MAX]; /* dependencies first; free with module_list__free() */
};

/*
 * Finds the module called name (underscores and dashes alike) below the folder root and everything it depends on, by the
 * .modinfo section, which names dependencies even where no modules.dep was made. False, with a message, on failure.
 */
bool module_list__add(struct module_list *list, const char *root, const char *name);
void module_list__free(struct module_list *list);

/*
 * The size of a module file without the signature at its end (scripts/sign-file.c). An emulated CPU spends 380 million
 * instructions on checking the signatures of KVM's modules, two fifths of what the boot took with them.
 */
size_t module__unsigned_size(const struct file_data *module);

#endif
