// SPDX-License-Identifier: GPL-2.0-only
/*
 * Cuts events into cascades, and sorts cascades into groups with the same steps. Pure: no eBPF, no
 * files.
 */
#include "trace/cascade.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vmcs-shadow/exit_reasons.h"

const char *const cascade_part_text[CASCADE_PART_COUNT] = {
#define X(name, text) [CASCADE_##name] = text,
	CASCADE_PARTS(X)
#undef X
};

const char *const trace_kind_text[TRACE_KIND_COUNT] = {
#define X(name, text) [TRACE_##name] = text,
	TRACE_KINDS(X)
#undef X
};

static void *grow(void *array, size_t bytes)
{
	array = realloc(array, bytes);
	if (!array) {
		fprintf(stderr, "nestbed: no memory for the cascades\n");
		exit(1);
	}
	return array;
}

static struct cascade_step step_of(const struct trace_event *event)
{
	return (struct cascade_step){event->kind, event->level, event->reason};
}

static bool same_steps(const struct cascade_group *group, const struct trace_event *events, size_t count)
{
	if (group->step_count != count)
		return false;
	for (size_t i = 0; i < count; i++) {
		struct cascade_step step = step_of(&events[i]);

		if (memcmp(&group->steps[i], &step, sizeof(step)) != 0)
			return false;
	}
	return true;
}

static struct cascade_group *find_group(struct cascades *c, const struct trace_event *events, size_t count)
{
	struct cascade_group *group;

	for (size_t i = 0; i < c->group_count; i++)
		if (same_steps(&c->groups[i], events, count))
			return &c->groups[i];
	c->groups = grow(c->groups, (c->group_count + 1) * sizeof(*c->groups));
	group = &c->groups[c->group_count++];
	*group = (struct cascade_group){.step_count = count, .example = events};
	group->steps = grow(NULL, count * sizeof(*group->steps));
	for (size_t i = 0; i < count; i++)
		group->steps[i] = step_of(&events[i]);
	return group;
}

static void add_cascade(struct cascades *c, const struct trace_event *events, size_t count)
{
	struct cascade_group *group = find_group(c, events, count);
	uint64_t *row;

	group->times = grow(group->times, (group->count + 1) * count * sizeof(*group->times));
	row = group->times + group->count++ * count;
	row[0] = 0;
	for (size_t i = 1; i < count; i++)
		row[i] = events[i].time > events[i - 1].time ? events[i].time - events[i - 1].time : 0;
	c->whole++;
}

static bool is(const struct trace_event *event, enum trace_kind kind, unsigned level)
{
	return event->kind == kind && event->level == level;
}

static void add_broken(struct cascades *c, size_t count)
{
	c->broken++;
	c->broken_events += count;
}

static bool of_one_vcpu(const struct trace_event *events, size_t count)
{
	for (size_t i = 1; i < count; i++)
		if (events[i].vcpu != events[0].vcpu)
			return false;
	return true;
}

bool cascades__add(struct cascades *c, const struct trace_event *events, size_t count, unsigned level, bool cut)
{
	size_t at = 0;

	if (!of_one_vcpu(events, count))
		return false;
	c->events += count;
	while (at < count) {
		const bool begins = is(&events[at], TRACE_EXIT, level);
		bool hole = false, ends, way_in, way_out;
		size_t end = at + 1;

		/*
		 * The cascade extends to the guest's entry. If no exit begins it, it also ends
		 * before the next exit of the guest.
		 */
		while (end < count && !is(&events[end - 1], TRACE_ENTRY, level) &&
		       (begins || !is(&events[end], TRACE_EXIT, level))) {
			hole |= events[end].seq != events[end - 1].seq + 1;
			end++;
		}
		ends = is(&events[end - 1], TRACE_ENTRY, level);
		hole |= cut && end == count && !ends;
		way_in = !begins && at == 0;
		way_out = begins && !ends; /* the closing doorbell does not return in this window */
		if (begins && ends && !hole && end - at <= CASCADE_STEPS_MAX)
			add_cascade(c, events + at, end - at);
		else if (!hole && (way_in || way_out))
			c->outside += end - at;
		else
			add_broken(c, end - at);
		at = end;
	}
	return true;
}

static int most_frequent_first(const void *left, const void *right)
{
	const struct cascade_group *l = left, *r = right;

	if (l->count != r->count)
		return l->count < r->count ? 1 : -1;
	return (l->example > r->example) - (l->example < r->example);
}

void cascades__sort(struct cascades *c)
{
	if (c->group_count)
		qsort(c->groups, c->group_count, sizeof(*c->groups), most_frequent_first);
}

void cascades__free(struct cascades *c)
{
	for (size_t i = 0; i < c->group_count; i++) {
		free(c->groups[i].steps);
		free(c->groups[i].times);
	}
	free(c->groups);
	memset(c, 0, sizeof(*c));
}

size_t cascade__times(const struct cascade_group *group, size_t executions)
{
	return executions ? (group->count + executions / 2) / executions : 0;
}

const struct cascade_group *cascades__next(const struct cascades *c, size_t executions,
					   const struct cascade_group *behind)
{
	const struct cascade_group *next = NULL;

	for (size_t i = 0; i < c->group_count; i++) {
		const struct cascade_group *group = &c->groups[i];

		if (cascade__times(group, executions) > 0 && (!behind || group->example > behind->example) &&
		    (!next || group->example < next->example))
			next = group;
	}
	return next;
}

static bool is_entry_to_l2(uint16_t reason)
{
	return reason == VMX_EXIT_VMRESUME || reason == VMX_EXIT_VMLAUNCH;
}

enum cascade_part cascade__part(const struct cascade_step *from, const struct cascade_step *to)
{
	if (from->kind == TRACE_USER || to->kind == TRACE_USER)
		return from->kind == TRACE_USER ? CASCADE_USER : CASCADE_L0;
	if (from->kind == TRACE_ENTRY)
		return from->level == 1 ? CASCADE_L1 : CASCADE_SWITCH_L2;
	if (from->kind == TRACE_EXIT && from->level == 2)
		return to->kind == TRACE_ENTRY ? CASCADE_L0 : CASCADE_SWITCH_L2;
	if (from->kind == TRACE_NESTED_EXIT && to->kind == TRACE_VIRTUAL_EXIT)
		return CASCADE_TRANSFORM; /* vmcs02 becomes vmcs12: guest state and exit information */
	if (from->kind == TRACE_VIRTUAL_EXIT && to->kind == TRACE_HOST_STATE_LOADED)
		return CASCADE_TRANSFORM; /* L1 receives the host state of vmcs12 */
	if (from->kind == TRACE_VIRTUAL_EXIT || from->kind == TRACE_HOST_STATE_LOADED)
		return CASCADE_SWITCH_L1;
	if (from->kind == TRACE_EXIT && is_entry_to_l2(from->reason) && to->kind == TRACE_NESTED_ENTRY)
		return CASCADE_L0; /* VMRESUME: L0 reads and checks vmcs12 */
	if (from->kind == TRACE_NESTED_ENTRY)
		return CASCADE_TRANSFORM; /* vmcs12 becomes vmcs02 */
	if (from->kind == TRACE_VMCS02_READY)
		return CASCADE_SWITCH_L2;
	return CASCADE_L0;
}

const char *cascade__lane(const struct cascade_step *step)
{
	if (step->kind == TRACE_ENTRY)
		return step->level == 2 ? "L2" : "L1";
	return step->kind == TRACE_USER ? "L0 user" : "L0 kernel";
}
