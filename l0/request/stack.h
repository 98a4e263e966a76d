/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * A stack of our hypervisors with the benchmark on top: the number of hypervisors, the words for
 * each, and the memory of each guest. An outer hypervisor runs another hypervisor. The innermost
 * one runs the benchmark.
 */
#ifndef NB_L0_STACK_H
#define NB_L0_STACK_H

#include <stdbool.h>
#include <stddef.h>

#include "microbench/abi/memory.h"

/*
 * The deepest level that has a name. PVH limits the number of modules of an image, and the modules
 * are the stack's guests.
 */
#define STACK_DEEPEST 4u

/*
 * MiB: the memory of the benchmark, and the memory that each hypervisor needs in addition to its
 * guest.
 */
#define STACK_BENCH_MIB      ((unsigned)(NB_GUEST_MEMORY >> 20))
#define STACK_HYPERVISOR_MIB 16u

/*
 * The software on the bare machine: Linux with KVM, our hypervisor, or no hypervisor but the
 * measured image itself. Linux runs on the machine only with KVM.
 */
enum l0 { L0_KVM, L0_OWN, L0_NONE };

/* Returns "kvm", "own" or "none": the word on the command line, in images and in results. */
const char *l0__name(enum l0 l0);

struct stack {
	unsigned first;       /* level of our lowest hypervisor: 0, or 1 above KVM */
	unsigned hypervisors; /* 1 or more */
	const char *switches; /* words for each outer hypervisor (nested_config.h), each with a blank in front; or "" */
	const char *
		/*
		 * for tests, blank in front: "lK:NAME=VALUE" is for level K, others for the
		 * innermost; or NULL
		 */
		words;
};

/* Returns how many of our hypervisors are below the benchmark at this level. */
unsigned stack__hypervisors(unsigned level, enum l0 l0);

/* Returns the guest memory of the i-th hypervisor from below, in MiB. i starts at 0. */
unsigned stack__guest_mib(const struct stack *stack, unsigned i);

/*
 * Writes the words for the hypervisor at this level, each with a blank in front. If innermost is
 * true, that includes words without a level.
 */
void stack__words(char *to, size_t size, const char *words, unsigned level, bool innermost);

/*
 * Writes the command line of two or more hypervisors. It begins with `bottom`, the words of the
 * lowest one, and adds the words of an outer hypervisor. Then follow the words of the other outer
 * hypervisors, which use a doorbell to the level below. `innermost` has the words of the innermost
 * hypervisor, and `guest` the words of its guest.
 */
void stack__cmdline(char *line, size_t size, const struct stack *stack, const char *bottom, const char *innermost,
		    const char *guest);

#endif
