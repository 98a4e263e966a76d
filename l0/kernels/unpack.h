/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Uncompresses data in memory by libarchive: kernels, and modules that are compressed by gzip, xz or Zstandard.
 */
#ifndef NB_L0_UNPACK_H
#define NB_L0_UNPACK_H

#include "l0/base/util.h"

/* Debian's kernel has 51 MiB. Data that unpacks to ten times as much is damaged. */
#define UNPACK_MAX (512u << 20)

/* Says whether data begins as a file does that unpack__all() understands. */
bool unpack__is_packed(const uint8_t *data, size_t size);

/* Uncompresses exactly out->size bytes into out->data. Returns NULL, or the reason why that failed. */
const char *unpack__exactly(const uint8_t *data, size_t size, struct file_data *out);

/* Uncompresses all that is there, up to UNPACK_MAX (free out->data). Returns NULL, or the reason why that failed. */
const char *unpack__all(const uint8_t *data, size_t size, struct file_data *out);

#endif
