/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The command line of an image: "key=value" words up to " -- ", behind which stands the command line
 * of the guest one level up. So one line configures a stack of any depth.
 */
#ifndef NB_ABI_WORDS_H
#define NB_ABI_WORDS_H

#include <stdbool.h>
#include <stdint.h>

/* The value of key in this level's part of the line (it ends at a space or NUL), or NULL if it is not there. */
const char *nb_word(const char *cmdline, const char *key);

/* True if key's value is exactly value. */
bool nb_word_is(const char *cmdline, const char *key, const char *value);

/* Sets *number if key is there. False (and *number unchanged) if its value is not a decimal number below 2^32. */
bool nb_word_u32(const char *cmdline, const char *key, uint32_t *number);

/* The part behind the first " -- ", or "" if there is none. */
const char *nb_words_of_guest(const char *cmdline);

#endif
