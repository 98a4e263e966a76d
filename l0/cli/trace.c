// SPDX-License-Identifier: GPL-2.0-only
/*
 * The command `nestbed trace` runs an operation, streams every event of L0, and shows the events
 * that one execution causes. It can also watch a running VM.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "l0/base/util.h"
#include "l0/cli/commands.h"
#include "l0/cli/live_options.h"
#include "l0/cli/run_env.h"
#include "l0/cli/run_option_groups.h"
#include "l0/cli/run_tables.h"
#include "l0/experiments/trace_cost.h"
#include "l0/experiments/trace_export.h"
#include "l0/report/trace_draw.h"
#include "l0/results/report.h"
#include "l0/results/write.h"
#include "microbench/ops.h"
#include "trace/cascade_times.h"
#include "trace/handling.h"
#include "trace/modes.h"
#include "vmcs-shadow/exit_reasons.h"

/*
 * SVt, ISCA 2019: a nested CPUID of 10.40 us, in us for each part of cascade.h. L2 itself takes
 * 0.05 us of it.
 */
static const double published[CASCADE_PART_COUNT] = {
	[CASCADE_SWITCH_L2] = 0.81, [CASCADE_TRANSFORM] = 1.29, [CASCADE_L0] = 4.89,
	[CASCADE_SWITCH_L1] = 1.40, [CASCADE_L1] = 1.96,
};

struct view {
	const char *unit;
	double per_ns; /* units per ns */
	FILE *text;    /* destination of tables for people */
};

/* The outputs of a trace. */
struct outputs {
	FILE *text, *costs;
	struct table steps;
	struct trace_drawing *drawing; /* NULL: nothing is drawn */
};

static struct view view_of(const struct run_env *env, const struct nb_results *results, FILE *text)
{
	const char *khz = NULL;

	for (size_t i = 0; i < results->meta_count; i++)
		if (strcmp(results->meta[i].key, "tsc_khz") == 0)
			khz = results->meta[i].value;
	/* The emulated clock counts instructions. A nanosecond of it is not real time. */
	if (strcmp(env->request.machine, "bochs") == 0 && khz && strtod(khz, NULL) > 0)
		return (struct view){"instructions", strtod(khz, NULL) / 1e6, text};
	return (struct view){"ns", 1, text};
}

static void print_cascade(const struct cascade_group *group, const struct view *view, size_t whole)
{
	static const char *const lanes[] = {"L2", "L1", "L0 kernel", "L0 user"};

	fprintf(view->text,
		"\n%zu of %zu cascades took these %zu steps (%s since the step before; * is who runs from there)\n",
		group->count, whole, group->step_count, view->unit);
	fprintf(view->text, "  %9s %9s %9s  %-3s %-3s %-10s %-8s %s\n", "median", "p10", "p90", "L2", "L1", "L0 kernel",
		"L0 user", "what");
	for (size_t i = 0; i < group->step_count; i++) {
		const char *lane = cascade__lane(&group->steps[i]);
		char text[NB_STEP_TEXT], detail[NB_STEP_TEXT];

		fprintf(view->text, "  %9.0f %9.0f %9.0f  ", cascade__quantile(group, i, 0.5, view->per_ns),
			cascade__quantile(group, i, 0.1, view->per_ns), cascade__quantile(group, i, 0.9, view->per_ns));
		for (size_t l = 0; l < 4; l++)
			fprintf(view->text, "%-*s ",
				l < 2    ? 3
				: l == 2 ? 10
					 : 8,
				strcmp(lane, lanes[l]) == 0 ? "*" : "|");
		fprintf(view->text, "%s %s%s\n", group->steps[i].level == 2 ? "L2" : "L1",
			nb_trace_step(&group->steps[i], group->example[i].info, text),
			nb_trace_detail(&group->example[i], detail));
	}
}

static const struct table_column columns[] = {
	{"op", false},    {"level", false}, {"config", false}, {"cascade", true}, {"cascades", true},
	{"step", true},   {"runs", false},  {"of", false},     {"what", false},   {"detail", false},
	{"median", true}, {"p10", true},    {"p90", true},     {"unit", false}};

/*
 * Adds the steps of a cascade as rows, for --csv and the other table files. The column `runs` names
 * the lane that runs from this step on.
 */
