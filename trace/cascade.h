/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Cascades: what one exit of a guest sets off, up to the entry that brings the guest back. Events of a window become cascades, and
 * cascades of the same steps become one group with the times between its steps.
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

/* Cascades that took the same steps. */
struct cascade_group {
	struct cascade_step *steps;
	size_t step_count;
	size_t count;
	uint64_t *times; /* ns since the step before, count rows of step_count; the first of a row is 0 */
	const struct trace_event *example; /* the events of the first of them */
};

struct cascades {
	struct cascade_group *groups; /* the most frequent first */
	size_t group_count;
	size_t whole;         /* cascades in the groups */
	size_t broken;        /* that lack a lost event, or are too long */
	size_t broken_events; /* in these */
	size_t outside;       /* events that belong to a window's two ends, and to no cascade */
	size_t events;        /* all: of whole cascades, of broken ones, and outside */
};

/*
 * cascades must be all zero at first. Adds the events of one window, of a guest at `level` (1 or 2). cut: the window's last events may
 * be lost, so a cascade that it ends in is broken. False, and nothing is added, if they are of several vCPUs, whose cascades overlap.
 * Ends the process without memory.
 */
bool cascades__add(struct cascades *cascades, const struct trace_event *events, size_t count, unsigned level, bool cut);

/* Puts the most frequent group first. Call it once, behind the last window. */
void cascades__sort(struct cascades *cascades);
void cascades__free(struct cascades *cascades);

/* How many cascades of this group an execution sets off, rounded: 0 is what happens less often than every second time. */
size_t cascade__times(const struct cascade_group *group, size_t executions);

/* The groups that an execution sets off, in the order in which they first came: the one behind another, or the first (NULL). */
const struct cascade_group *cascades__next(const struct cascades *cascades, size_t executions,
					   const struct cascade_group *behind);

/* The parts that the literature breaks a nested exit into. X(NAME, text) */
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

/* The part that the time between two steps belongs to. */
enum cascade_part cascade__part(const struct cascade_step *from, const struct cascade_step *to);

/* The lane that a step is drawn in, and its time falls to: "L2", "L1", "L0 kernel" or "L0 user". */
const char *cascade__lane(const struct cascade_step *step);

#endif
