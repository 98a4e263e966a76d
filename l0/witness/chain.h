/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Our hypervisors below whoever was measured, one above the other, each a witness: what one has passed on to the next as an exit of
 * that one's guest, the next must have handled. Outer ones count under the name of their level, the innermost one as "hv".
 */
#ifndef NB_CHAIN_H
#define NB_CHAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "l0/witness/agreement.h"

#define NB_CHAIN_MAX 9 /* a level is one digit */

struct nb_chain {
	char name[NB_CHAIN_MAX][4]; /* from below: "l0", "l1", "hv" */
	unsigned count;             /* of those that should be there */
	unsigned said;              /* of these from below, those that have counted anything */
};

/* The number of a level, "L2"; -1 if it is none. */
int nb_level_number(const char *level);

/* Which ones are below set->level. Where our hypervisor measured itself, it has the name of its level below, and there is no "hv". */
void nb_chain_find(struct nb_chain *chain, const struct nb_window_set *set);

/* The counter NAME.KEY; 0 if there is none. */
uint64_t nb_chain_value(const struct nb_window_set *set, const char *name, const char *key);

/* What stands behind NAME.GROUP in this counter's name, or NULL. */
const char *nb_chain_part(const struct nb_counter *counter, const char *name, const char *group);

/* All counters NAME.GROUP..., without exits that are made of interrupts. */
uint64_t nb_chain_sum(const struct nb_window_set *set, const char *name, const char *group);

/*
 * An external interrupt is taken by L0 first, as an exit that it counts as an interrupt; the exit which our hypervisor sees is made
 * from that one. So it is no exit of its own, on either side of a comparison with KVM. Likewise the VMX-preemption timer of a guest
 * hypervisor, which KVM lets run on a timer of its own.
 */
bool nb_is_made_of_interrupt(const char *key);

/*
 * The i-th counter as a reason for exits that `below` has passed on to `above`. False if it names none, or one that another counter
 * names too.
 */
bool nb_chain_reason(const struct nb_window_set *set, size_t i, const char *below, const char *above,
		     const char **reason, uint64_t *passed_on, uint64_t *handled);

#endif
