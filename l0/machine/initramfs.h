/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Packs an initramfs (cpio, newc) in memory. The bytes depend on nothing but the names and contents added,
 * so the same inputs make the same emulated machine.
 */
#ifndef NB_L0_INITRAMFS_H
#define NB_L0_INITRAMFS_H

#include "l0/base/util.h"

struct initramfs;

/* NULL, with a message, if memory runs out. */
struct initramfs *initramfs__new(void);

/* Each returns false, with a message, on failure; after a failure only initramfs__finish() may follow. */
bool initramfs__add_directory(struct initramfs *fs, const char *name);
bool initramfs__add_console(struct initramfs *fs);
bool initramfs__add_file(struct initramfs *fs, const char *name, const char *path, unsigned mode);
bool initramfs__add_data(struct initramfs *fs, const char *name, const void *data, size_t size, unsigned mode);
bool initramfs__add_text(struct initramfs *fs, const char *name, const char *text);

/* True if something was added under this name. */
bool initramfs__has(const struct initramfs *fs, const char *name);

/* Ends the archive, hands its bytes over (free .data) and frees fs. False if anything failed. */
bool initramfs__finish(struct initramfs *fs, struct file_data *archive);

#endif
