/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The fuzzing mode of vmxdiff. L1 executes any VMX operation and damages its own VMCSs, tables,
 * bitmaps and lists while they are in use. The results do not matter. The level below must survive
 * and must not write to memory that L1 has not given to it.
 */
#ifndef VMXDIFF_FUZZ_H
#define VMXDIFF_FUZZ_H

#include <stdint.h>

/*
 * Runs `rounds` rounds from number `first` with this seed. Reports counters every 256 rounds and at
 * the end. Ends with an error if a canary or L1's code has changed.
 */
void fuzz_run(uint32_t seed, uint32_t first, uint32_t rounds);

#endif
