/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The samples of a row as one text of results.json, and back: nine planes of n bytes, as a zlib stream in base64. The
 * first plane holds the lowest byte of each sample's ticks, the eighth the highest, the ninth its flags (flags.h).
 */
#ifndef NB_PACK_H
#define NB_PACK_H

#include <stddef.h>
#include <stdint.h>

/* What results.json calls it. */
#define NB_PACK_ENCODING "zlib+base64"

/*
 * A larger number is a negative one that something made of clocks which differ. It is written as it was measured, but
 * nothing can be computed from it.
 */
#define NB_PACK_TICKS_MAX INT64_MAX

/* The text, allocated. The same samples give the same text. Ends the process if memory runs out. */
char *nb_pack(const uint64_t *ticks, const uint8_t *flags, size_t n);

/*
 * Fills ticks[0..n) and flags[0..n) from the text. NULL if it holds just these, otherwise why not ("it is not base64");
 * then they hold anything. Memory and time are bounded by n and length, whatever the text is.
 */
const char *nb_unpack(const char *text, size_t length, size_t n, uint64_t *ticks, uint8_t *flags);

#endif
