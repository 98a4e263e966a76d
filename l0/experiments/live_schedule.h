/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * When the tables of `nestbed trace --pid` are due: the first one soon, then one every interval, and one at the end.
 */
#ifndef NB_L0_LIVE_SCHEDULE_H
#define NB_L0_LIVE_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

/* Moments are ns of one clock. Whole numbers: a sum of fractions misses the end by a little, and a table of nothing comes of that. */
struct live_schedule {
	uint64_t next; /* moment of the next table */
	uint64_t interval;
	uint64_t end; /* moment of the last one; UINT64_MAX: there is none */
};

/* interval and duration are seconds; duration 0: without an end. */
void live_schedule__begin(struct live_schedule *schedule, uint64_t start, double interval, double duration);

/* Is the next table the last one? */
bool live_schedule__is_last(const struct live_schedule *schedule);

/* That table is done. Of tables that were due before now, as we were stopped for longer, only the last one comes. */
void live_schedule__advance(struct live_schedule *schedule, uint64_t now);

#endif
