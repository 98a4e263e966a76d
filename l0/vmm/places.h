/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The places where operations are executed, and the loop that sends the windows of a schedule to them: this process, a guest
 * of KVM, our hypervisor in another guest, and the guest of that.
 */
#ifndef NB_L0_VMM_PLACES_H
#define NB_L0_VMM_PLACES_H

#include <stdint.h>

#include "microbench/schedule.h"
#include "trace/modes.h"

/* From PLACE_HYPERVISOR on by turns our hypervisor, which is the innermost of a stack, and its guest. */
enum place {
	PLACE_PROCESS,       /* level L0 */
	PLACE_GUEST,         /* level L1: the benchmark image alone in a VM */
	PLACE_HYPERVISOR,    /* level L1: our hypervisor itself */
	PLACE_NESTED,        /* level L2: the benchmark image as its guest */
	PLACE_HYPERVISOR_L2, /* the same with another one of ours between it and KVM */
	PLACE_NESTED_L3,
	PLACE_HYPERVISOR_L3,
	PLACE_NESTED_L4,
	PLACE_COUNT
};

/* Our hypervisor itself? */
static inline bool place__is_hypervisor(enum place place)
{
	return place >= PLACE_HYPERVISOR && place % 2 == 0;
}

/* The number of its level. */
static inline unsigned place__level(enum place place)
{
	return (place + 1) / 2;
}

/* How many of our hypervisors the VM has: it is the same one for the innermost hypervisor and its guest. Not of PLACE_PROCESS. */
static inline unsigned place__hypervisors(enum place place)
{
	return place / 2;
}

struct places;

struct places_plan {
	const char *images;      /* folder of hypervisor.elf and bench.elf */
	const char *ept;         /* page size of ept12 */
	const char *guest_pages; /* of what guests map themselves */
	const char *
		hypervisor_words; /* more words for our hypervisor's command line; those of a stack's, as stack.h says */
	const char *outer_words;  /* for hypervisors that run another one */
	const char *config;       /* KVM's configuration, for the stream */
	unsigned modes;           /* of the tracer, bits of enum trace_mode: one or more */
	unsigned warmup, timeout;
	unsigned memory_mib; /* of a VM with one hypervisor of ours, or none */
	uint32_t seed;
	uint64_t chase_set;   /* the pointer chase's largest working set, bytes */
	unsigned chase_pages; /* bits of its layouts 4K and 2M */
};

/* In a schedule a place and a mode of the tracer are one number. */
static inline unsigned place__number(enum place place, enum trace_mode mode)
{
	return place + PLACE_COUNT * mode;
}

/* No exit is in a process for a tracer to see: it is measured in the first of the modes alone. */
static inline bool place__is_traced(enum place place, enum trace_mode mode, unsigned modes)
{
	return place != PLACE_PROCESS || !(modes & ((1u << mode) - 1));
}

/* May this operation be tried in that place? What then cannot be run says so itself. */
bool place__has(enum place place, enum nb_op op);

/* A process and VMs to measure in, none of which is there yet. The plan must outlive it. NULL after a message. */
struct places *places__new(const struct places_plan *plan);

/*
 * Measures all windows of the schedule, whose places are of place__number(); the records go to the stream. The VMs stay until
 * places__free(), so that nobody who reads the stream need wait for their end. NB_EXIT_GOOD, NB_EXIT_FAILED or NB_EXIT_SKIPPED (no KVM, or no
 * nested VMX), the last two after a message.
 */
int places__run(struct places *places, struct nb_schedule *schedule);

/* Takes the VMs down. NULL may be given. */
void places__free(struct places *places);

#endif
