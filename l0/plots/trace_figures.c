// SPDX-License-Identifier: GPL-2.0-only
/*
 * Writes both figures of a trace. They share the frame of the suite's plots, so they pass their
 * data as a small suite.
 */
#include "l0/plots/trace_figures.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "l0/base/util.h"
#include "l0/plots/figure.h"
#include "trace/cascade_times.h"
#include "vmcs-shadow/exit_reasons.h"

/*
 * Pixels: a lane, the left margin, the labels beside the lanes, a label's height, the minimum
 * height of a cascade, and the bars of the breakdown.
 */
#define LANE    140.0
#define LEFT    92.0
#define LABELS  450.0
#define LABEL   21.0
#define SHORTER 420.0

#define BAR      30.0
#define THIN     18.0
#define ABSOLUTE 480.0
#define SHARES   430.0

const char *nb_trace_step(const struct cascade_step *step, uint64_t info, char text[NB_STEP_TEXT])
{
	const char *kind = trace_kind_text[step->kind];

	switch (step->kind) {
	case TRACE_EXIT:
	case TRACE_NESTED_EXIT:
	case TRACE_VIRTUAL_EXIT:
		text__format(text, NB_STEP_TEXT, "%s %s", kind, vmx_exit_reason_name(step->reason));
		break;
	case TRACE_USER:
		text__format(text, NB_STEP_TEXT, "%s, KVM_EXIT %u", kind, step->reason);
		break;
	case TRACE_ENTRY:
	case TRACE_VMCS02_READY:
	case TRACE_HOST_STATE_LOADED:
		text__format(text, NB_STEP_TEXT, "%s", kind);
		break;
	case TRACE_MSR:
	case TRACE_PIO:
		text__format(text, NB_STEP_TEXT, "%s %s %#" PRIx64, kind, step->reason ? "write" : "read", info);
		break;
	default:
		text__format(text, NB_STEP_TEXT, "%s %#" PRIx64, kind, info);
	}
	return text;
}

const char *nb_trace_detail(const struct trace_event *event, char text[NB_STEP_TEXT])
{
	const bool exits = event->kind == TRACE_EXIT || event->kind == TRACE_VIRTUAL_EXIT;
	const struct {
		const char *name;
		uint64_t value;
	} parts[] = {
		{"rip", event->rip},
		{"qualification", exits ? event->info : 0},
		{"interruption", event->interruption_info},
		{"error", event->error_code},
	};

	text[0] = '\0';
	for (size_t i = 0, length = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (parts[i].value)
			text__format(text + length, NB_STEP_TEXT - length, " %s %#" PRIx64, parts[i].name,
				     parts[i].value);
		length += strlen(text + length);
	}
	return text;
}

/* Fills in only the members that figures and rows use. */
static struct nb_suite suite_of(const struct nb_trace_source *source)
{
	return (struct nb_suite){
		.machine = source->machine,
		.clock = source->clock,
		.n_min = (double)source->samples,
		.n_max = (double)source->samples,
	};
}

/* Writes the block "parts": number and name of the parts that occur. */
static void write_parts(FILE *out, const bool there[CASCADE_PART_COUNT])
{
	nb_block(out, "parts");
	for (int p = 0; p < CASCADE_PART_COUNT; p++)
		if (there[p])
			fprintf(out, "%d\t%s\n", p + 1, cascade_part_text[p]);
}

/* Returns the unit of the axis. NULL means the unit of the clock, as in all plots. */
static const char *axis_of(const struct nb_trace_source *source)
{
	return strcmp(source->clock, "ns") == 0 ? "ns" : NULL;
}

/* Returns the lane. L2 has lane 0; lower layers of the stack are further right. */
static int lane_number(const struct cascade_step *step)
{
	static const char *const lanes[] = {"L2", "L1", "L0 kernel", "L0 user"};
	int i = 0;

	while (strcmp(lanes[i], cascade__lane(step)) != 0)
		i++;
	return i;
}

/* Returns the lane of the guest that made the exit. */
static int guest_lane(const struct cascade_group *group)
{
	return group->steps[0].level == 2 ? 0 : 1;
}

/*
 * Places each label at its step. If steps follow each other too fast, the label goes below the
 * previous one. The last labels stay above the end.
 */
