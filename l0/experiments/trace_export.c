// SPDX-License-Identifier: GPL-2.0-only
/* Writes the three export formats. Each file is written completely or not at all. */
#include "l0/experiments/trace_export.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "l0/base/util.h"
#include "l0/base/whole_file.h"
#include "trace/handling.h"
#include "vmcs-shadow/exit_reasons.h"

static const char *name_of(const struct trace_event *event, char *text, size_t size)
{
	if (event->kind == TRACE_EXIT || event->kind == TRACE_NESTED_EXIT || event->kind == TRACE_VIRTUAL_EXIT)
		text__format(text, size, "%s %s", trace_kind_text[event->kind], vmx_exit_reason_name(event->reason));
	else if (event->kind == TRACE_ENTRY)
		text__format(text, size, "entry L%u", event->level);
	else
		text__format(text, size, "%s", trace_kind_text[event->kind]);
	return text;
}

/*
 * Viewers show lanes as processes and vCPUs as threads. pid 0 is the kernel of L0, 1 is L1, 2 is
 * L2, and 3 is the user space of L0.
 */
static int lane_of(const struct trace_event *event)
{
	if (event->kind == TRACE_ENTRY)
		return event->level;
	return event->kind == TRACE_USER ? 3 : 0;
}

static void add_lane_names(json_t *list)
{
	static const char *const names[] = {"L0 kernel", "L1", "L2", "L0 user space"};

	for (int pid = 0; pid < 4; pid++)
		json_array_append_new(list, json_pack("{s:s, s:s, s:i, s:{s:s}}", "name", "process_name", "ph", "M",
						      "pid", pid, "args", "name", names[pid]));
}

/*
 * Returns the index of the vCPU's next event. Returns 0 if another window or lost events follow:
 * the duration is then unknown.
 */
static size_t next_of(const struct nb_op_result *op, size_t i)
{
	for (size_t next = i + 1; next < op->event_count && op->events[next].seq == op->events[next - 1].seq + 1;
	     next++)
		if (op->events[next].vcpu == op->events[i].vcpu)
			return next;
	return 0;
}

/*
 * Returns the time since the window's first event, in us. Viewers show microseconds, and the clock
 * may have run for months.
 */
static double since(const struct nb_op_result *op, uint64_t time)
{
	uint64_t start = op->events[0].time;

	return time >= start ? (double)(time - start) / 1e3 : -(double)(start - time) / 1e3;
}

/* Returns the time until the next event, in us. */
static double duration(const struct trace_event *event, const struct trace_event *next)
{
	return next->time > event->time ? (double)(next->time - event->time) / 1e3 : 0;
}

/*
 * Returns the index of the entry to L1 after a virtual exit, or 0 if it is missing. An injection
 * may come in between.
 */
static size_t entry_behind(const struct nb_op_result *op, size_t i)
{
	while ((i = next_of(op, i)) != 0) {
		const struct trace_event *next = &op->events[i];

		if (next->kind == TRACE_ENTRY)
			return next->level == 1 && next_of(op, i) ? i : 0;
		if (next->kind == TRACE_EXIT)
			return 0;
	}
	return 0;
}

static void add_arrow(json_t *list, int number, int vcpu, double from, double to)
{
	json_array_append_new(list, json_pack("{s:s, s:s, s:s, s:i, s:f, s:i, s:i}", "name", "virtual exit", "cat",
					      "nested", "ph", "s", "id", number, "ts", from, "pid", 0, "tid", vcpu));
	json_array_append_new(list,
			      json_pack("{s:s, s:s, s:s, s:s, s:i, s:f, s:i, s:i}", "name", "virtual exit", "cat",
					"nested", "ph", "f", "bp", "e", "id", number, "ts", to, "pid", 1, "tid", vcpu));
}

/* Writes hexadecimal digits as a string, because a JSON number loses the low bits of an address. */
static void add_number(json_t *list, const char *name, uint64_t value)
{
	char text[24];

	text__format(text, sizeof(text), "%#" PRIx64, value);
	if (value)
		json_object_set_new(list, name, json_string(text));
}

/* Makes the details that viewers show for a selected slice. */
static json_t *arguments_of(const struct trace_event *event)
{
	json_t *list = json_pack("{s:I}", "number", (json_int_t)event->seq);
	bool exits = event->kind == TRACE_EXIT || event->kind == TRACE_VIRTUAL_EXIT;

	add_number(list, exits ? "qualification" : "info", event->info);
	add_number(list, "rip", event->rip);
	add_number(list, "interruption", event->interruption_info);
	add_number(list, "error", event->error_code);
	return list;
}

