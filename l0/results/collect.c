// SPDX-License-Identifier: GPL-2.0-only
/*
 * Decodes the record stream. The guest that wrote the stream is not trusted, so every record is
 * validated.
 */
#include "l0/results/collect.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "l0/base/allocate.h"
#include "l0/request/config.h"

/* Maximum length of a text line in bytes. Without a limit, a broken guest could fill the memory. */
#define TEXT_MAX 4096

static bool damaged(struct nb_collector *collector, const char *format, ...) __attribute__((format(printf, 2, 3)));

static bool damaged(struct nb_collector *collector, const char *format, ...)
{
	char what[256];
	char where[320];
	va_list args;

	va_start(args, format);
	vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	snprintf(where, sizeof(where), "record stream damaged at byte %" PRIu64 ": %s", collector->offset, what);
	collector->stopped = true;
	collector->results->variants[collector->variant].damaged = true;
	/* The first damage explains the later ones. */
	if (!collector->results->damage)
		collector->results->damage = nb_strdup(where);
	return false;
}

static struct nb_run *current_run(struct nb_collector *collector)
{
	return collector->run == SIZE_MAX ? NULL : &collector->results->runs[collector->run];
}

static void replace(char **text, const char *value)
{
	free(*text);
	*text = nb_strdup(value);
}

/*
 * In all files, blanks separate the words of a configuration, because gnuplot cuts a quoted cell at
 * its first comma. Returns false if there are too many words.
 */
static bool set_config(struct nb_run *run, const char *config)
{
	struct config words = {0};
	char text[CONFIG_TEXT];

	if (!config__parse(&words, config) || (*run->trace && !config__set_text(&words, CONFIG_KNOB_trace, run->trace)))
		return false;
	config__write(text, sizeof(text), &words, ' ');
	replace(&run->config, text);
	return true;
}

static void set_text(struct nb_text **texts, size_t *count, const char *key, const char *value)
{
	for (size_t i = 0; i < *count; i++)
		if (strcmp((*texts)[i].key, key) == 0) {
			replace(&(*texts)[i].value, value);
			return;
		}
	*texts = nb_grow(*texts, *count, sizeof(**texts));
	(*texts)[*count].key = nb_strdup(key);
	(*texts)[*count].value = nb_strdup(value);
	(*count)++;
}

/*
 * Levels alternate within the stream of a process. A level that occurred before continues its run.
 */
static bool select_run(struct nb_collector *collector, const char *level)
{
	struct nb_results *results = collector->results;
	const char *trace = collector->trace ? collector->trace : "";
	struct nb_run *run;

	collector->op = SIZE_MAX;
	collector->open = false;
	replace(&collector->skip, "");
	for (size_t i = collector->first_run; i < results->run_count; i++)
		if (strcmp(results->runs[i].level, level) == 0 && strcmp(results->runs[i].trace, trace) == 0) {
			collector->run = i;
			return true;
		}
	collector->run = results->run_count;
	results->runs = nb_grow(results->runs, results->run_count, sizeof(*results->runs));
	run = &results->runs[results->run_count++];
	run->variant = collector->variant;
	run->level = nb_strdup(level);
	run->trace = nb_strdup(trace);
	run->l0 = nb_strdup("");
	run->config = nb_strdup("");
	run->vmm = nb_strdup("");
	return set_config(run, "");
}

/*
 * Interrupt counts and lost events are also kept for each window. Only there can the affected
 * samples be found. Our hypervisor omits counters that are 0, so any of its counters proves that it
 * counted. Lost events break the cascades of their window.
 */
static void add_to_window(struct nb_window *window, const char *key, uint64_t number)
{
	if (strcmp(key, "bpf.lost") == 0) {
		window->lost += number;
	} else if (strcmp(key, "kvm.irq_exits") == 0) {
		window->kvm.counted = true;
		window->kvm.irq_exits += number;
	} else if (strncmp(key, "hv.", 3) == 0 || strncmp(key, "l0.", 3) == 0) {
		struct nb_irq_count *count = key[0] == 'h' ? &window->hv : &window->l0;

		count->counted = true;
		if (strcmp(key + 3, "exit.EXTERNAL_INTERRUPT") == 0)
			count->irq_exits += number;
	}
}