static void place_labels(const double *at, double *label, size_t count, double gap, double end)
{
	for (size_t i = 0; i < count; i++)
		label[i] = i && label[i - 1] + gap > at[i] ? label[i - 1] + gap : at[i];
	for (size_t i = count; i-- > 0;)
		if (label[i] > end - (double)(count - 1 - i) * gap)
			label[i] = end - (double)(count - 1 - i) * gap;
}

/*
 * Writes the block "steps": lane, part of the time until the next step (0: none), begin, end,
 * position of the label, text. Writes the block "arrows": from lane, to lane, begin, end, and 1 for
 * a virtual exit.
 */
static void write_steps(FILE *out, const struct cascade_group *group, const double *at, const double *label,
			double per_ns, bool there[CASCADE_PART_COUNT])
{
	const size_t count = group->step_count;
	char text[NB_STEP_TEXT], time[NB_SHORT];

	nb_block(out, "steps");
	for (size_t i = 0; i < count; i++) {
		const struct cascade_step *step = &group->steps[i];
		int part = i + 1 < count ? (int)cascade__part(step, step + 1) : -1;

		nb_trace_step(step, group->example[i].info, text);
		if (part >= 0)
			there[part] = true;
		fprintf(out, "%d\t%d\t%.9g\t%.9g\t%.9g\t%s%s  %s%s\n", lane_number(step), part + 1, at[i],
			i + 1 < count ? at[i + 1] : at[i], label[i], i ? "+" : "",
			nb_short(time, cascade__quantile(group, i, 0.5, per_ns)), text,
			step->kind == TRACE_ENTRY ? step->level == 2 ? " L2" : " L1" : "");
	}
	nb_block(out, "arrows");
	/* The guest ran before the first step. */
	fprintf(out, "%d\t%d\t0\t0\t0\n", guest_lane(group), lane_number(&group->steps[0]));
	for (size_t i = 1; i < count; i++) {
		int from = lane_number(&group->steps[i - 1]), to = lane_number(&group->steps[i]);
		bool injected = to == 1 && (group->steps[i - 1].kind == TRACE_VIRTUAL_EXIT ||
					    group->steps[i - 1].kind == TRACE_HOST_STATE_LOADED);

		if (from != to)
			fprintf(out, "%d\t%d\t%.9g\t%.9g\t%d\n", from, to, injected ? at[i - 1] : at[i], at[i],
				injected);
	}
}

void nb_trace_cascade_write(FILE *out, const struct nb_trace_source *source, const char *op,
			    const struct cascade_group *group, size_t whole)
{
	const struct nb_suite suite = suite_of(source);
	const size_t count = group->step_count;
	const double high = fmax(SHORTER, LABEL * (double)(count + 2));
	double *at = nb_zeroed(count, sizeof(*at)), *label = nb_zeroed(count, sizeof(*label)), total;
	bool there[CASCADE_PART_COUNT] = {false};
	char title[160], reading[200];
	struct nb_figure figure = {
		.title = title, .reading = reading, .axis = axis_of(source), .wide = LEFT + 4 * LANE + LABELS};

	for (size_t i = 1; i < count; i++)
		at[i] = at[i - 1] + cascade__quantile(group, i, 0.5, source->per_ns);
	total = at[count - 1] > 0 ? at[count - 1] : 1;
	place_labels(at, label, count, LABEL / high * 1.1 * total, 1.05 * total);
	write_steps(out, group, at, label, source->per_ns, there);
	write_parts(out, there);
	nb_block(out, "panels");
	nb_panel_write(out, &(struct nb_panel){LEFT, NB_FIGURE_TOP + 20, 4 * LANE, high, 0, 4, ""});
	nb_panel_write(
		out, &(struct nb_panel){LEFT + 4 * LANE, NB_FIGURE_TOP + 20, LABELS - NB_FIGURE_SIDE, high, 0, 1, ""});
	nb_block(out, "time");
	fprintf(out, "%.9g\t%.9g\t%.9g\t%d\n", -0.05 * total, 1.05 * total, at[count - 1], guest_lane(group));
	snprintf(title, sizeof(title), "A cascade that %s sets off at %s, %s", op, source->level, source->config);
	snprintf(
		reading, sizeof(reading),
		"time goes down; who runs, and a label a step with the median since the step before; %zu of %zu cascades took these %zu "
		"steps",
		group->count, whole, count);
	figure.high = NB_FIGURE_TOP + 20 + high + NB_FIGURE_BOTTOM;
	nb_figure_write(out, &suite, &figure);
	free(at);
	free(label);
}

