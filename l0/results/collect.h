/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * From a stream of records to a tree: results, runs, operations, samples.
 * Bytes may come in pieces of any size; whatever is wrong with them, all that came before is kept.
 */
#ifndef NB_COLLECT_H
#define NB_COLLECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "l0/witness/agreement.h"
#include "microbench/abi/record.h"
#include "trace/trace_event.h"

struct nb_sample {
	uint64_t start; /* ticks */
	uint64_t ticks;
};

struct nb_text {
	char *key;
	char *value;
};

/* Interrupts that a witness counted in a window. counted is false if it said nothing about this window. */
struct nb_irq_count {
	bool counted;
	uint64_t irq_exits;
};

struct nb_window {
	size_t first;            /* sample; the window's samples go on to the next window's first */
	size_t first_event;      /* likewise, of the tracer's events */
	uint64_t lost;           /* events that the tracer had no room for */
	bool closed;             /* to its end */
	struct nb_irq_count kvm; /* L0's own count, if L0 is KVM */
	struct nb_irq_count hv;  /* our hypervisor's, which runs who was measured */
	struct nb_irq_count l0;  /* that of ours which is L0, where it runs another one */
};

/* One operation in one run: all its windows together. */
struct nb_op_result {
	char name[NB_OP_NAME_LEN + 1];
	struct nb_sample *samples;
	size_t sample_count;
	struct nb_counter
		*counters; /* hv.*, l0.* and so on, and kvm.*, summed over the windows, in the order of the stream */
	size_t counter_count;
	struct nb_window *window; /* each of them, in the order of the stream */
	struct trace_event
		*events; /* of the tracer, in the order of the stream; of a window from .window[].first_event on */
	size_t event_count;
	uint64_t windows; /* opened */
	uint64_t closed;  /* of these, closed; fewer: the operation is incomplete */
	char *skip;       /* why it was not run; NULL if it was */
};

/* A machine of several that one result has rows of. Texts are never NULL. */
struct nb_variant {
	char *kernel, *kernel_args, *cpu;
	struct nb_text
		*meta; /* what the streams of this one say about it: "meta." is cut off; the last value of a key wins */
	size_t meta_count;
	bool damaged; /* a stream of this one is: the results' damage says how, if it was the first */
};

struct nb_run {
	size_t variant; /* of the results: the machine that it ran on */
	char *level;    /* never NULL, nor are the next four: "" if the stream does not say */
	char *trace;    /* mode of the tracer, where modes took turns; config has it as its last word */
	char *l0;
	char *config;
	char *vmm;
	struct nb_op_result *ops;
	size_t op_count;
	struct nb_text *texts; /* what else the run said about itself */
	size_t text_count;
	bool ended;
	uint32_t status; /* of its end; 0: it ran to its end */
};

struct nb_results {
	struct nb_run *runs;
	size_t run_count;
	struct nb_variant *variants; /* of runs: 1 or more */
	size_t variant_count;
	struct nb_text *meta; /* of the first variant, and what no stream can know */
	size_t meta_count;
	char *damage; /* what is wrong with a stream, where; NULL if nothing is */
};

/* The state of decoding one stream. Several streams, one after the other, may fill the same results. */
struct nb_collector {
	struct nb_results *results;
	size_t variant;  /* that the stream is from */
	uint64_t offset; /* bytes decoded */
	unsigned char part[sizeof(struct nb_record)];
	size_t part_length;
	uint32_t seq;     /* of the next record */
	char *line;       /* pieces of a text line so far */
	size_t length;    /* of them */
	char *skip;       /* a reason that waits for its SKIP record */
	char *trace;      /* mode of the tracer, of the run.level that comes next; NULL: none is said */
	size_t begin_run; /* the first one of the stream */
	size_t first_run; /* of this process' part of the stream */
	size_t run;       /* whose records come now, or SIZE_MAX: no run has begun */
	size_t op;        /* of the window that is open or was closed last, or SIZE_MAX */
	bool open;
	size_t window_samples;
	bool stopped; /* damaged: the rest is not looked at */
};

/* The number of the variant with these names, which is added if there is none. */
size_t nb_results_variant(struct nb_results *results, const char *kernel, const char *kernel_args, const char *cpu);

/* results must be all zero at first (= {0}). The stream is from that variant of theirs. */
void nb_collect_begin_of(struct nb_collector *collector, struct nb_results *results, size_t variant);

/* The same for a stream of which nobody says what machine it is from: its variant has empty names. */
void nb_collect_begin(struct nb_collector *collector, struct nb_results *results);

/* Decodes length bytes. False once the stream is damaged; results->damage says how, and the rest is ignored. */
bool nb_collect_feed(struct nb_collector *collector, const void *bytes, size_t length);

/* The stream is over: a trailing part of a record is damage. False if the stream was damaged. */
bool nb_collect_end(struct nb_collector *collector);

void nb_results_free(struct nb_results *results);

/* Adds metadata that no stream can know; replaces the value of a key that is there. */
void nb_results_set_meta(struct nb_results *results, const char *key, const char *value);

/* The same for one variant. What the first variant says is metadata of the results, too. */
void nb_results_set_variant_meta(struct nb_results *results, size_t variant, const char *key, const char *value);

/* Says that something is missing which the stream itself cannot show. The first such text stays. printf-like. */
void nb_results_set_damage(struct nb_results *results, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* True if the run came to its end with status 0 and all its windows were closed. */
bool nb_run_complete(const struct nb_run *run);

/* True if anything is missing: damage, no run at all, or a run that is not complete. */
bool nb_results_incomplete(const struct nb_results *results);

/* The operation of this run, or NULL. */
const struct nb_op_result *nb_run_op(const struct nb_run *run, const char *name);

#endif
