// SPDX-License-Identifier: GPL-2.0-only
/*
 * Any events of one operation, behind a first byte for level and windows. Each event belongs to one
 * cascade or to an end. Every export and figure can be made of them.
 */
#include <math.h>
#include <string.h>

#include <jansson.h>

#include "l0/experiments/trace_export.h"
#include "l0/plots/trace_figures.h"
#include "l0/tests/fuzz.h"
#include "trace/cascade_times.h"
#include "vmcs-shadow/exit_reasons.h"

#define LEVEL_2  1
#define IN_ORDER 2 /* the events' numbers are put right, so that cascades are whole */
#define CUT      4 /* the end of the second window is lost */
#define VCPUS    8 /* whatever vCPUs the events are of */
#define EVENTS   512u

/* The decoder passes only events of a known kind and level. */
static size_t take_events(const uint8_t *data, size_t size, struct trace_event *events)
{
	size_t count = size / sizeof(*events);

	count = count < EVENTS ? count : EVENTS;
	memcpy(events, data + 1, count * sizeof(*events));
	for (size_t i = 0; i < count; i++) {
		events[i].kind %= TRACE_KIND_COUNT;
		events[i].level = 1 + events[i].level % 2;
		events[i].vcpu = data[0] & VCPUS ? events[i].vcpu : 0;
		if (data[0] & IN_ORDER)
			events[i].seq = (uint32_t)i;
	}
	return count;
}

static void check_cascades(const struct cascades *c, size_t count)
{
	size_t events = 0, whole = 0;

	for (size_t i = 0; i < c->group_count; i++) {
		const struct cascade_group *group = &c->groups[i];
		double part[CASCADE_PART_COUNT], sum = 0, total = cascade__parts(group, 1, part);

		FUZZ_REQUIRE(group->step_count >= 2 && group->step_count <= CASCADE_STEPS_MAX);
		for (int p = 0; p < CASCADE_PART_COUNT; p++)
			sum += part[p];
		FUZZ_REQUIRE(isfinite(total) && fabs(sum - total) <= 1e-9 * total);
		events += group->count * group->step_count;
		whole += group->count;
	}
	FUZZ_REQUIRE(whole == c->whole);
	FUZZ_REQUIRE(c->events == count && events + c->broken_events + c->outside == count);
}

/* A parser reads the exported JSON. Every arrow has two ends, and the slice at its end begins where
 * it ends. */
static void check_json(const char *text, size_t size, size_t count)
{
	json_t *root = json_loadb(text, size, 0, NULL), *list = json_object_get(root, "traceEvents");
	size_t slices = 0, begins = 0, ends = 0;

	FUZZ_REQUIRE(json_is_array(list));
	for (size_t i = 0; i < json_array_size(list); i++) {
		json_t *event = json_array_get(list, i);
		const char *ph = json_string_value(json_object_get(event, "ph"));

		FUZZ_REQUIRE(ph && json_is_integer(json_object_get(event, "pid")));
		slices += *ph == 'X';
		begins += *ph == 's';
		ends += *ph == 'f';
		if (*ph == 'X')
			FUZZ_REQUIRE(json_number_value(json_object_get(event, "dur")) >= 0);
	}
	FUZZ_REQUIRE(begins == ends && slices <= count);
	json_decref(root);
}

/* Each line ends with a blank and a number that is not negative. */
static void check_folded(const char *text)
{
	while (*text) {
		const char *end = strchr(text, '\n'), *blank;

		FUZZ_REQUIRE(end);
		blank = memrchr(text, ' ', (size_t)(end - text));
		FUZZ_REQUIRE(blank && strspn(blank + 1, "0123456789") == (size_t)(end - blank - 1) && end > blank + 1);
		text = end + 1;
	}
}

static void check_csv(const char *text, size_t count)
{
	size_t lines = 0;

	for (const char *c = text; *c; c++)
		lines += *c == '\n';
	FUZZ_REQUIRE(lines == count + 1);
}

static FILE *begin(char **text, size_t *size)
{
	FILE *out = open_memstream(text, size);

	FUZZ_REQUIRE(out);
	return out;
}

static void check_exports(const struct nb_op_result *op, const struct cascades *cascades)
{
	char *text;
	size_t size;
	FILE *out = begin(&text, &size);

	FUZZ_REQUIRE(trace__put_json(out, op) && fclose(out) == 0);
	check_json(text, size, op->event_count);
	free(text);
	out = begin(&text, &size);
	FUZZ_REQUIRE(trace__put_folded(out, op, cascades, 0.1) && fclose(out) == 0);
	check_folded(text);
	free(text);
	out = begin(&text, &size);
	FUZZ_REQUIRE(trace__put_csv(out, op) && fclose(out) == 0);
	check_csv(text, op->event_count);
	free(text);
}