/* Families follow the order of the bars, which is the order of the list of operations. */
static void fill_suite(struct nb_suite *suite, const struct nb_trace_bar *bars, size_t count)
{
	suite->ops = nb_zeroed(count, sizeof(*suite->ops));
	suite->families = nb_zeroed(count, sizeof(*suite->families));
	suite->op_count = count;
	for (size_t i = 0; i < count; i++) {
		if (i == 0 || strcmp(bars[i].family, bars[i - 1].family) != 0)
			suite->families[suite->family_count++] = bars[i].family;
		suite->ops[i] = (struct nb_suite_op){.name = bars[i].op, .family = suite->family_count - 1};
	}
}

/*
 * Writes the blocks "bars" (panel, part, top, bottom, begin, end) and "totals" (y, end, text).
 * Returns the longest bar.
 */
static double write_bars(FILE *out, const struct nb_rows *rows, const struct nb_trace_bar *bars, size_t count,
			 bool there[CASCADE_PART_COUNT])
{
	double most = 0, *total = nb_zeroed(count, sizeof(*total));
	char text[NB_SHORT];

	nb_block(out, "bars");
	for (size_t i = 0; i < count; i++) {
		const double middle = nb_rows_middle(rows, i), half = rows->lane * 0.36;
		double begin = 0;

		for (int p = 0; p < CASCADE_PART_COUNT; p++)
			total[i] += bars[i].part[p];
		most = fmax(most, total[i]);
		for (int p = 0; p < CASCADE_PART_COUNT; p++) {
			const double end = begin + bars[i].part[p];

			if (!(end > begin))
				continue;
			there[p] = true;
			fprintf(out, "1\t%d\t%.1f\t%.1f\t%.9g\t%.9g\n", p + 1, middle - half, middle + half, begin,
				end);
			fprintf(out, "2\t%d\t%.1f\t%.1f\t%.9g\t%.9g\n", p + 1, middle - half, middle + half,
				100 * begin / total[i], 100 * end / total[i]);
			begin = end;
		}
	}
	nb_block(out, "totals");
	for (size_t i = 0; i < count; i++)
		fprintf(out, "%.1f\t%.9g\t%s\n", nb_rows_middle(rows, i), total[i], nb_short(text, total[i]));
	free(total);
	return most;
}

void nb_trace_breakdown_write(FILE *out, const struct nb_trace_source *source, const struct nb_trace_bar *bars,
			      size_t count)
{
	struct nb_suite suite = suite_of(source);
	unsigned *lanes = nb_zeroed(count, sizeof(*lanes));
	bool there[CASCADE_PART_COUNT] = {false};
	struct nb_rows rows;
	char head[160];
	double most;
	struct nb_figure figure = {
		.title = "Where the time of an operation's cascades goes",
		.reading = "of each operation all cascades that an execution sets off; sums of their steps' medians",
		.axis = axis_of(source),
	};

	fill_suite(&suite, bars, count);
	for (size_t i = 0; i < count; i++)
		lanes[i] = 1;
	nb_rows_place(&rows, &suite, lanes, BAR, THIN);
	most = write_bars(out, &rows, bars, count, there);
	write_parts(out, there);
	nb_block(out, "panels");
	snprintf(head, sizeof(head), "%s, %s", source->level, source->config);
	nb_panel_write(
		out, &(struct nb_panel){rows.labels, rows.above, ABSOLUTE, rows.total, 0, fmax(most, 1) * 1.14, head});
	nb_panel_write(out, &(struct nb_panel){rows.labels + ABSOLUTE + NB_FIGURE_GAP, rows.above, SHARES, rows.total,
					       0, 100, "shares"});
	figure.wide = rows.labels + ABSOLUTE + NB_FIGURE_GAP + SHARES + NB_FIGURE_SIDE;
	figure.high = rows.above + rows.total + NB_FIGURE_BOTTOM;
	nb_figure_write(out, &suite, &figure);
	nb_rows_write(out, &suite, &rows);
	nb_rows_free(&rows);
	free(lanes);
	free(suite.ops);
	free(suite.families);
}
