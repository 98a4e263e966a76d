/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Finds the image and the modules of a kernel below a folder, as a build, `make install` or a
 * package leaves them.
 */
#ifndef NB_L0_KERNEL_PLACE_H
#define NB_L0_KERNEL_PLACE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Finds the image in a folder: arch/x86/boot/bzImage or vmlinux of a build, boot/vmlinuz-*,
 * vmlinuz-*, or lib/modules/VERSION/vmlinuz. Returns false after a message if there is no image or
 * more than one.
 */
bool kernel_place__find_image(const char *folder, char *image, size_t size);

/*
 * Writes the folder with the modules of this image and release; "" if there is none. If only
 * modules of one other release lie beside the image, it writes their folder, so that a later check
 * reports the mismatch.
 */
void kernel_place__find_modules(const char *image, const char *release, char *modules, size_t size);

#endif