static void add_steps(struct table *rows, const struct nb_row *row, unsigned number, const struct cascade_group *group,
		      const struct view *view)
{
	char config[CONFIG_TEXT];
	static const double quantiles[] = {0.5, 0.1, 0.9};
	char text[NB_STEP_TEXT], detail[NB_STEP_TEXT];
	const char *more;

	trace_cost__config(row->run, config, sizeof(config));
	for (size_t i = 0; i < group->step_count; i++) {
		more = nb_trace_detail(&group->example[i], detail);
		table__add(rows, row->result->name);
		table__add(rows, row->run->level);
		table__add(rows, config);
		table__addf(rows, "%u", number);
		table__addf(rows, "%zu", group->count);
		table__addf(rows, "%zu", i + 1);
		table__add(rows, cascade__lane(&group->steps[i]));
		table__add(rows, group->steps[i].level == 2 ? "L2" : "L1");
		table__add(rows, nb_trace_step(&group->steps[i], group->example[i].info, text));
		table__add(rows, more + (*more == ' '));
		for (size_t q = 0; q < sizeof(quantiles) / sizeof(quantiles[0]); q++)
			table__addf(rows, "%.0f", cascade__quantile(group, i, quantiles[q], view->per_ns));
		table__add(rows, view->unit);
	}
}

/* Prints why no cascade is shown. */
static void print_none(const struct view *view, const struct cascades *cascades, size_t executions)
{
	if (cascades->whole)
		fprintf(view->text,
			"\nno cascade to show: none comes with every second execution. The rare ones can be interrupts of "
			"L0 (%zu in %zu executions)\n",
			cascades->whole, executions);
	else
		fprintf(view->text, "\nno cascade to show: no execution has exited to L0\n");
}

static void print_breakdown(const struct cascades *cascades, const struct nb_op_result *op, const struct view *view,
			    bool nested)
{
	double part[CASCADE_PART_COUNT], of = 0;
	const double total = cascades__parts(cascades, op->sample_count, view->per_ns, part);

	for (int p = 0; p < CASCADE_PART_COUNT; p++)
		of += published[p];
	fprintf(view->text, "\nbreakdown of an execution: %.0f %s (the sum of its cascades' steps' medians)%s\n", total,
		view->unit, nested ? "; beside it SVt's nested CPUID (ISCA 2019, latencies)" : "");
	for (int p = 0; p < CASCADE_PART_COUNT; p++) {
		fprintf(view->text, "  %-30s %9.0f %5.1f%%", cascade_part_text[p], part[p],
			total > 0 ? 100 * part[p] / total : 0);
		if (nested && published[p] > 0)
			fprintf(view->text, "   %5.1f%%", 100 * published[p] / of);
		fputc('\n', view->text);
	}
}

/*
 * Returns the value of an eBPF counter for one execution. Subtracts the overhead of a window, the
 * doorbell at its end. A window of the empty operation in the same run shows this overhead. If
 * empty is NULL, the overhead is included.
 */
static double per_op(const struct nb_op_result *op, const struct nb_op_result *empty, const char *key)
{
	const double total = (double)nb_counter_value(op->counters, op->counter_count, key, NULL);

	if (!empty)
		return total / (double)op->sample_count;
	return nb_per_op((uint64_t)total, op->windows, op->sample_count,
			 nb_counter_value(empty->counters, empty->counter_count, key, NULL), empty->windows);
}

/*
 * Returns true if the value is a rounding error. It is also true for a negative value, when
 * interrupts were more frequent while the empty operation was measured.
 */
static bool is_none(double value)
{
	return value < 0.005;
}

/*
 * Prints the causes of L0's exits: the guest, our hypervisor's VMX instructions, its other actions,
 * and interrupts.
 */
static void print_causes(const struct view *view, const struct nb_op_result *op, const struct nb_op_result *empty)
{
	static const char *const vmx[] = {"VMCLEAR", "VMLAUNCH", "VMPTRLD", "VMPTRST", "VMREAD", "VMRESUME",
					  "VMWRITE", "VMOFF",    "VMON",    "INVEPT",  "INVVPID"};
	double by_vmx = 0, interrupts = 0, l1 = 0, l2 = 0;

	fprintf(view->text, "\nexits to L0 for one execution, %s\n",
		empty ? "without the windows' own, which are those of the empty operation"
		      : "the windows' own included");
	for (size_t i = 0; i < op->counter_count; i++) {
		const char *key = op->counters[i].key, *reason;
		double value;

		if (strncmp(key, "bpf.exit.L", 10) != 0)
			continue;
		reason = key + 12;
		value = per_op(op, empty, key);
		if (is_none(value))
			continue;
		fprintf(view->text, "  %-3.2s %-24s %9.2f\n", key + 9, reason, value);
		*(key[10] == '2' ? &l2 : &l1) += value;
		if (strcmp(reason, "EXTERNAL_INTERRUPT") == 0)
			interrupts += value;
		for (size_t v = 0; v < sizeof(vmx) / sizeof(vmx[0]); v++)
			if (key[10] == '1' && strcmp(reason, vmx[v]) == 0)
				by_vmx += value;
	}
	fprintf(view->text, "by cause: L2 %.2f", l2);
	fprintf(view->text, ", L1's VMX instructions %.2f, L1 else %.2f; of all these interrupts %.2f\n", by_vmx,
		l1 - by_vmx, interrupts);
}

