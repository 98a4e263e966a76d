/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * vmcs01 + vmcs12 -> vmcs02: the controls under which L2 runs are those that L1 wrote, and those that L0 needs to keep L1 where it is.
 */
#ifndef VMCS_SHADOW_MERGE_H
#define VMCS_SHADOW_MERGE_H

#include "vmcs-shadow/vmcs12.h"

/* What L0 brings into a vmcs02. */
struct vmcs_l0 {
	/* Of vmcs01, without what only L1's state of the moment needs (window exiting, the preemption timer). */
	uint32_t pin, primary, secondary, exit, entry, exception_bitmap;
	uint64_t tsc_offset;
	/* Physical addresses of L0's, for L2: bitmaps that let pass what both let pass; ept02 or, without ept12, ept01. */
	uint64_t io_bitmap[2], msr_bitmap, eptp;
	uint16_t vpid; /* 0: none is used */
	/* Where vmcs12 shadows another VMCS: its link, and bitmaps that let no more pass than L1's do. */
	uint64_t link, vmread_bitmap, vmwrite_bitmap;
};

/* The value of a field whose origin is VMCS_ORIGIN_MERGED. */
uint64_t vmcs02_merged(enum vmcs_field_index index, const struct vmcs12 *vmcs12, const struct vmcs_l0 *l0);

/* The secondary controls of a vmcs12: none of them counts unless they are activated (SDM 25.6.2). */
uint32_t vmcs12_secondary(const struct vmcs12 *vmcs12);

/* Bitmaps of 4 KiB where a 1 means an exit: *to = a | b. NULL is a page that is not there, which reads as ones. */
void vmcs_merge_bitmaps(uint64_t *to, const uint64_t *a, const uint64_t *b);

#endif
