/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The memory of this guest that its image does not use, in pages of 4 KiB or of 2 MiB, for the pointer chase.
 */
#ifndef NB_L2_MEMORY_H
#define NB_L2_MEMORY_H

#include "microbench/abi/pvh.h"
#include "microbench/pointer_chase.h"

/* Finds the memory behind the image. Until then there is none. */
void memory_init(const struct nb_pvh_start_info *info);

/* Up to `wanted` bytes of it, one to one, mapped by such pages (struct nb_chase). It is the same memory each time. */
struct nb_chase_memory memory_in_pages(enum nb_chase_layout page, uint64_t wanted);

#endif