/*
 * Prints how long the guest waits while L0 handles memory that is not mapped, or mapped
 * incorrectly.
 */
static void print_faults(const struct nb_op_result *op, const struct view *view)
{
	static const struct cascade_step faults[] = {
		{TRACE_EXIT, 2, VMX_EXIT_EPT_VIOLATION},
		{TRACE_EXIT, 1, VMX_EXIT_EPT_VIOLATION},
		{TRACE_EXIT, 2, VMX_EXIT_EPT_MISCONFIG},
		{TRACE_EXIT, 1, VMX_EXIT_EPT_MISCONFIG},
		{TRACE_PAGE_FAULT, 2, 0},
		{TRACE_PAGE_FAULT, 1, 0},
	};
	struct handling h;
	bool any = false;

	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		const bool exits = faults[i].kind == TRACE_EXIT;

		if (!handling__of(op->events, op->event_count, &faults[i], view->per_ns, &h))
			continue;
		if (!any)
			fprintf(view->text,
				"\nfaults in memory: %s from there to L0's next entry, of L1 or L2; all windows together\n"
				"  %9s %9s %9s %9s %9s  what\n",
				view->unit, "median", "p10", "p90", "max", "number");
		any = true;
		fprintf(view->text, "  %9.0f %9.0f %9.0f %9.0f %9zu  L%u %s%s%s\n", h.median, h.p10, h.p90, h.max,
			h.count, faults[i].level, trace_kind_text[faults[i].kind], exits ? " " : "",
			exits ? vmx_exit_reason_name(faults[i].reason) : "");
	}
}

/*
 * Writes the base name of the files: "cpuid-L2". If the configuration is not the first one of the
 * level, appends it: "cpuid-L2-shadow_vmcs=off". size is the size of name. Returns name.
 */
static const char *name_files(const struct nb_results *results, const struct nb_run *run, const char *of, char *name,
			      size_t size)
{
	const struct nb_run *first = results->runs;
	char config[CONFIG_TEXT];

	while (strcmp(first->level, run->level) != 0 || !trace_cost__is_streamed(first))
		first++;
	trace_cost__config(run, config, sizeof(config));
	text__format(name, size, "%s-%s%s%s", of, run->level, first == run ? "" : "-", first == run ? "" : config);
	for (char *c = name; *c; c++)
		if (*c == ' ' || *c == '/')
			*c = '-';
	return name;
}

/*
 * Draws each cascade that an execution causes, and keeps all of them for a bar of the breakdown.
 * Returns false after a message.
 */
static bool draw(struct trace_drawing *drawing, const struct nb_op_result *op, const char *name,
		 const struct cascades *cascades)
{
	const struct cascade_group *group = NULL;
	char file[200];

	for (unsigned number = 1; (group = cascades__next(cascades, op->sample_count, group)) != NULL; number++) {
		if (number == 1)
			text__format(file, sizeof(file), "%s", name);
		else
			text__format(file, sizeof(file), "%s-%u", name, number);
		if (!trace_draw__cascade(drawing, file, op->name, group, cascades->whole))
			return false;
	}
	trace_draw__remember(drawing, op->name, cascades, op->sample_count);
	return true;
}

/*
 * Cuts the events of all windows into cascades. Sets *lost to the number of lost events. Returns
 * false if the events come from several vCPUs.
 */
static bool cut(const struct nb_op_result *op, unsigned level, struct cascades *cascades, uint64_t *lost)
{
	bool good = true;

	*lost = 0;
	for (uint64_t w = 0; good && w < op->windows; w++) {
		size_t first = op->window[w].first_event;
		size_t end = w + 1 < op->windows ? op->window[w + 1].first_event : op->event_count;

		*lost += op->window[w].lost;
		good = cascades__add(cascades, op->events + first, end - first, level,
				     op->window[w].lost || !op->window[w].closed);
	}
	if (good)
		cascades__sort(cascades);
	else
		cascades__free(cascades);
	return good;
}

