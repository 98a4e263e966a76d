/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Merged bitmaps: each one combines a bitmap in the guest's memory with the host's bitmap.
 *
 * ept01 write-protects the guest's page of a merged bitmap. After the guest writes to the page, the
 * next VM entry merges it again.
 */
#ifndef HV_NESTED_BITMAPS_H
#define HV_NESTED_BITMAPS_H

#include <stdbool.h>
#include <stdint.h>

#include "l1-hypervisor/cpu/vcpu.h"

/* Increments when a merged bitmap becomes out of date. */
extern unsigned nested_bitmaps_generation;

enum nested_bitmap { NESTED_IO_A, NESTED_IO_B, NESTED_MSR, NESTED_VMREAD, NESTED_VMWRITE };

/*
 * Returns the physical address of the merged bitmap for the guest's bitmap at this address. An
 * address outside of guest memory reads as all ones. Sets *protects to true if it has
 * write-protected the guest's page in ept01: an ept02 may still map the page writable.
 */
uint64_t nested_bitmap(struct vcpu *vcpu, enum nested_bitmap kind, uint64_t address, bool *protects);

/* Call after a bitmap of the host has changed. Drops all merged bitmaps. */
void nested_bitmaps_forget(struct vcpu *vcpu);

/*
 * Handles a guest's write that faulted in ept01. Returns true if the page had a merged bitmap. The
 * page is writable afterwards.
 */
bool nested_bitmaps_touched(struct vcpu *vcpu, uint64_t physical);

/* Call after the host has written to the guest's memory. */
void nested_bitmaps_written(struct vcpu *vcpu, uint64_t physical, uint64_t bytes);

/*
 * Returns true if any of these pages is write-protected. ept02 must not map the page writable
 * either.
 */
bool nested_bitmaps_overlap_protected(uint64_t physical, uint64_t bytes);

#endif