static void check_figures(const struct cascades *cascades)
{
	const struct nb_trace_source source = {"bochs", "instructions", "L2", "shadow_vmcs=on", 1, 0.1};
	struct nb_trace_bar bar = {.op = "cpuid", .family = "instruction"};
	char *text;
	size_t size;
	FILE *out = begin(&text, &size);

	for (size_t i = 0; i < cascades->group_count; i++) {
		cascade__parts(&cascades->groups[i], 0.1, bar.part);
		nb_trace_cascade_write(out, &source, bar.op, &cascades->groups[i], cascades->whole);
		nb_trace_breakdown_write(out, &source, &bar, 1);
	}
	FUZZ_REQUIRE(fclose(out) == 0);
	FUZZ_REQUIRE(!strstr(text, "nan") && !strstr(text, "inf"));
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct trace_event events[EVENTS];
	struct nb_op_result op = {.name = "cpuid", .events = events};
	struct cascades cascades = {0};
	unsigned level;
	size_t half, added;

	if (size < 1)
		return 0;
	op.event_count = take_events(data, size - 1, events);
	half = op.event_count / 2;
	level = data[0] & LEVEL_2 ? 2 : 1;
	added = cascades__add(&cascades, events, half, level, false) ? half : 0;
	added += cascades__add(&cascades, events + half, op.event_count - half, level, data[0] & CUT)
			 ? op.event_count - half
			 : 0;
	FUZZ_REQUIRE(added == op.event_count || data[0] & VCPUS);
	cascades__sort(&cascades);
	check_cascades(&cascades, added);
	check_exports(&op, &cascades);
	check_figures(&cascades);
	cascades__free(&cascades);
	return 0;
}

/* Seeds: the steps of a nested CPUID twice, an exit with port I/O and user space, and an exit that
 * L0 handles. */
void fuzz__seeds(void (*take)(const void *bytes, size_t size))
{
	static const struct trace_event steps[] = {
		{9283245810, 0, 0, 0, 0, TRACE_ENTRY, 1, 0x10a8f2, 0, 0},
		{9283254110, 0, 1, VMX_EXIT_VMRESUME, 0, TRACE_EXIT, 1, 0x10a8f2, 0, 0},
		{9283272110, 1076240, 2, 0, 0, TRACE_NESTED_ENTRY, 2, 0x10a8f2, 0, 0},
		{9283310280, 0, 3, 0, 0, TRACE_ENTRY, 2, 0x10a8f2, 0, 0},
		{9283318300, 0, 4, VMX_EXIT_CPUID, 0, TRACE_EXIT, 2, 0x10a8f2, 0, 0},
		{9283323890, 0, 5, VMX_EXIT_CPUID, 0, TRACE_NESTED_EXIT, 2, 0x10a8f2, 0, 0},
		{9283334050, 0, 6, VMX_EXIT_CPUID, 0, TRACE_VIRTUAL_EXIT, 1, 0x10a8f2, 0, 0},
		{9283371140, 0, 7, 0, 0, TRACE_ENTRY, 1, 0x10a8f2, 0, 0},
		{9283379880, 0, 8, VMX_EXIT_VMRESUME, 0, TRACE_EXIT, 1, 0x10a8f2, 0, 0},
		{9283397880, 1086484, 9, 0, 0, TRACE_NESTED_ENTRY, 2, 0x10a8f2, 0, 0},
		{9283436050, 0, 10, 0, 0, TRACE_ENTRY, 2, 0x10a8f2, 0, 0},
		{9283444140, 0, 11, VMX_EXIT_EPT_VIOLATION, 0, TRACE_EXIT, 2, 0x10a8f2, 0, 0},
		{9283449730, 0x1000, 12, 0, 0, TRACE_PAGE_FAULT, 2, 0x10a8f2, 0, 0},
		{9283459890, 0, 13, 0, 0, TRACE_ENTRY, 2, 0x10a8f2, 0, 0},
		{9283444140, 0, 14, VMX_EXIT_IO_INSTRUCTION, 0, TRACE_EXIT, 2, 0x10a8f2, 0, 0},
		{9283449730, 0, 15, VMX_EXIT_IO_INSTRUCTION, 0, TRACE_NESTED_EXIT, 2, 0x10a8f2, 0, 0},
		{9283459890, 3, 16, VMX_EXIT_IO_INSTRUCTION, 0, TRACE_VIRTUAL_EXIT, 1, 0x10a8f2, 0, 0},
		{9283460000, 0x20, 17, 0, 0, TRACE_INTERRUPT, 1, 0x10a8f2, 0, 0},
		{9283496980, 0, 18, 0, 0, TRACE_ENTRY, 1, 0x10a8f2, 0, 0},
		{9283505720, 0, 19, VMX_EXIT_IO_INSTRUCTION, 0, TRACE_EXIT, 1, 0x10a8f2, 0, 0},
		{9283523720, 0x4e44, 20, 1, 0, TRACE_PIO, 1, 0x10a8f2, 0, 0},
		{9283561890, 0, 21, 2, 0, TRACE_USER, 1, 0x10a8f2, 0, 0},
		{9283569980, 0, 22, 0, 0, TRACE_ENTRY, 1, 0x10a8f2, 0, 0},
		{9283505720, 0, 23, VMX_EXIT_IO_INSTRUCTION, 0, TRACE_EXIT, 1, 0x10a8f2, 0, 0},
	};
	static uint8_t bytes[1 + 3 * sizeof(steps)];

	for (bytes[0] = 0; bytes[0] <= (LEVEL_2 | IN_ORDER); bytes[0]++) {
		for (size_t times = 1; times <= 3; times += 2) {
			for (size_t i = 0; i < times; i++)
				memcpy(bytes + 1 + i * sizeof(steps), steps, sizeof(steps));
			take(bytes, 1 + times * sizeof(steps));
		}
	}
}
