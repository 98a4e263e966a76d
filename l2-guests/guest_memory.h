/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Provides the guest memory that the image does not use to the pointer chase, in pages of 4 KiB or
 * 2 MiB.
 */
#ifndef NB_L2_MEMORY_H
#define NB_L2_MEMORY_H

#include "microbench/abi/pvh.h"
#include "microbench/pointer_chase.h"

/*
 * Finds the largest free range of RAM that lies behind the image and below 4 GiB. Call it before
 * memory_in_pages(), which provides no memory until then.
 */
void memory_init(const struct nb_pvh_start_info *info);

/*
 * Maps the free memory with pages of the given size and returns up to `wanted` bytes of it. Virtual
 * and physical addresses are equal. Every call returns the same memory, and a message for layouts
 * that need more.
 */
struct nb_chase_memory memory_in_pages(enum nb_chase_layout page, uint64_t wanted);

#endif