static bool add_counter(struct nb_collector *collector, const char *key, const char *value)
{
	struct nb_op_result *op = &current_run(collector)->ops[collector->op];
	uint64_t number;
	char *end;

	errno = 0;
	number = strtoull(value, &end, 10);
	if (*value < '0' || *value > '9' || *end || errno)
		return damaged(collector, "the counter %s is no number: %s", key, value);
	add_to_window(&op->window[op->windows - 1], key, number);
	for (size_t i = 0; i < op->counter_count; i++)
		if (strcmp(op->counters[i].key, key) == 0) {
			op->counters[i].value += number;
			return true;
		}
	op->counters = nb_grow(op->counters, op->counter_count, sizeof(*op->counters));
	op->counters[op->counter_count].key = nb_strdup(key);
	op->counters[op->counter_count].value = number;
	op->counter_count++;
	return true;
}

static bool starts_with(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

/*
 * A counter of our hypervisor starts with "hv.". If the hypervisor runs another hypervisor, its
 * counters start with its level, such as "l0.".
 */
static bool is_counter(const char *line)
{
	return starts_with(line, "hv.") || starts_with(line, "kvm.") || starts_with(line, "bpf.") ||
	       (line[0] == 'l' && line[1] >= '0' && line[1] <= '9' && line[2] == '.');
}

/* A file states metadata once for all its rows. These metadata come from the first variant. */
void nb_results_set_variant_meta(struct nb_results *results, size_t number, const char *key, const char *value)
{
	struct nb_variant *variant = &results->variants[number];

	set_text(&variant->meta, &variant->meta_count, key, value);
	if (number == 0)
		set_text(&results->meta, &results->meta_count, key, value);
}

static bool take_line(struct nb_collector *collector, char *line)
{
	char *value = strchr(line, '=');
	struct nb_run *run = current_run(collector);

	if (!value || value == line)
		return damaged(collector, "a text without key=value: %s", line);
	*value++ = '\0';
	if (strcmp(line, "run.level") == 0)
		return select_run(collector, value) || damaged(collector, "a mode of the tracer is too long");
	else if (strcmp(line, "run.trace") == 0)
		replace(&collector->trace, value);
	else if (starts_with(line, "meta.") && line[5])
		nb_results_set_variant_meta(collector->results, collector->variant, line + 5, value);
	else if (!run)
		return damaged(collector, "%s comes before the first run.level", line);
	else if (strcmp(line, "run.l0") == 0)
		replace(&run->l0, value);
	else if (strcmp(line, "run.config") == 0)
		return set_config(run, value) || damaged(collector, "a configuration has too many words");
	else if (strcmp(line, "run.vmm") == 0)
		replace(&run->vmm, value);
	else if (strcmp(line, "skip") == 0)
		replace(&collector->skip, value);
	/*
	 * A witness that counts up to the closing doorbell writes its counters before the guest's
	 * CLOSE record. If the records were cut off, it never writes them. So a counter belongs to
	 * the window that is open, or was closed last.
	 */
	else if (is_counter(line) && collector->op != SIZE_MAX && !run->ended)
		return add_counter(collector, line, value);
	else
		set_text(&run->texts, &run->text_count, line, value);
	return true;
}

static bool take_text(struct nb_collector *collector, const struct nb_record *record)
{
	size_t length = strnlen(record->text, NB_TEXT_LEN);

	if (collector->length + length >= TEXT_MAX)
		return damaged(collector, "a text of more than %d bytes", TEXT_MAX);
	if (!collector->line) {
		collector->line = calloc(1, TEXT_MAX);
		if (!collector->line)
			return damaged(collector, "no memory for a line of text");
	}
	/*
	 * Many programs read the files of results, so a stray byte of a guest must not break them.
	 */
	for (size_t i = 0; i < length; i++) {
		char c = record->text[i];

		collector->line[collector->length++] = c >= ' ' && c <= '~' ? c : '?';
	}
	if (record->flags & NB_RECORD_MORE)
		return true;
	collector->line[collector->length] = '\0';
	collector->length = 0;
	return take_line(collector, collector->line);
}

static bool op_name(const struct nb_record *record, char name[NB_OP_NAME_LEN + 1])
{
	memcpy(name, record->window.op, NB_OP_NAME_LEN);
	name[NB_OP_NAME_LEN] = '\0';
	for (const char *c = name; *c; c++)
		if (*c <= ' ' || *c > '~')
			return false;
	return name[0] != '\0';
}

static size_t find_or_add_op(struct nb_run *run, const char *name)
{
	for (size_t i = 0; i < run->op_count; i++)
		if (strcmp(run->ops[i].name, name) == 0)
			return i;
	run->ops = nb_grow(run->ops, run->op_count, sizeof(*run->ops));
	strcpy(run->ops[run->op_count].name, name);
	return run->op_count++;
}

static void add_window(struct nb_op_result *op)
{
	op->window = nb_grow(op->window, op->windows, sizeof(*op->window));
	op->window[op->windows].first = op->sample_count;
	op->window[op->windows++].first_event = op->event_count;
}

static bool take_window(struct nb_collector *collector, const struct nb_record *record)
{
	struct nb_run *run = current_run(collector);
	char name[NB_OP_NAME_LEN + 1];

	if (!op_name(record, name))
		return damaged(collector, "an operation without a name");
	switch (record->type) {
	case NB_RECORD_OPEN:
		/*
		 * A window that is still open stays open forever, and its operation is incomplete.
		 */
		collector->op = find_or_add_op(run, name);
		add_window(&run->ops[collector->op]);
		collector->open = true;
		collector->window_samples = 0;
		return true;
	case NB_RECORD_CLOSE:
		if (!collector->open || strcmp(run->ops[collector->op].name, name) != 0)
			return damaged(collector, "a window of %s closes that is not open", name);
		if (record->window.n != collector->window_samples)
			return damaged(collector, "a window of %s holds %zu samples and claims %" PRIu32, name,
				       collector->window_samples, record->window.n);
		collector->open = false;
		run->ops[collector->op].closed++;
		run->ops[collector->op].window[run->ops[collector->op].windows - 1].closed = true;
		return true;
	default: /* NB_RECORD_SKIP */
		collector->op = find_or_add_op(run, name);
		replace(&run->ops[collector->op].skip,
			collector->skip && *collector->skip ? collector->skip : "no reason given");
		replace(&collector->skip, "");
		collector->open = false;
		collector->op = SIZE_MAX;
		return true;
	}
}

static bool take_sample(struct nb_collector *collector, const struct nb_record *record)
{
	struct nb_op_result *op;

	if (!collector->open)
		return damaged(collector, "a sample outside a window");
	op = &current_run(collector)->ops[collector->op];
	op->samples = nb_grow(op->samples, op->sample_count, sizeof(*op->samples));
	op->samples[op->sample_count].start = record->sample.start;
	op->samples[op->sample_count++].ticks = record->sample.ticks;
	collector->window_samples++;
	return true;
}

static bool take_event(struct nb_collector *collector, const struct nb_record *record)
{
	struct nb_op_result *op;

	if (!collector->open)
		return damaged(collector, "an event outside a window");
	if (record->event.kind >= TRACE_KIND_COUNT || record->event.level < 1 || record->event.level > 2)
		return damaged(collector, "an event of no known kind or level");
	op = &current_run(collector)->ops[collector->op];
	op->events = nb_grow(op->events, op->event_count, sizeof(*op->events));
	op->events[op->event_count++] = (struct trace_event){.time = record->event.time,
							     .info = record->event.info,
							     .seq = record->event.number,
							     .reason = record->event.reason,
							     .vcpu = record->event.vcpu,
							     .kind = record->event.kind,
							     .level = record->event.level};
	return true;
}

static bool take_detail(struct nb_collector *collector, const struct nb_record *record)
{
	struct nb_op_result *op = collector->open ? &current_run(collector)->ops[collector->op] : NULL;
	struct trace_event *event;

	if (!op || op->event_count == op->window[op->windows - 1].first_event)
		return damaged(collector, "a detail of no event");
	event = &op->events[op->event_count - 1];
	if (event->seq != record->detail.number)
		return damaged(collector, "a detail of event %" PRIu32 " behind event %" PRIu32, record->detail.number,
			       (uint32_t)event->seq);
	event->rip = record->detail.rip;
	event->interruption_info = record->detail.interruption_info;
	event->error_code = record->detail.error_code;
	return true;
}

/* The record applies to all runs of the process that wrote it. An error status stays. */
static bool take_end(struct nb_collector *collector, const struct nb_record *record)
{
	for (size_t i = collector->first_run; i < collector->results->run_count; i++) {
		struct nb_run *run = &collector->results->runs[i];

		if (!run->ended || run->status == 0)
			run->status = record->end.status;
		run->ended = true;
	}
	return true;
}

static bool check_seq(struct nb_collector *collector, const struct nb_record *record)
{
	/*
	 * A second process may append to the stream of the first one. It counts from 0 again, and
	 * its runs are separate.
	 */
	if (record->seq == 0 && collector->seq != 0) {
		collector->seq = 0;
		collector->length = 0;
		collector->first_run = collector->results->run_count;
		collector->run = SIZE_MAX;
		replace(&collector->trace, "");
	}
	if (record->seq != collector->seq)
		return damaged(collector, "record %" PRIu32 " follows where %" PRIu32 " was due", record->seq,
			       collector->seq);
	collector->seq++;
	return true;
}

static bool take_record(struct nb_collector *collector, const struct nb_record *record)
{
	const struct nb_run *run;

	if (record->type == NB_RECORD_NONE || record->type >= NB_RECORD_TYPES)
		return damaged(collector, "no record has the type %u", record->type);
	if (!check_seq(collector, record))
		return false;
	if (record->type == NB_RECORD_TEXT)
		return take_text(collector, record);
	run = current_run(collector); /* a second process has no run yet */
	/* A process that fails before its guest has a ring can only write its end record. */
	if (!run && record->type == NB_RECORD_END && record->end.status != 0)
		return true;
	if (!run)
		return damaged(collector, "a record of type %u before the first run.level", record->type);
	if (record->type == NB_RECORD_END)
		return take_end(collector, record);
	if (run->ended)
		return damaged(collector, "a record of type %u after the end of its run", record->type);
	if (record->type == NB_RECORD_EVENT)
		return take_event(collector, record);
	if (record->type == NB_RECORD_DETAIL)
		return take_detail(collector, record);
	return record->type == NB_RECORD_SAMPLE ? take_sample(collector, record) : take_window(collector, record);
}

size_t nb_results_variant(struct nb_results *results, const char *kernel, const char *kernel_args, const char *cpu)
{
	struct nb_variant *variant;

	for (size_t i = 0; i < results->variant_count; i++) {
		variant = &results->variants[i];
		if (strcmp(variant->kernel, kernel) == 0 && strcmp(variant->kernel_args, kernel_args) == 0 &&
		    strcmp(variant->cpu, cpu) == 0)
			return i;
	}
	results->variants = nb_grow(results->variants, results->variant_count, sizeof(*results->variants));
	variant = &results->variants[results->variant_count];
	variant->kernel = nb_strdup(kernel);
	variant->kernel_args = nb_strdup(kernel_args);
	variant->cpu = nb_strdup(cpu);
	return results->variant_count++;
}

void nb_collect_begin(struct nb_collector *collector, struct nb_results *results)
{
	nb_collect_begin_of(collector, results, nb_results_variant(results, "", "", ""));
}

void nb_collect_begin_of(struct nb_collector *collector, struct nb_results *results, size_t variant)
{
	memset(collector, 0, sizeof(*collector));
	collector->results = results;
	collector->variant = variant;
	collector->begin_run = collector->first_run = results->run_count;
	collector->run = collector->op = SIZE_MAX;
}

bool nb_collect_feed(struct nb_collector *collector, const void *bytes, size_t length)
{
	const unsigned char *from = bytes;
	struct nb_record record;

	while (length > 0 && !collector->stopped) {
		size_t take = sizeof(record) - collector->part_length;

		take = take < length ? take : length;
		memcpy(collector->part + collector->part_length, from, take);
		collector->part_length += take;
		from += take;
		length -= take;
		if (collector->part_length < sizeof(record))
			break;
		memcpy(&record, collector->part, sizeof(record));
		collector->part_length = 0;
		if (take_record(collector, &record))
			collector->offset += sizeof(record);
	}
	return !collector->stopped;
}

/*
 * Returns an operation that both runs measure. `empty` does not count, because every run measures
 * it.
 */
static const char *shared_op(const struct nb_run *a, const struct nb_run *b)
{
	for (size_t i = 0; i < a->op_count; i++)
		for (size_t j = 0; j < b->op_count; j++)
			if (strcmp(a->ops[i].name, b->ops[j].name) == 0 && strcmp(a->ops[i].name, "empty") != 0)
				return a->ops[i].name;
	return NULL;
}

static bool is_same(const struct nb_run *a, const struct nb_run *b)
{
	return strcmp(a->level, b->level) == 0 && strcmp(a->trace, b->trace) == 0 && strcmp(a->l0, b->l0) == 0 &&
	       strcmp(a->config, b->config) == 0 && strcmp(a->vmm, b->vmm) == 0;
}

/* A stream that contains the same bytes twice measures an operation twice. */
static void look_for_doubles(struct nb_collector *collector)
{
	const struct nb_results *results = collector->results;

	for (size_t i = collector->begin_run; i < results->run_count; i++)
		for (size_t j = i + 1; j < results->run_count; j++) {
			const struct nb_run *a = &results->runs[i], *b = &results->runs[j];
			const char *op = is_same(a, b) ? shared_op(a, b) : NULL;

			if (!op || collector->stopped)
				continue;
			damaged(collector, "%s at %s was measured twice", op, a->level);
		}
}

bool nb_collect_end(struct nb_collector *collector)
{
	if (!collector->stopped && collector->part_length > 0)
		damaged(collector, "it ends %zu bytes into a record", collector->part_length);
	look_for_doubles(collector);
	free(collector->line);
	collector->line = NULL;
	free(collector->skip);
	free(collector->trace);
	collector->skip = collector->trace = NULL;
	return !collector->stopped;
}

static void free_texts(struct nb_text *texts, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		free(texts[i].key);
		free(texts[i].value);
	}
	free(texts);
}

