/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Bitmaps of a guest hypervisor in its memory, made one with ours. A page of which there is such a merged one is write-protected in ept01:
 * when L1 writes to it, the merged one is made anew at the next VM entry, and not before.
 */
#ifndef HV_NESTED_BITMAPS_H
#define HV_NESTED_BITMAPS_H

#include <stdbool.h>
#include <stdint.h>

/* Goes up when a merged bitmap is no longer what it should be. */
extern unsigned nested_bitmaps_generation;

enum nested_bitmap { NESTED_IO_A, NESTED_IO_B, NESTED_MSR, NESTED_VMREAD, NESTED_VMWRITE };

/* The physical address of the merged bitmap for L1's at this address of its memory. */
uint64_t nested_bitmap(enum nested_bitmap kind, uint64_t address);

/* Our own bitmap of the kind has changed. */
void nested_bitmaps_forget(void);

/* A write to L1's memory that faulted in ept01: true if it was to such a page, which may be written to now. */
bool nested_bitmaps_touched(uint64_t physical);

/* We have written to L1's memory ourselves. */
void nested_bitmaps_written(uint64_t physical, uint64_t bytes);

/* Is one of these pages write-protected? Then it may not be mapped writable for L2 either. */
bool nested_bitmaps_watch(uint64_t physical, uint64_t bytes);

#endif
