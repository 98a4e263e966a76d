// SPDX-License-Identifier: GPL-2.0-only
/* Computes the moments of the tables in whole nanoseconds. */
#include "l0/experiments/live_schedule.h"

#define NS_PER_S 1000000000.0

/* A user who attaches wants a first result soon. */
#define FIRST_NS 200000000u

/* A remainder shorter than this gets no table. The table before it moves to the end instead. */
#define REST_NS 500000u

static uint64_t at_most_end(const struct live_schedule *schedule, uint64_t moment)
{
	return moment >= schedule->end || schedule->end - moment < REST_NS ? schedule->end : moment;
}

void live_schedule__begin(struct live_schedule *schedule, uint64_t start, double interval, double duration)
{
	schedule->interval = (uint64_t)(interval * NS_PER_S + 0.5);
	schedule->end = duration > 0 ? start + (uint64_t)(duration * NS_PER_S + 0.5) : UINT64_MAX;
	schedule->next = at_most_end(schedule, start + (schedule->interval < FIRST_NS ? schedule->interval : FIRST_NS));
}

bool live_schedule__is_last(const struct live_schedule *schedule)
{
	return schedule->next == schedule->end;
}

void live_schedule__advance(struct live_schedule *schedule, uint64_t now)
{
	uint64_t next = schedule->next + schedule->interval;

	if (next < now)
		next += (now - next) / schedule->interval * schedule->interval;
	schedule->next = at_most_end(schedule, next);
}
