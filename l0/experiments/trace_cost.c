// SPDX-License-Identifier: GPL-2.0-only
/* Compares the medians of the trace modes. */
#include "l0/experiments/trace_cost.h"

#include <string.h>

#include "l0/base/util.h"
#include "l0/request/config.h"
#include "trace/modes.h"

bool trace_cost__is_streamed(const struct nb_run *run)
{
	return !*run->trace || strcmp(run->trace, trace_mode_text[TRACE_MODE_STREAM]) == 0;
}

void trace_cost__config(const struct nb_run *run, char *config, size_t size)
{
	struct config without = config__of(run->config);

	config__drop(&without, CONFIG_KNOB_trace);
	config__write(config, size, &without, ' ');
}

static bool same_but_mode(const struct nb_row *a, const struct nb_row *b)
{
	char left[CONFIG_TEXT], right[CONFIG_TEXT];

	trace_cost__config(a->run, left, sizeof(left));
	trace_cost__config(b->run, right, sizeof(right));
	return strcmp(a->op, b->op) == 0 && strcmp(a->level, b->level) == 0 && strcmp(left, right) == 0;
}

/* Returns NULL if the mode was not measured. */
static const struct nb_row *row_of(const struct nb_report *report, const struct nb_row *streamed, enum trace_mode mode)
{
	for (size_t i = 0; i < report->row_count; i++) {
		const struct nb_row *row = &report->rows[i];

		if (strcmp(row->run->trace, trace_mode_text[mode]) == 0 && same_but_mode(row, streamed) &&
		    row->result->sample_count)
			return row;
	}
	return NULL;
}

/* Returns true if this mode has a program attached for events of this kind. */
static bool sees(enum trace_mode mode, unsigned kind)
{
	if (mode == TRACE_MODE_STREAM)
		return true;
	return kind == TRACE_EXIT || kind == TRACE_VIRTUAL_EXIT || kind == TRACE_USER ||
	       (kind == TRACE_ENTRY && mode == TRACE_MODE_TIME);
}

/* Returns the events of one execution, counted from its cascades. */
static double events_of(const struct cascades *cascades, const struct nb_row *streamed, enum trace_mode mode)
{
	size_t events = 0;

	for (size_t g = 0; g < cascades->group_count; g++)
		for (size_t i = 0; i < cascades->groups[g].step_count; i++)
			events += sees(mode, cascades->groups[g].steps[i].kind) ? cascades->groups[g].count : 0;
	return (double)events / (double)streamed->result->sample_count;
}

static const char head[] = "clock,op,level,config,mode,n,p50_ticks,added_ticks,events_per_op,ticks_per_event\n";

bool trace_cost__begin(struct whole_file *csv, const char *folder)
{
	char path[700];

	text__format(path, sizeof(path), "%s/trace-cost.csv", folder);
	if (!whole_file__begin(csv, path))
		return false;
	fputs(head, csv->out);
	return true;
}

bool trace_cost__end(struct whole_file *csv)
{
	if (ftell(csv->out) != sizeof(head) - 1)
		return whole_file__end(csv, true);
	whole_file__drop(csv);
	return true;
}

static void put_mode(FILE *text, FILE *csv, const struct nb_row *row, const char *mode, const char *config,
		     double added, double events)
{
	char each[32] = "";

	if (events > 0)
		text__format(each, sizeof(each), "%.2f", added / events);
	fprintf(csv, "%s,%s,%s,%s,%s,%llu,%.2f,%.2f,%.2f,%s\n", row->clock, row->op, row->level, config, mode,
		(unsigned long long)row->n, row->p50_ticks, added, events, each);
	fprintf(text, "  %-8s %10.0f", mode, row->p50_ticks);
	if (events > 0)
		fprintf(text, " %+9.0f   %.2f events an execution, %s each", added, events, each);
}

void trace_cost__show(FILE *text, FILE *csv, const struct nb_report *report, const struct nb_row *streamed,
		      const struct cascades *cascades)
{
	const struct nb_row *off = row_of(report, streamed, TRACE_MODE_OFF);
	char config[CONFIG_TEXT];

	if (!off)
		return;
	trace_cost__config(off->run, config, sizeof(config));
	fprintf(text, "\nwhat tracing costs: medians of an execution, in windows that took turns (%s)\n", off->clock);
	put_mode(text, csv, off, trace_mode_text[TRACE_MODE_OFF], config, 0, 0);
	for (unsigned mode = TRACE_MODE_OFF + 1; mode < TRACE_MODE_COUNT_OF; mode++) {
		const struct nb_row *row = row_of(report, streamed, mode);

		if (!row)
			continue;
		fputc('\n', text);
		put_mode(text, csv, row, trace_mode_text[mode], config, row->p50_ticks - off->p50_ticks,
			 events_of(cascades, streamed, mode));
	}
	fprintf(text, ": so much of each step above is the tracer's own\n");
}