static bool show(const struct run_env *env, const struct nb_report *report, const struct nb_row *row,
		 struct outputs *outputs)
{
	const struct nb_run *run = row->run;
	const struct nb_op_result *op = row->result;
	const struct view usual = view_of(env, report->results, outputs->text), *view = &usual;
	struct trace_drawing *drawing = outputs->drawing;
	unsigned level = strcmp(run->level, "L2") == 0 ? 2 : 1;
	const struct nb_op_result *empty = nb_run_op(run, "empty");
	const struct cascade_group *group = NULL;
	struct cascades cascades = {0};
	char name[160], config[CONFIG_TEXT];
	uint64_t lost;
	bool good, whole;

	trace_cost__config(run, config, sizeof(config));
	if (!cut(op, level, &cascades, &lost)) {
		pr_err("%s at %s: its events are of several vCPUs, whose cascades overlap: none is shown", op->name,
		       run->level);
		return false;
	}
	whole = lost == 0 && op->closed == op->windows;
	fprintf(view->text, "%s at %s, %s: ", op->name, run->level, config);
	if (lost)
		fprintf(view->text, "INCOMPLETE, %" PRIu64 " events lost: ", lost);
	else if (!whole)
		fprintf(view->text, "INCOMPLETE, the records end early: ");
	fprintf(view->text,
		"%zu executions, %zu events in %zu whole cascades of %zu kinds; %zu broken; %zu events of the windows' two ends\n",
		op->sample_count, cascades.events, cascades.whole, cascades.group_count, cascades.broken,
		cascades.outside);
	print_causes(view, op, empty == op || !empty || empty->windows == 0 ? NULL : empty);
	print_faults(op, view);
	for (unsigned number = 1; (group = cascades__next(&cascades, op->sample_count, group)) != NULL; number++) {
		print_cascade(group, view, cascades.whole);
		add_steps(&outputs->steps, row, number, group, view);
	}
	if (whole && !cascades__next(&cascades, op->sample_count, NULL))
		print_none(view, &cascades, op->sample_count);
	else if (whole)
		print_breakdown(&cascades, op, view, level == 2);
	if (whole)
		trace_cost__show(outputs->text, outputs->costs, report, row, &cascades);
	else
		fprintf(view->text,
			"\nneither a breakdown of an execution nor what tracing costs: cascades are missing\n");
	name_files(report->results, run, op->name, name, sizeof(name));
	good = trace__export(env->folder, name, op, &cascades, view->per_ns);
	if (good && drawing && whole) {
		text__format(drawing->config, sizeof(drawing->config), "%s", config);
		drawing->source = (struct nb_trace_source){.machine = env->request.machine,
							   .clock = view->unit,
							   .level = run->level,
							   .config = drawing->config,
							   .samples = op->sample_count,
							   .per_ns = view->per_ns};
		good = draw(drawing, op, name, &cascades);
	}
	cascades__free(&cascades);
	return good;
}

/*
 * Shows every requested operation, run by run. Draws the breakdown of a run after its last
 * operation.
 */
static bool show_all(const struct run_env *env, const struct nb_report *report, struct outputs *outputs)
{
	struct trace_drawing *drawing = outputs->drawing;
	const bool only_empty = strcmp(env->all_ops, "empty") == 0;
	size_t breakdowns = 0, shown = 0;
	bool good = true;

	for (size_t i = 0; i < report->row_count; i++) {
		const struct nb_run *run = report->rows[i].run;
		const struct nb_op_result *op = report->rows[i].result;
		char name[160] = "trace-breakdown";

		if (!trace_cost__is_streamed(run))
			continue;
		if (op->skip)
			pr_info("%s at %s: %s", op->name, run->level, op->skip);
		else if (only_empty || strcmp(op->name, "empty") != 0)
			good = (shown++ == 0 || fputc('\n', outputs->text) >= 0) &&
			       show(env, report, &report->rows[i], outputs) && good;
		if (!good)
			drawing = outputs->drawing = NULL; /* a message has said why; one is enough */
		if (!drawing || drawing->bar_count == 0 ||
		    (i + 1 < report->row_count && report->rows[i + 1].run == run))
			continue;
		if (breakdowns++)
			name_files(report->results, run, "trace-breakdown", name, sizeof(name));
		good = trace_draw__breakdown(drawing, name);
	}
	return good;
}

