/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Puts dynamic programs into an initramfs, with the dynamic loader and all the libraries that they need.
 */
#ifndef NB_L0_LIBRARIES_H
#define NB_L0_LIBRARIES_H

#include "l0/machine/initramfs.h"

/*
 * Adds the program at path (absolute or not) under the name in the initramfs. Its dynamic loader says which libraries it
 * needs; they are added at their own paths, once each. A static program, or a file that is no ELF, is added alone. Of the program
 * itself only what its program headers refer to is there: no symbols, and no debug information.
 * Returns false, with a message, if a file cannot be read or a library is missing.
 */
bool libraries__add_program(struct initramfs *fs, const char *name, const char *path);

/* Adds a file at its own absolute path, with the folders on the way. Does nothing if it is there already. */
bool libraries__add_at_own_path(struct initramfs *fs, const char *path);

#endif
