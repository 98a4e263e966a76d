/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The moments of the tables of `nestbed trace --pid`: the first comes soon, then one every
 * interval, and one at the end.
 */
#ifndef NB_L0_LIVE_SCHEDULE_H
#define NB_L0_LIVE_SCHEDULE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Moments are ns of one clock. They are whole numbers, because a sum of fractions misses the end
 * slightly and causes an empty table.
 */
struct live_schedule {
	uint64_t next; /* moment of the next table */
	uint64_t interval;
	uint64_t end; /* moment of the last table; UINT64_MAX: no end */
};

/*
 * Starts a schedule at the moment start. interval and duration are in seconds. duration 0 means no
 * end.
 */
void live_schedule__begin(struct live_schedule *schedule, uint64_t start, double interval, double duration);

/* Returns true if the next table is the last one. */
bool live_schedule__is_last(const struct live_schedule *schedule);

/*
 * Advances after a table. If the process was stopped and several tables are overdue, only the last
 * of these is shown.
 */
void live_schedule__advance(struct live_schedule *schedule, uint64_t now);

#endif
