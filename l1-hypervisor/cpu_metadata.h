/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What a result has to say about the CPU when no kernel is below us to say it.
 */
#ifndef HV_METADATA_H
#define HV_METADATA_H

#include <stdbool.h>

#include "microbench/abi/ring.h"

/* Writes "meta.msr.NAME=0x..." for each VMX capability MSR that this CPU has. False if the ring is full. */
bool metadata_write(struct nb_ring *ring);

#endif
