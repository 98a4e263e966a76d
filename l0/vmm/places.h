/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The places where operations run: this process, a guest of KVM, our hypervisor in another guest,
 * and the guest of our hypervisor. A loop runs the windows of a schedule in these places.
 */
#ifndef NB_L0_VMM_PLACES_H
#define NB_L0_VMM_PLACES_H

#include <stdint.h>

#include "microbench/schedule.h"
#include "trace/modes.h"

/* From PLACE_HYPERVISOR on, our innermost hypervisor and its guest alternate. */
enum place {
	PLACE_PROCESS,       /* level L0 */
	PLACE_GUEST,         /* level L1: only the benchmark image in a VM */
	PLACE_HYPERVISOR,    /* level L1: our hypervisor itself */
	PLACE_NESTED,        /* level L2: the benchmark image as the guest of our hypervisor */
	PLACE_HYPERVISOR_L2, /* level L2: our innermost hypervisor, above another one of our hypervisors */
	PLACE_NESTED_L3,
	PLACE_HYPERVISOR_L3,
	PLACE_NESTED_L4,
	PLACE_COUNT
};

/* Returns true if the place is our hypervisor itself. */
static inline bool place__is_hypervisor(enum place place)
{
	return place >= PLACE_HYPERVISOR && place % 2 == 0;
}

/* Returns the number of the place's level. */
static inline unsigned place__level(enum place place)
{
	return (place + 1) / 2;
}

/*
 * Returns how many of our hypervisors the place's VM has. The innermost hypervisor and its guest
 * have the same VM. Not for PLACE_PROCESS.
 */
static inline unsigned place__hypervisors(enum place place)
{
	return place / 2;
}

struct places;

struct places_plan {
	const char *images;      /* folder of hypervisor.elf and bench.elf */
	const char *ept;         /* page size of ept12 */
	const char *guest_pages; /* page size of the guests' own page tables: 4K, 2M or 1G */
	const char *
		hypervisor_words; /* more words for our hypervisor's command line; for a stack: like words in stack.h */
	const char *outer_words;  /* words for hypervisors that run another one */
	const char *config;       /* KVM's configuration, for the stream */
	unsigned modes;           /* modes of the tracer, bits of enum trace_mode: one or more */
	unsigned warmup, timeout;
	unsigned memory_mib; /* MiB of a VM with at most one of our hypervisors */
	uint32_t seed;
	uint64_t chase_set;   /* the pointer chase's largest working set, bytes */
	unsigned chase_pages; /* page sizes of the pointer chase: 1 for 4 KiB, 2 for 2 MiB, or their sum */
};

/* Returns the number that stands for a place and a mode of the tracer in a schedule. */
static inline unsigned place__number(enum place place, enum trace_mode mode)
{
	return place + PLACE_COUNT * mode;
}

/*
 * Returns true if this place is measured in this mode. A process has no exits to trace, so it is
 * measured only in the first of the modes.
 */
static inline bool place__is_traced(enum place place, enum trace_mode mode, unsigned modes)
{
	return place != PLACE_PROCESS || !(modes & ((1u << mode) - 1));
}

/*
 * Returns true if the operation may be tried in this place. An operation that cannot run there
 * reports the reason itself.
 */
bool place__has(enum place place, enum nb_op op);

/*
 * Makes the set of places. Its VMs start later. The plan must outlive it. Returns NULL after a
 * message.
 */
struct places *places__new(const struct places_plan *plan);

/*
 * Measures all windows of the schedule, whose places are values of place__number(). The records go
 * to the stream. The VMs stay until places__free(), so that a reader of the stream need not wait
 * for their end. Returns NB_EXIT_GOOD; or, after a message, NB_EXIT_FAILED or NB_EXIT_SKIPPED (no
 * KVM, or no nested VMX).
 */
int places__run(struct places *places, struct nb_schedule *schedule);

/* Destroys the VMs. places may be NULL. */
void places__free(struct places *places);

#endif