/*
 * An event is a slice in its lane until the next event. A virtual exit is an arrow to the slice of
 * L1 that follows.
 */
bool trace__put_json(FILE *out, const struct nb_op_result *op)
{
	json_t *list = json_array(), *root;
	int arrows = 0;
	bool good;

	add_lane_names(list);
	for (size_t i = 0; i < op->event_count; i++) {
		const struct trace_event *event = &op->events[i];
		char name[64];
		size_t to, next = next_of(op, i);

		if (!next)
			continue;
		json_array_append_new(list, json_pack("{s:s, s:s, s:f, s:f, s:i, s:i, s:o}", "name",
						      name_of(event, name, sizeof(name)), "ph", "X", "ts",
						      since(op, event->time), "dur", duration(event, &op->events[next]),
						      "pid", lane_of(event), "tid", event->vcpu, "args",
						      arguments_of(event)));
		to = event->kind == TRACE_VIRTUAL_EXIT ? entry_behind(op, i) : 0;
		if (to)
			add_arrow(list, ++arrows, event->vcpu, since(op, event->time), since(op, op->events[to].time));
	}
	root = json_pack("{s:o, s:s}", "traceEvents", list, "displayTimeUnit", "ns");
	good = root && json_dumpf(root, out, JSON_COMPACT | JSON_REAL_PRECISION(15)) == 0;
	json_decref(root);
	return good;
}

/*
 * Writes lines like "cpuid;CPUID;L1 handling;entry L1 480": operation, exit, part, the step before
 * the time, and the time.
 */
bool trace__put_folded(FILE *out, const struct nb_op_result *op, const struct cascades *cascades, double per_ns)
{
	for (size_t g = 0; g < cascades->group_count; g++) {
		const struct cascade_group *group = &cascades->groups[g];

		for (size_t i = 1; i < group->step_count; i++) {
			enum cascade_part part = cascade__part(&group->steps[i - 1], &group->steps[i]);
			double total = 0;
			char name[64];

			for (size_t k = 0; k < group->count; k++)
				total += (double)group->times[k * group->step_count + i] * per_ns;
			fprintf(out, "%s;%s;%s;%s %.0f\n", op->name, vmx_exit_reason_name(group->steps[0].reason),
				cascade_part_text[part], name_of(&group->example[i - 1], name, sizeof(name)), total);
		}
	}
	return true;
}

bool trace__put_csv(FILE *out, const struct nb_op_result *op)
{
	fprintf(out, "number,time_ns,kind,level,reason,info,rip,interruption,error,vcpu,to_entry_ns\n");
	for (size_t i = 0; i < op->event_count; i++) {
		const struct trace_event *e = &op->events[i];
		uint64_t ns;
		bool has_reason = e->kind == TRACE_EXIT || e->kind == TRACE_NESTED_EXIT ||
				  e->kind == TRACE_VIRTUAL_EXIT;

		fprintf(out, "%" PRIu32 ",%" PRIu64 ",%s,L%u,%s,%#" PRIx64 ",%#" PRIx64 ",%#x,%#x,%u,",
			(uint32_t)e->seq, (uint64_t)e->time, trace_kind_text[e->kind], e->level,
			has_reason ? vmx_exit_reason_name(e->reason) : "", (uint64_t)e->info, (uint64_t)e->rip,
			e->interruption_info, e->error_code, e->vcpu);
		if (handling__ns(op->events, op->event_count, i, &ns))
			fprintf(out, "%" PRIu64, ns);
		fputc('\n', out);
	}
	return true;
}

bool trace__export(const char *folder, const char *name, const struct nb_op_result *op, const struct cascades *cascades,
		   double per_ns)
{
	static const char *const kinds[] = {"json", "folded", "csv"};
	bool good = true;

	for (int i = 0; i < 3 && good; i++) {
		struct whole_file file;
		char path[700];

		text__format(path, sizeof(path), "%s/trace-%s.%s", folder, name, kinds[i]);
		good = whole_file__begin(&file, path) &&
		       whole_file__end(&file, i == 0   ? trace__put_json(file.out, op)
					      : i == 1 ? trace__put_folded(file.out, op, cascades, per_ns)
						       : trace__put_csv(file.out, op));
	}
	return good;
}
