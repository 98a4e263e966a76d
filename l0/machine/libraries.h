/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Adds dynamic programs to an initramfs, with the dynamic loader and all libraries that they need.
 */
#ifndef NB_L0_LIBRARIES_H
#define NB_L0_LIBRARIES_H

#include "l0/machine/initramfs.h"

/*
 * Adds the program at `path` (absolute or relative) under `name` in the initramfs. The program's
 * dynamic loader lists the libraries, and each library is added once, at its own path. A static
 * program, or a file that is no ELF, is added alone. The program is stored without symbols and
 * debug information: only the bytes that its program headers refer to. Returns false, with a
 * message, if a file cannot be read or a library is missing.
 */
bool libraries__add_program(struct initramfs *fs, const char *name, const char *path);

/*
 * Adds a file at its own absolute path, and the folders above it. Does nothing if the file is
 * already there. Returns false, with a message, on failure.
 */
bool libraries__add_at_own_path(struct initramfs *fs, const char *path);

#endif