/* Makes all files from the records, complete or not. Returns the exit code. */
static int finish(const struct run_env *env, int result, struct nb_results *results)
{
	struct trace_drawing drawing = {0};
	struct nb_report report;
	struct outputs outputs = {.text = stdout};
	struct whole_file costs;
	bool draws, costed;

	nb_report_build(&report, results, env->request.machine, nb_op_get);
	draws = !env->no_plot && trace_draw__begin(&drawing, env->folder, env->programs);
	costed = trace_cost__begin(&costs, env->folder);
	outputs.costs = costs.out;
	outputs.drawing = draws ? &drawing : NULL;
	table__begin(&outputs.steps, columns, sizeof(columns) / sizeof(columns[0]));
	/* If standard output gets the steps in another format, only the text is discarded. */
	if (table_files__take_stdout(&env->files))
		outputs.text = fopen("/dev/null", "we");
	if (!costed || !outputs.text || !show_all(env, &report, &outputs) ||
	    !run_tables__write(env, &outputs.steps, NULL, NULL))
		result = NB_EXIT_FAILED;
	if (outputs.text && outputs.text != stdout)
		fclose(outputs.text);
	table__free(&outputs.steps);
	if (costed && !trace_cost__end(&costs))
		result = NB_EXIT_FAILED;
	trace_draw__end(&drawing);
	if (nb_report_mismatches(&report) > 0) {
		nb_print_mismatches(&report, stderr);
		pr_err("the witnesses disagree on %zu results: see above", nb_report_mismatches(&report));
		result = NB_EXIT_FAILED;
	}
	result = run_env__end(env, result, results, "traces");
	nb_report_free(&report);
	return result;
}

static const struct argp_child groups[] = {
	{&live_argp, 0, "Watch a VM that runs:", 0}, RUN_WHAT, {&run_trace_argp, 0, NULL, 0}, RUN_WHERE_AND_HOW, {0},
};

const struct run_command trace_command = {
	.name = "trace",
	.finish = finish,
	.groups = groups,
	.doc = "Watch what a running VM exits for; or, with --op, show what one operation sets off, step by step.\v"
	       "Of a running VM each table has, by level and reason, exits, their share, and the time from exit to the next entry: in "
	       "all, and its quantiles, from histograms that are off by at most 1.6%. Filters are applied in the kernel.\n\n"
	       "Examples:\n"
	       "  nestbed trace --vm debian                      every second, until Ctrl-C\n"
	       "  nestbed trace --pid 4711 --level L2 --duration 10\n"
	       "  nestbed trace --pid 4711 --reason CPUID,MSR_WRITE --interval 0.2 --csv -\n"
	       "  nestbed trace --op cpuid --machine bochs\n"
	       "  nestbed trace --op vmcall --shadow-vmcs off -n 1000 --markdown steps.md\n\n"
	       "Exit codes: 0 good, 1 failed (what was measured is kept), or no such VM, 2 usage, 77 not possible on this machine.",
	.what = "Or run operations, and show what one execution of each sets off:",
	.iterations = 200, /* low, because every event is kept */
	.l0s = 1u << L0_KVM,
};

/* Chooses values that the command line leaves open for operations. Returns false after one line. */
static bool choose(struct run_env *env)
{
	if (!env->ops) {
		pr_err("trace wants operations to run (--op LIST) or a VM to watch (--pid PID, --vm NAME)");
		return false;
	}
	if (!env->levels)
		env->levels = "L2";
	run_env__default_to_shadowing(env);
	if (!env->trace_asked)
		env->request.trace = 1u << TRACE_MODE_OFF | 1u << TRACE_MODE_TIME | 1u << TRACE_MODE_STREAM;
	if (!(env->request.trace & 1u << TRACE_MODE_STREAM)) {
		pr_err("trace shows events, which only --trace stream keeps; off, count and time beside it show what that costs");
		return false;
	}
	return true;
}

int trace__main(int argc, char **argv)
{
	static struct run_env env;
	char why[LIVE_WHY];

	run_env__parse(&env, argc, argv, &trace_command);
	if (!live__check(&env.live, &env.given, env.levels, why)) {
		pr_err("%s", why);
		return NB_EXIT_USAGE;
	}
	if (live__wanted(&env.given)) {
		pr_quiet(env.quiet);
		return live__watch(&env.live, &env.files);
	}
	if (!choose(&env))
		return NB_EXIT_USAGE;
	return run_env__run(&env);
}
