/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Builds a tree from a stream of records: results, runs, operations, samples. The bytes may arrive
 * in pieces of any size. After damage, everything before the damage is kept.
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

/*
 * The interrupts that a witness counted in a window. `counted` is false if the witness reported
 * nothing about this window.
 */
struct nb_irq_count {
	bool counted;
	uint64_t irq_exits;
};

struct nb_window {
	size_t first;            /* index of the first sample; the samples end at the next window's first */
	size_t first_event;      /* index of the first event of the tracer, in the same way */
	uint64_t lost;           /* events that the tracer had no space for */
	bool closed;             /* the window reached its end */
	struct nb_irq_count kvm; /* the count of L0, if L0 is KVM */
	struct nb_irq_count hv;  /* the count of our hypervisor that runs the measured guest */
	struct nb_irq_count l0;  /* the count of our hypervisor as L0, if it runs another hypervisor */
};

/* One operation in one run, with all its windows. */
struct nb_op_result {
	char name[NB_OP_NAME_LEN + 1];
	struct nb_sample *samples;
	size_t sample_count;
	struct nb_counter *counters; /* hv.*, l0.* and so on, and kvm.*, summed over the windows, in stream order */
	size_t counter_count;
	struct nb_window *window; /* all windows, in stream order */
	/* events of the tracer, in stream order; a window starts at .window[].first_event */
	struct trace_event *events;
	size_t event_count;
	uint64_t windows; /* number of opened windows */
	uint64_t closed;  /* number of closed windows; if fewer, the operation is incomplete */
	char *skip;       /* why it was not run; NULL if it was run */
};

/* One of the machines in a result. Texts are never NULL. */
struct nb_variant {
	char *kernel, *kernel_args, *cpu;
	/* metadata from the machine's streams, without "meta."; the last value of a key counts */
	struct nb_text *meta;
	size_t meta_count;
	bool damaged; /* a stream of this machine is damaged; the results' damage describes the first damage */
};

struct nb_run {
	size_t variant; /* index of the machine in the results' variants */
	char *level;    /* never NULL, like the next four; "" if the stream does not say */
	char *trace;    /* mode of the tracer, if modes alternated; also the last word of config */
	char *l0;
	char *config;
	char *vmm;
	struct nb_op_result *ops;
	size_t op_count;
	struct nb_text *texts; /* other facts that the run reported about itself */
	size_t text_count;
	bool ended;
	uint32_t status; /* status of its end; 0: it ran to its end */
};

struct nb_results {
	struct nb_run *runs;
	size_t run_count;
	struct nb_variant *variants; /* machines of the runs; 1 or more */
	size_t variant_count;
	struct nb_text *meta; /* metadata of the first variant, and metadata that no stream can know */
	size_t meta_count;
	char *damage; /* position and kind of the first damage; NULL: no damage */
};

/*
 * The state while one stream is decoded. Several streams, one after the other, may fill the same
 * results.
 */
struct nb_collector {
	struct nb_results *results;
	size_t variant;  /* variant of the stream */
	uint64_t offset; /* bytes decoded */
	unsigned char part[sizeof(struct nb_record)];
	size_t part_length;
	uint32_t seq;     /* expected number of the next record */
	char *line;       /* pieces of a text line so far */
	size_t length;    /* length of these pieces in bytes */
	char *skip;       /* a reason for the next SKIP record */
	char *trace;      /* mode of the tracer for the next run.level; NULL: no mode */
	size_t begin_run; /* first run of the stream */
	size_t first_run; /* first run of the current process in the stream */
	size_t run;       /* run of the current records; SIZE_MAX: no run has begun */
	size_t op;        /* operation of the window that is open or was closed last, or SIZE_MAX */
	bool open;
	size_t window_samples;
	bool stopped; /* damaged; the rest is ignored */
};

/* Returns the index of the variant with these names, and adds the variant if it is new. */
size_t nb_results_variant(struct nb_results *results, const char *kernel, const char *kernel_args, const char *cpu);

/* Begins a stream of the given variant. `results` must be all zero at first (= {0}). */
void nb_collect_begin_of(struct nb_collector *collector, struct nb_results *results, size_t variant);

/* Begins a stream of an unknown machine. Its variant has empty names. */
void nb_collect_begin(struct nb_collector *collector, struct nb_results *results);

/*
 * Decodes `length` bytes. Returns false after the stream is damaged. Then results->damage describes
 * the damage, and the rest is ignored.
 */
bool nb_collect_feed(struct nb_collector *collector, const void *bytes, size_t length);

/*
 * Ends the stream; a trailing part of a record is damage. Returns false if the stream was damaged.
 */
bool nb_collect_end(struct nb_collector *collector);

void nb_results_free(struct nb_results *results);

/* Adds metadata that no stream can know. Replaces the value of an existing key. */
void nb_results_set_meta(struct nb_results *results, const char *key, const char *value);

/*
 * Adds metadata of one variant. Metadata of the first variant also become metadata of the results.
 */
void nb_results_set_variant_meta(struct nb_results *results, size_t variant, const char *key, const char *value);

/*
 * Records that something is missing, if the stream itself cannot show it. The first text stays. The
 * format is that of printf().
 */
void nb_results_set_damage(struct nb_results *results, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Returns true if the run ended with status 0 and all its windows were closed. */
bool nb_run_complete(const struct nb_run *run);

/* Returns true if anything is missing: damage, no run at all, or an incomplete run. */
bool nb_results_incomplete(const struct nb_results *results);

/* Returns the operation of this run, or NULL. */
const struct nb_op_result *nb_run_op(const struct nb_run *run, const char *name);

#endif
