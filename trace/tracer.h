/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Loads the eBPF programs of kvm.bpf.c, attaches the programs that this kernel supports, and reads
 * their counts and events.
 */
#ifndef NB_TRACER_H
#define NB_TRACER_H

#include <stdbool.h>
#include <stdint.h>

#include "trace/trace_event.h"

struct kernel_types;

struct tracer_options {
	const struct kernel_types *types; /* kernel_fit.h looks names up in them; NULL: the tracer loads them */
	uint32_t tgid;                    /* the process whose VMs are watched; 0: all */
	uint32_t vcpu;                    /* number + 1; 0: all */
	uint32_t level;                   /* 1 or 2: only exits of this level; 0: both */
	uint64_t reasons[2];              /* a bit for each wanted exit reason; all zero: every reason */
	bool timing;                      /* measure durations from exit to entry */
	bool streaming;                   /* send every event */
	bool alone;                       /* only one of the watched vCPUs runs at a time */
	bool everything;                  /* load every program that fits this kernel, needed or not; for tests */
	uint32_t ring_bytes; /* size of the ring buffer for streamed events: a power of two, at least a page */
};

struct tracer;

/*
 * Returns NULL with one line in why (of size bytes) that names the problem and the remedy: no
 * permission, no BTF, KVM not loaded, or an essential tracepoint. If a probe that only some figures
 * need is missing or refused, the tracer works without it: see tracer__missing().
 */
struct tracer *tracer__open(const struct tracer_options *options, char *why, unsigned size);
void tracer__close(struct tracer *tracer);

/*
 * Detach the programs from their tracepoints but keep all counts, and attach them again.
 * tracer__attach() returns false if the kernel refuses.
 */
void tracer__detach(struct tracer *tracer);
bool tracer__attach(struct tracer *tracer);

/*
 * Returns the probes that this kernel lacks or refuses, separated by blanks; "" if none.
 * missing_figures.h tells which figures need each probe.
 */
const char *tracer__missing(const struct tracer *tracer);

/* Adds up the current counts of all CPUs. It also decides whether more vCPUs may become known. */
void tracer__counts(struct tracer *tracer, struct trace_counts *sum);

#define TRACER_PROGRAMS 64 /* largest number of programs */

enum tracer_state {
	TRACER_ATTACHED,
	TRACER_ABSENT,    /* this kernel lacks the tracepoint or function */
	TRACER_OTHER,     /* it has other arguments, for which another program exists */
	TRACER_NEEDLESS,  /* the options do not need it */
	TRACER_UNKNOWING, /* known vCPUs (fast_vcpus.bpf.h) are unsupported by this kernel or these options */
	TRACER_REFUSED,   /* the kernel refused to load or attach it */
};

struct tracer_program {
	const char *name, *probe;
	enum tracer_state state;
};

/* Returns a program by its index, and its state. Returns false beyond the last program. */
bool tracer__program(const struct tracer *tracer, unsigned index, struct tracer_program *program);

/*
 * Adds up the durations of exits at a level (1 or 2) for one reason (0..TRACE_REASONS - 1), over
 * all CPUs. Returns false if they cannot be read.
 */
bool tracer__histogram(const struct tracer *tracer, unsigned level, unsigned reason, struct trace_histogram *sum);

/*
 * Passes the sent events to take(), in order, until take() returns false or no event is left.
 * Returns false if take() did. The event of a false take() is consumed too.
 */
bool tracer__drain(struct tracer *tracer, bool (*take)(const struct trace_event *event, void *context), void *context);

/* Returns the number of events that found the ring buffer full. */
uint64_t tracer__lost(const struct tracer *tracer);

#endif
