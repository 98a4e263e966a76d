/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The addresses that a walk of our hypervisor's has met (l1-hypervisor/translate.h), taken from its texts while they wait in the ring:
 * what is to be looked up in the tables below. The guest that wrote them is not trusted: they are numbers, no more.
 */
#ifndef NB_L0_VMM_WALK_ASKED_H
#define NB_L0_VMM_WALK_ASKED_H

#include <stdbool.h>
#include <stdint.h>

#include "microbench/abi/ring.h"

/* L1 has at most (4 + 1) (4 + 1) entries and the page, L2 a page of tables a level and the page. */
#define WALK_L1_MAX 32
#define WALK_L2_MAX 8

struct walk_asked {
	bool has_eptp;
	uint64_t eptp;            /* of ept12 */
	uint64_t l1[WALK_L1_MAX]; /* L1-physical, each once */
	uint64_t l2[WALK_L2_MAX]; /* L2-physical */
	unsigned l1_count, l2_count;
};

/* Takes nothing out of the ring. More addresses than there is room for are left out. */
void walk_asked__read(struct walk_asked *asked, const struct nb_ring *ring);

#endif
