/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Merges vmcs01 and vmcs12 into vmcs02. L2 runs under the controls that L1 wrote, plus the controls
 * that L0 needs to control L1.
 */
#ifndef VMCS_SHADOW_MERGE_H
#define VMCS_SHADOW_MERGE_H

#include "vmcs-shadow/vmcs12.h"

/* L0's contribution to a vmcs02. */
struct vmcs_l0 {
	/*
	 * Controls of vmcs01, without bits that depend on L1's current state (window exiting, the
	 * preemption timer).
	 */
	uint32_t pin, primary, secondary, exit, entry, exception_bitmap;
	uint64_t tsc_offset;
	/*
	 * Physical addresses in L0's memory. The bitmaps let an access pass only if L0 and L1 both
	 * allow it. `eptp` is ept02, or ept01 if L1 uses no EPT.
	 */
	uint64_t io_bitmap[2], msr_bitmap, eptp;
	uint16_t vpid; /* 0 if L0 uses no VPID */
	/*
	 * For VMCS shadowing in vmcs12: the shadow VMCS, and bitmaps that let at most the accesses
	 * pass that L1 allows.
	 */
	uint64_t link, vmread_bitmap, vmwrite_bitmap;
};

/* Returns the value of a field whose origin is VMCS_ORIGIN_MERGED, and 0 for other fields. */
uint64_t vmcs02_merged(enum vmcs_field_index index, const struct vmcs12 *vmcs12, const struct vmcs_l0 *l0);

/* Returns the secondary controls of a vmcs12, or 0 if they are not activated (SDM 25.6.2). */
uint32_t vmcs12_secondary(const struct vmcs12 *vmcs12);

/*
 * Merges bitmaps of 4 KiB in which 1 means an exit: *to = a | b. NULL stands for a page that does
 * not exist and reads as all ones.
 */
void vmcs_merge_bitmaps(uint64_t *to, const uint64_t *a, const uint64_t *b);

#endif
