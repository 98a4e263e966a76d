/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Builds streams of records, and shows the decoder's tree as one text. Fuzz targets start from the
 * same streams, so this needs no test framework.
 */
#ifndef NB_L0_TESTS_STREAMS_H
#define NB_L0_TESTS_STREAMS_H

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "l0/results/collect.h"
#include "trace/cascade.h"

struct stream {
	struct nb_record records[512];
	size_t count;
	uint32_t seq;
};

static inline struct nb_record *put(struct stream *stream, enum nb_record_type type)
{
	struct nb_record *record = &stream->records[stream->count++];

	if (stream->count > 512)
		abort();
	record->type = (uint16_t)type;
	record->seq = stream->seq++;
	return record;
}

static inline void put_text(struct stream *stream, const char *line)
{
	size_t length = strlen(line);

	do {
		struct nb_record *record = put(stream, NB_RECORD_TEXT);
		size_t part = length < NB_TEXT_LEN ? length : NB_TEXT_LEN;

		memcpy(record->text, line, part);
		line += part;
		length -= part;
		if (length)
			record->flags |= NB_RECORD_MORE;
	} while (length);
}

static inline void put_window(struct stream *stream, enum nb_record_type type, const char *op, uint32_t n)
{
	struct nb_record *record = put(stream, type);

	memcpy(record->window.op, op, strlen(op));
	record->window.n = n;
}

static inline void put_samples(struct stream *stream, uint32_t n, uint64_t ticks)
{
	for (uint32_t i = 0; i < n; i++) {
		struct nb_record *record = put(stream, NB_RECORD_SAMPLE);

		record->sample.start = 1000 + i;
		record->sample.ticks = ticks + i;
	}
}

static inline void put_event(struct stream *stream, enum trace_kind kind, unsigned level, unsigned reason,
			     uint32_t number)
{
	struct nb_record *record = put(stream, NB_RECORD_EVENT);

	record->event.time = 9283245810 + 1000ull * number;
	record->event.number = number;
	record->event.reason = (uint16_t)reason;
	record->event.kind = (uint8_t)kind;
	record->event.level = (uint8_t)level;
}

static inline void put_detail(struct stream *stream, uint64_t rip, uint32_t number)
{
	struct nb_record *record = put(stream, NB_RECORD_DETAIL);

	record->detail.rip = rip;
	record->detail.interruption_info = 0x80000b0e;
	record->detail.error_code = 3;
	record->detail.number = number;
}

/* The VMM repeats everything that it knows of a run whenever it switches to it. */
static inline void put_level(struct stream *stream, const char *level)
{
	char line[64];

	snprintf(line, sizeof(line), "run.level=%s", level);
	put_text(stream, line);
	put_text(stream, "run.l0=kvm");
	put_text(stream, "run.vmm=nestbed");
	put_text(stream, "run.config=shadow_vmcs=on");
}

/*
 * Two runs that take turns: an L0 with a skipped operation, and an L2 with two windows of cpuid and
 * counters of both witnesses.
 */
static inline void put_everything(struct stream *stream)
{
	put_text(stream, "meta.kernel=6.1.0-18-cloud-amd64 #1 SMP, a long one");
	for (uint32_t window = 0; window < 2; window++) {
		put_level(stream, "L0");
		put_window(stream, NB_RECORD_OPEN, "cpuid", 2 - window);
		put_samples(stream, 2 - window, 100 + 10 * (uint64_t)window);
		put_window(stream, NB_RECORD_CLOSE, "cpuid", 2 - window);
		put_text(stream, "skip=not legal in ring 3: a process gets #UD or #GP");
		put_window(stream, NB_RECORD_SKIP, "vmcall", 0);
		put_level(stream, "L2");
		put_text(stream, "hv.version=1");
		put_window(stream, NB_RECORD_OPEN, "cpuid", 2);
		put_samples(stream, 2, 5000 + 10 * (uint64_t)window);
		put_text(stream, "hv.exit.CPUID=2");
		if (window == 0)
			put_window(stream, NB_RECORD_CLOSE, "cpuid", 2);
		put_text(stream, "kvm.exits=7"); /* before CLOSE and after it: both belong to the window */
		if (window == 1)
			put_window(stream, NB_RECORD_CLOSE, "cpuid", 2);
	}
	put_text(stream, "meta.kernel=6.1.0-19");
	put(stream, NB_RECORD_END);
}

/* Returns a tree as text, so that trees can be compared. */
static inline char *describe(const struct nb_results *results)
{
	char *text;
	size_t size;
	FILE *out = open_memstream(&text, &size);

	if (!out)
		abort();
	fprintf(out, "damage %s\n", results->damage ? results->damage : "none");
	for (size_t i = 0; i < results->meta_count; i++)
		fprintf(out, "meta %s=%s\n", results->meta[i].key, results->meta[i].value);
	for (size_t i = 0; i < results->run_count; i++) {
		const struct nb_run *run = &results->runs[i];

		fprintf(out, "run %s %s [%s] %s ended=%d status=%u\n", run->level, run->l0, run->config, run->vmm,
			run->ended, run->status);
		for (size_t j = 0; j < run->text_count; j++)
			fprintf(out, " text %s=%s\n", run->texts[j].key, run->texts[j].value);
		for (size_t j = 0; j < run->op_count; j++) {
			const struct nb_op_result *op = &run->ops[j];

			fprintf(out, " op %s windows=%d/%d skip=%s:", op->name, (int)op->closed, (int)op->windows,
				op->skip ? op->skip : "");
			for (size_t k = 0; k < op->windows; k++)
				if (op->window[k].kvm.counted)
					fprintf(out, " irq(%d)=%d", (int)op->window[k].first,
						(int)op->window[k].kvm.irq_exits);
			for (size_t k = 0; k < op->sample_count; k++)
				fprintf(out, " %d+%d", (int)op->samples[k].start, (int)op->samples[k].ticks);
			for (size_t k = 0; k < op->event_count; k++)
				fprintf(out, " %s@%d:L%d", trace_kind_text[op->events[k].kind], (int)op->events[k].seq,
					op->events[k].level);
			for (size_t k = 0; k < op->counter_count; k++)
				fprintf(out, " %s=%d", op->counters[k].key, (int)op->counters[k].value);
			fputc('\n', out);
		}
	}
	fclose(out);
	return text;
}

/* Decodes the stream in chunks of this many bytes. */
static inline bool decode(const void *bytes, size_t length, size_t chunk, struct nb_results *results)
{
	struct nb_collector collector;

	nb_collect_begin(&collector, results);
	for (size_t done = 0; done < length; done += chunk)
		nb_collect_feed(&collector, (const char *)bytes + done, length - done < chunk ? length - done : chunk);
	return nb_collect_end(&collector);
}

#endif
