/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Words for the command line of an emulated machine's kernel that would take from nestbed what it needs of that kernel.
 */
#ifndef NB_L0_KERNEL_ARGS_H
#define NB_L0_KERNEL_ARGS_H

#include <stdbool.h>
#include <stddef.h>

/* Returns false if one of the words, separated by blanks, cannot be given; why then names it and says why, in one line. */
bool kernel_args__check(const char *words, char *why, size_t size);

#endif
