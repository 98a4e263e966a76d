/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Refuses kernel command-line words that conflict with words that nestbed sets on an emulated
 * machine.
 */
#ifndef NB_L0_KERNEL_ARGS_H
#define NB_L0_KERNEL_ARGS_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Checks words that blanks separate. Returns false if a word must not be given; why (of size bytes)
 * then names the word and the reason in one line.
 */
bool kernel_args__check(const char *words, char *why, size_t size);

#endif
