/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Packs an initramfs (cpio, newc) in memory. The bytes depend only on the names and contents added,
 * so equal inputs make equal emulated machines.
 */
#ifndef NB_L0_INITRAMFS_H
#define NB_L0_INITRAMFS_H

#include "l0/base/util.h"

struct initramfs;

/* Returns an empty archive, or NULL, with a message, if memory runs out. */
struct initramfs *initramfs__new(void);

/*
 * Each function adds one entry. `mode` holds the permission bits, and add_file() reads the file at
 * `path`. Each function returns false, with a message, on failure. After a failure the caller may
 * only call initramfs__finish().
 */
bool initramfs__add_directory(struct initramfs *fs, const char *name);
bool initramfs__add_console(struct initramfs *fs);
bool initramfs__add_file(struct initramfs *fs, const char *name, const char *path, unsigned mode);
bool initramfs__add_data(struct initramfs *fs, const char *name, const void *data, size_t size, unsigned mode);
bool initramfs__add_text(struct initramfs *fs, const char *name, const char *text);

/* Returns true if the archive has an entry with this name. */
bool initramfs__has(const struct initramfs *fs, const char *name);

/*
 * Ends the archive, passes its bytes to the caller (free .data) and frees fs. Returns false if this
 * or an earlier step failed.
 */
bool initramfs__finish(struct initramfs *fs, struct file_data *archive);

#endif
