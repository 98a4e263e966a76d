/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The addresses that a walk of our hypervisor has met (l1-hypervisor/lab/translate.h), read from
 * its texts in the ring. They will be looked up in KVM's tables. The guest is not trusted, so the
 * addresses are only numbers.
 */
#ifndef NB_L0_VMM_WALK_ASKED_H
#define NB_L0_VMM_WALK_ASKED_H

#include <stdbool.h>
#include <stdint.h>

#include "microbench/abi/ring.h"

/*
 * A walk meets at most (4 + 1) * (4 + 1) entries and the page at L1-physical addresses. It meets
 * one page of tables for each level and the page at L2-physical addresses.
 */
#define WALK_L1_MAX 32
#define WALK_L2_MAX 8

struct walk_asked {
	bool has_eptp;
	uint64_t eptp;            /* EPTP of ept12; valid if has_eptp */
	uint64_t l1[WALK_L1_MAX]; /* L1-physical addresses, each once */
	uint64_t l2[WALK_L2_MAX]; /* L2-physical addresses, each once */
	unsigned l1_count, l2_count;
};

/* Fills asked, and takes nothing out of the ring. Leaves out addresses that do not fit. */
void walk_asked__read(struct walk_asked *asked, const struct nb_ring *ring);

#endif
