/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Our hypervisors one above the other, the benchmark on top: how many a level takes, what each is told, how much memory its
 * guest has. Those whose guest is a hypervisor again are the outer ones; the innermost runs the benchmark.
 */
#ifndef NB_L0_STACK_H
#define NB_L0_STACK_H

#include <stdbool.h>
#include <stddef.h>

#include "microbench/abi/memory.h"

/* The deepest level that there is a name for. An image has as many modules as PVH takes, and these are its guests. */
#define STACK_DEEPEST 4u

/* MiB: of the benchmark, and how much more a hypervisor needs than its guest. */
#define STACK_BENCH_MIB      ((unsigned)(NB_GUEST_MEMORY >> 20))
#define STACK_HYPERVISOR_MIB 16u

/*
 * What is on the machine itself: KVM in a Linux; our hypervisor; or no hypervisor, but the image that is measured. Without KVM
 * there is no Linux on the machine.
 */
enum l0 { L0_KVM, L0_OWN, L0_NONE };

/* "kvm", "own" or "none": the word of the command line, of images and of results. */
const char *l0__name(enum l0 l0);

struct stack {
	unsigned first;       /* level of the lowest hypervisor of ours: 0, or, above KVM, 1 */
	unsigned hypervisors; /* 1 or more */
	const char *switches; /* for each outer one, nested_config.h: words, each with a blank in front; or "" */
	const char *
		words; /* for tests, each with a blank in front: "lK:NAME=VALUE" is for level K, others for the innermost */
};

/* How many hypervisors of ours are below the benchmark at this level. */
unsigned stack__hypervisors(unsigned level, enum l0 l0);

/* Memory of the guest of the i-th one from below. */
unsigned stack__guest_mib(const struct stack *stack, unsigned i);

/* The words of `words` that are for level, each with a blank in front. */
void stack__words(char *to, size_t size, const char *words, unsigned level, bool innermost);

/*
 * The command line of two or more: the words of the lowest one, `bottom`, with what makes it an outer one; those of the others,
 * which have a doorbell below them; those of the innermost about itself and its guest; and the guest's.
 */
void stack__cmdline(char *line, size_t size, const struct stack *stack, const char *bottom, const char *innermost,
		    const char *guest);

#endif
