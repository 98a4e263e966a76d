/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Tests the time that L2 reads. Two runs never read the same time, so levels are not compared. The
 * expected value comes from L1's time and the manual's formula.
 */
#ifndef VMXDIFF_TIME_H
#define VMXDIFF_TIME_H

#include <stdint.h>

/*
 * Runs `rounds` rounds. In each, L1 may set an offset and a multiplier, and L2 reads its time stamp
 * counter with RDTSC, RDTSCP or RDMSR. L1 reads its own counter before and after. Ends the test at
 * the first value outside the range that these two readings give (SDM 26.3).
 */
void time_run(uint32_t seed, uint32_t rounds);

#endif