static void free_op(struct nb_op_result *op)
{
	for (size_t i = 0; i < op->counter_count; i++)
		free(op->counters[i].key);
	free(op->counters);
	free(op->window);
	free(op->samples);
	free(op->events);
	free(op->skip);
}

void nb_results_free(struct nb_results *results)
{
	for (size_t i = 0; i < results->run_count; i++) {
		struct nb_run *run = &results->runs[i];

		for (size_t j = 0; j < run->op_count; j++)
			free_op(&run->ops[j]);
		free(run->ops);
		free_texts(run->texts, run->text_count);
		free(run->level);
		free(run->l0);
		free(run->config);
		free(run->trace);
		free(run->vmm);
	}
	free(results->runs);
	for (size_t i = 0; i < results->variant_count; i++) {
		free(results->variants[i].kernel);
		free(results->variants[i].kernel_args);
		free(results->variants[i].cpu);
		free_texts(results->variants[i].meta, results->variants[i].meta_count);
	}
	free(results->variants);
	free_texts(results->meta, results->meta_count);
	free(results->damage);
	memset(results, 0, sizeof(*results));
}

bool nb_run_complete(const struct nb_run *run)
{
	for (size_t i = 0; i < run->op_count; i++)
		if (run->ops[i].closed < run->ops[i].windows)
			return false;
	return run->ended && run->status == 0;
}

bool nb_results_incomplete(const struct nb_results *results)
{
	for (size_t i = 0; i < results->run_count; i++)
		if (!nb_run_complete(&results->runs[i]))
			return true;
	return results->damage || results->run_count == 0;
}

const struct nb_op_result *nb_run_op(const struct nb_run *run, const char *name)
{
	for (size_t i = 0; i < run->op_count; i++)
		if (strcmp(run->ops[i].name, name) == 0)
			return &run->ops[i];
	return NULL;
}

void nb_results_set_meta(struct nb_results *results, const char *key, const char *value)
{
	set_text(&results->meta, &results->meta_count, key, value);
}

void nb_results_set_damage(struct nb_results *results, const char *format, ...)
{
	char text[256];
	va_list args;

	if (results->damage)
		return;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	results->damage = nb_strdup(text);
}
