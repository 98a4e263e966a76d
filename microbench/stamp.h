/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The time stamp at both ends of a sample, and the granularity of the clock that it reads.
 *
 * Some emulators advance their clock only where a new trace begins: a run of up to 32 instructions
 * without a taken branch (Bochs 3.0). A stamp within a trace is then up to 31 instructions late. A
 * taken branch in front of RDTSC begins a trace, so the stamp is exact. On these machines the first
 * LFENCE of each stamp becomes a jump of the same length. The number of instructions stays the
 * same, and a machine that executes in order needs no fence.
 */
#ifndef NB_STAMP_H
#define NB_STAMP_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Returns the time stamp counter, in ticks. The first LFENCE makes RDTSC wait until all earlier
 * instructions are complete, also those of the operation. The second LFENCE holds later
 * instructions back until the time is read (SDM vol. 2, RDTSC). Both ends of a sample use the same
 * code. Unlike RDTSCP, it is legal everywhere.
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

/* The result of nb_clock_measure(). Both steps are in ticks, 1 or more. */
struct nb_clock_steps {
	uint32_t plain; /* the largest advance of the clock when one more instruction runs before a reading */
	uint32_t jump;  /* the same if a taken branch stands in front of RDTSC */
	bool exact;     /* after a branch each instruction takes exactly one tick: the clock counts instructions */
};

/*
 * Measures the clock in some ten thousand instructions. Other work on this CPU meanwhile makes the
 * steps look larger.
 */
void nb_clock_measure(struct nb_clock_steps *steps);

/*
 * Replaces the first LFENCE of every stamp of this program by a jump, if the clock is coarse
 * without the jump and exact with it. The code must be writable. Returns false if nothing is
 * replaced.
 */
bool nb_stamps_prepare(const struct nb_clock_steps *steps);

/*
 * Sets *begin to the first byte of the code that nb_stamps_prepare() changes, and *end to the byte
 * after the last. A caller makes this range writable. Without stamps both are NULL.
 */
void nb_stamps_range(uint8_t **begin, uint8_t **end);

#endif
