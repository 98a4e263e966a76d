/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Loads the eBPF programs of kvm.bpf.c, attaches those that this kernel has tracepoints for, and reads what they count and send.
 */
#ifndef NB_TRACER_H
#define NB_TRACER_H

#include <stdbool.h>
#include <stdint.h>

#include "trace/trace_event.h"

struct kernel_types;

struct tracer_options {
	const struct kernel_types *types; /* types to look names up in (fit.h); NULL: the tracer loads them */
	uint32_t tgid;                    /* of the process whose VMs are watched; 0: all */
	uint32_t vcpu;                    /* number + 1; 0: all */
	uint32_t level;                   /* 1 or 2: only exits of it; 0: both */
	uint64_t reasons[2];              /* a bit for each reason whose exits are wanted; all zero: every one */
	bool timing;                      /* durations from exit to entry */
	bool streaming;                   /* every event */
	bool alone;                       /* of the vCPUs that are watched one runs at a time */
	bool everything;     /* every program that this kernel has a tracepoint for, needed or not: for tests */
	uint32_t ring_bytes; /* of the ring buffer where events are streamed: a power of two, a page or more */
};

struct tracer;

/*
 * NULL with one line in why (of size bytes) that says what is missing and what to do: no right, no BTF, KVM not loaded, or a
 * tracepoint that nothing works without. What only some figures need is left out, where it is missing or the kernel refuses
 * it: see tracer__missing().
 */
struct tracer *tracer__open(const struct tracer_options *options, char *why, unsigned size);
void tracer__close(struct tracer *tracer);

/* Takes its programs away from their tracepoints, with all that they have counted kept, and puts them there again. False if the
 * kernel refuses. */
void tracer__detach(struct tracer *tracer);
bool tracer__attach(struct tracer *tracer);

/* The probes that this kernel lacks or refuses, separated by blanks; "" if none. figures.h says what is missing without each. */
const char *tracer__missing(const struct tracer *tracer);

/* The counts of all CPUs together, as they are now. Whether vCPUs are still to become known is decided here. */
void tracer__counts(struct tracer *tracer, struct trace_counts *sum);

#define TRACER_PROGRAMS 64 /* at most */

enum tracer_state {
	TRACER_ATTACHED,
	TRACER_ABSENT,   /* this kernel has no such tracepoint, or function */
	TRACER_OTHER,    /* it has other arguments, for which there is another program */
	TRACER_NEEDLESS, /* the options do not ask for it */
	TRACER_UNKNOWING, /* it is for known vCPUs (known.bpf.h), which need what this kernel lacks, or options that do not */
	TRACER_REFUSED, /* the kernel did not let it be loaded or attached */
};

struct tracer_program {
	const char *name, *probe;
	enum tracer_state state;
};

/* The program number index and what has become of it. False beyond the last one. */
bool tracer__program(const struct tracer *tracer, unsigned index, struct tracer_program *program);

/* Durations of exits at a level (1 or 2) by reason, all CPUs together. False if the kernel does not let us read them. */
bool tracer__histogram(const struct tracer *tracer, unsigned level, unsigned reason, struct trace_histogram *sum);

/* Hands every event that has been sent to take(), in order, until it returns false. False then, or on an error. */
bool tracer__drain(struct tracer *tracer, bool (*take)(const struct trace_event *event, void *context), void *context);

/* Events that found the ring buffer full. */
uint64_t tracer__lost(const struct tracer *tracer);

#endif
