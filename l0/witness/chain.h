/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The chain of our hypervisors below the measured level. Each hypervisor is a witness: it must have
 * handled the exits that the one below passed on to it. Outer hypervisors count under the name of
 * their level, the innermost one as "hv".
 */
#ifndef NB_CHAIN_H
#define NB_CHAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "l0/witness/agreement.h"

#define NB_CHAIN_MAX 9 /* a level is one digit */

struct nb_chain {
	char name[NB_CHAIN_MAX][4]; /* from the lowest hypervisor up: "l0", "l1", "hv" */
	unsigned count;             /* hypervisors that should exist */
	unsigned said;              /* hypervisors with counts, from the lowest up to the first without */
};

/* Returns the number of a level such as "L2", or -1 if the text is no level. */
int nb_level_number(const char *level);

/*
 * Finds the hypervisors below set->level. If our hypervisor measured itself, the one below it has
 * the name of its level, and no "hv" exists.
 */
void nb_chain_find(struct nb_chain *chain, const struct nb_window_set *set);

/* Returns the counter NAME.KEY, or 0 if it does not exist. */
uint64_t nb_chain_value(const struct nb_window_set *set, const char *name, const char *key);

/*
 * Returns the part of the counter's name behind NAME.GROUP, or NULL if the name does not begin with
 * it.
 */
const char *nb_chain_part(const struct nb_counter *counter, const char *name, const char *group);

/* Sums all counters NAME.GROUP..., without exits that L0 made from interrupts. */
uint64_t nb_chain_sum(const struct nb_window_set *set, const char *name, const char *group);

/*
 * Returns true if L0 made this exit from an interrupt. L0 first takes an external interrupt as an
 * exit that it counts as an interrupt. It then makes the exit that our hypervisor sees. A
 * comparison with KVM therefore leaves out this exit on both sides.
 *
 * The same holds for the VMX-preemption timer of a guest hypervisor, because KVM implements it with
 * a timer of the host.
 */
bool nb_is_made_of_interrupt(const char *key);

/*
 * Reads the i-th counter as a reason of exits that `below` passed on to `above`. Stores the reason
 * and both counts. Returns false if the counter names no reason, or if another counter names the
 * same reason.
 */
bool nb_chain_reason(const struct nb_window_set *set, size_t i, const char *below, const char *above,
		     const char **reason, uint64_t *passed_on, uint64_t *handled);

#endif
