/* SPDX-License-Identifier: GPL-2.0-only */
/* CPU metadata for a result when no kernel below can supply it. */
#ifndef HV_VMX_CAPABILITY_REPORT_H
#define HV_VMX_CAPABILITY_REPORT_H

#include <stdbool.h>

#include "microbench/abi/ring.h"

/*
 * Writes "meta.msr.NAME=0x..." into the ring for each VMX capability MSR of this CPU. Returns false
 * if the ring is full.
 */
bool vmx_capability_report_write(struct nb_ring *ring);

#endif
