/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Packs the samples of a row into one text of results.json, and unpacks them. The text is a zlib
 * stream in base64, with nine planes of n bytes. The first plane holds the lowest byte of each
 * sample's ticks, the eighth the highest, the ninth its flags (flags.h).
 */
#ifndef NB_PACK_H
#define NB_PACK_H

#include <stddef.h>
#include <stdint.h>

/* The name of the encoding in results.json. */
#define NB_PACK_ENCODING "zlib+base64"

/*
 * A larger number is a negative number, which results from clocks that differ. It is written as
 * measured, but nothing can be computed from it.
 */
#define NB_PACK_TICKS_MAX INT64_MAX

/*
 * Returns the text, allocated. The same samples give the same text. Ends the process if memory runs
 * out.
 */
char *nb_pack(const uint64_t *ticks, const uint8_t *flags, size_t n);

/*
 * Fills ticks[0..n) and flags[0..n) from the text. Returns NULL on success, otherwise a reason such
 * as "they are not base64"; then the arrays hold anything. Memory and time are bounded by n and
 * length for any text.
 */
const char *nb_unpack(const char *text, size_t length, size_t n, uint64_t *ticks, uint8_t *flags);

#endif
