/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Where a kernel's image and modules lie below a folder: as a build leaves them, `make install`, or a package.
 */
#ifndef NB_L0_KERNEL_PLACE_H
#define NB_L0_KERNEL_PLACE_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Finds the image in a folder: arch/x86/boot/bzImage or vmlinux of a build, boot/vmlinuz-*, vmlinuz-*, or that of
 * lib/modules/VERSION. Returns false after a message if there is none, or more than one.
 */
bool kernel_place__find_image(const char *folder, char *image, size_t size);

/*
 * Finds the folder with the modules of a release that go with this image; "" if there is none. Where modules of one other
 * release stand beside the image it is their folder, so that the user learns about the mismatch.
 */
void kernel_place__find_modules(const char *image, const char *release, char *modules, size_t size);

#endif
