/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Uncompresses data in memory with libarchive: kernels, and modules that are compressed with gzip,
 * xz or Zstandard.
 */
#ifndef NB_L0_UNPACK_H
#define NB_L0_UNPACK_H

#include "l0/base/util.h"

/* Debian's kernel has 51 MiB. Data that unpacks to more than ten times that size is damaged. */
#define UNPACK_MAX (512u << 20)

/* Returns true if data begins like a file that unpack__all() can uncompress. */
bool unpack__is_packed(const uint8_t *data, size_t size);

/* Uncompresses exactly out->size bytes into out->data. Returns NULL, or the reason of a failure. */
const char *unpack__exactly(const uint8_t *data, size_t size, struct file_data *out);

/*
 * Uncompresses all data, up to UNPACK_MAX bytes; the caller frees out->data. Returns NULL, or the
 * reason of a failure.
 */
const char *unpack__all(const uint8_t *data, size_t size, struct file_data *out);

#endif
