/* SPDX-License-Identifier: GPL-2.0-only */
/* Allocates the pages of a mapping before a measurement. */
#ifndef NB_L0_PREFAULT_H
#define NB_L0_PREFAULT_H

#include <stdint.h>

/*
 * Allocates all pages of a private mapping, so that no measured window has their page faults. bytes
 * is a multiple of the page size. The memory must not hold data: one byte of each 4 KiB page may
 * become 0.
 */
void prefault(uint8_t *memory, uint64_t bytes);

#endif
