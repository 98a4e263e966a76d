/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A cascade is the sequence of events from an exit of a guest to the entry that resumes the guest.
 * The events of a window are cut into cascades. Cascades with the same steps form a group, which
 * holds the times between the steps.
 */
#ifndef NB_CASCADE_H
#define NB_CASCADE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "trace/trace_event.h"

#define CASCADE_STEPS_MAX 128

struct cascade_step {
	uint8_t kind; /* enum trace_kind */
	uint8_t level;
	uint16_t reason;
};

/* Cascades with the same steps. */
struct cascade_group {
	struct cascade_step *steps;
	size_t step_count;
	size_t count;
	uint64_t *times; /* ns since the previous step: count rows of step_count; the first of a row is 0 */
	const struct trace_event *example; /* the events of the group's first cascade */
};

struct cascades {
	struct cascade_group *groups; /* the most frequent first, after cascades__sort() */
	size_t group_count;
	size_t whole;         /* cascades in the groups */
	size_t broken;        /* cascades with a lost event, or with too many steps */
	size_t broken_events; /* events in broken cascades */
	size_t outside;       /* events at both ends of a window, which belong to no cascade */
	size_t events;        /* all events: of whole and broken cascades, and outside */
};

/*
 * Adds the events of one window of a guest at `level` (1 or 2). *cascades must be all zero before
 * the first call. cut means that the window's last events may be lost, so an unfinished cascade at
 * its end is broken. Returns false and adds nothing if the events come from several vCPUs, whose
 * cascades overlap. Ends the process if it has no memory.
 */
bool cascades__add(struct cascades *cascades, const struct trace_event *events, size_t count, unsigned level, bool cut);

/* Sorts the groups, with the most frequent first. Call it once, after the last window. */
void cascades__sort(struct cascades *cascades);
void cascades__free(struct cascades *cascades);

/*
 * Returns how many cascades of this group one execution causes, rounded. 0 means that fewer than
 * every second execution causes one.
 */
size_t cascade__times(const struct cascade_group *group, size_t executions);

/*
 * Iterates over the groups that an execution causes, in the order in which they first occurred.
 * Returns the group after `behind`, or the first one if behind is NULL. Returns NULL at the end.
 */
const struct cascade_group *cascades__next(const struct cascades *cascades, size_t executions,
					   const struct cascade_group *behind);

/* The parts of a nested exit, as the literature distinguishes them. X(NAME, text) */
#define CASCADE_PARTS(X)                                                                                               \
	X(SWITCH_L2, "L2 <-> L0 switch, dispatch")                                                                     \
	X(TRANSFORM, "vmcs02/vmcs12 transformation")                                                                   \
	X(L0, "L0 handling")                                                                                           \
	X(SWITCH_L1, "L0 <-> L1 switch")                                                                               \
	X(L1, "L1 handling")                                                                                           \
	X(USER, "L0 user space")

enum cascade_part {
#define X(name, text) CASCADE_##name,
	CASCADE_PARTS(X)
#undef X
		CASCADE_PART_COUNT
};

extern const char *const cascade_part_text[CASCADE_PART_COUNT];
extern const char *const trace_kind_text[TRACE_KIND_COUNT];

/* Returns the part to which the time between two successive steps belongs. */
enum cascade_part cascade__part(const struct cascade_step *from, const struct cascade_step *to);

/*
 * Returns the lane in which a step is drawn and its time counted: "L2", "L1", "L0 kernel" or "L0
 * user".
 */
const char *cascade__lane(const struct cascade_step *step);

#endif
