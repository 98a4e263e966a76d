/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The time that L2 reads: no two runs read the same, so it is not compared between levels but with what the manual makes of L1's.
 */
#ifndef VMXDIFF_TIME_H
#define VMXDIFF_TIME_H

#include <stdint.h>

/*
 * So many rounds: L1 chooses an offset and a multiplier, or lets them be, and L2 reads its time stamp counter, by RDTSC, RDTSCP or RDMSR.
 * Fails in words at the first reading that is not between what L1's own before and behind it come to (SDM 26.3).
 */
void time_run(uint32_t seed, uint32_t rounds);

#endif
