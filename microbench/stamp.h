/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The time stamp at both ends of a sample, and the granularity of the clock that it reads.
 *
 * Some emulators move their clock on only where they begin another trace: a run of up to 32 instructions without a taken
 * branch (Bochs 3.0). A stamp within a trace is then up to 31 instructions late. A taken branch in front of RDTSC begins a
 * trace, so the stamp is exact. Where that helps, the first LFENCE of each stamp becomes a jump of the same length: the
 * number of instructions stays, and a machine that executes in order needs no fence.
 */
#ifndef NB_STAMP_H
#define NB_STAMP_H

#include <stdbool.h>
#include <stdint.h>

/*
 * LFENCE before: RDTSC waits until all earlier instructions, the operation among them, are complete. LFENCE after: no later
 * one begins before the time is read (SDM vol. 2, RDTSC). The same at both ends, and, unlike RDTSCP, legal everywhere.
 */
static inline __attribute__((always_inline)) uint64_t nb_stamp(void)
{
	uint32_t low, high;

	__asm__ volatile("661: lfence; rdtsc; lfence\n"
			 ".pushsection nb_stamps, \"a\"\n.balign 4\n"
			 ".long 661b - .\n"
			 ".popsection"
			 : "=a"(low), "=d"(high)
			 :
			 : "memory");
	return (uint64_t)high << 32 | low;
}

/* What nb_clock_measure() found. Both in ticks, 1 or more. */
struct nb_clock_steps {
	uint32_t plain; /* the most by which the clock advances when one more instruction runs before it is read */
	uint32_t jump;  /* the same where a taken branch stands in front of RDTSC */
	bool exact;     /* behind a branch each instruction is exactly one tick: the clock counts instructions */
};

/* Measures the clock in some ten thousand instructions. No other work must run on this CPU meanwhile, or steps look larger. */
void nb_clock_measure(struct nb_clock_steps *steps);

/*
 * Replaces the first LFENCE of every stamp of this program by a jump if the clock is coarse without it and exact with it. The
 * code must be writable. Returns false if nothing is to be replaced.
 */
bool nb_stamps_prepare(const struct nb_clock_steps *steps);

/* The first byte of the code that nb_stamps_prepare() changes, and the one behind the last: for who must make it writable. */
void nb_stamps_range(uint8_t **begin, uint8_t **end);

#endif
