/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The command line of an image: "key=value" words up to " -- ". After that comes the command line
 * of the guest one level up, so one line configures a stack of any depth.
 */
#ifndef NB_ABI_WORDS_H
#define NB_ABI_WORDS_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Returns the value of `key` in this level's part of the line, or NULL if the key is missing. The
 * value ends at a space or NUL.
 */
const char *nb_word(const char *cmdline, const char *key);

/* Returns true if the value of `key` is exactly `value`. */
bool nb_word_is(const char *cmdline, const char *key, const char *value);

/*
 * Sets *number if the key exists. Returns false, and leaves *number unchanged, if its value is not
 * a decimal number below 2^32. A missing key is no error.
 */
bool nb_word_u32(const char *cmdline, const char *key, uint32_t *number);

/* Returns the part after the first " -- ", or "" if there is none. */
const char *nb_words_of_guest(const char *cmdline);

#endif
