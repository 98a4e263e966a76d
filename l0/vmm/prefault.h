/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef NB_L0_PREFAULT_H
#define NB_L0_PREFAULT_H

#include <stdint.h>

/* Allocates all pages of a private mapping, so that no measured window takes their page faults. bytes: whole pages. */
void prefault(uint8_t *memory, uint64_t bytes);

#endif
