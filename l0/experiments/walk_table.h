/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What our hypervisor has counted of page walks (l1-hypervisor/references.h), beside what formulas say.
 */
#ifndef NB_L0_WALK_H
#define NB_L0_WALK_H

#include <stdbool.h>
#include <stdio.h>

#include "l0/results/collect.h"

#define WALK_LEVELS_MIN 2
#define WALK_LEVELS_MAX 4

/* A walk of so many levels in each dimension, and the entries that the CPU read. */
struct walk_shape {
	unsigned guest, ept;    /* levels: 4, or 3 and 2, which end in a page of 2 MiB and 1 GiB */
	const char *skip;       /* why it was not counted; NULL if it was */
	unsigned guest_entries; /* of the guest's tables */
	unsigned step[WALK_LEVELS_MAX +
		      1];     /* of the EPT, by the step they translated: guest's tables from the top, then the page */
	unsigned ept_entries; /* all of these */
	unsigned distinct;    /* of the EPT, where steps share entries */
	unsigned first[WALK_LEVELS_MAX +
		       1]; /* there, of each step: a digit an entry, the step (1, 2, ...) that read it first */
	unsigned idle;     /* of the EPT, for a page that no walk needs */
};

#define WALK_SHAPES ((WALK_LEVELS_MAX - WALK_LEVELS_MIN + 1) * (WALK_LEVELS_MAX - WALK_LEVELS_MIN + 1))

/*
 * Formulas for g levels and n, the page itself not counted: of two dimensions, Bhargava et al., ASPLOS 2008, and a course text that says 24;
 * another of its chapters on a nested guest's three-level translation, which says "on the order of" 20; and three dimensions.
 */
unsigned walk__two_dimensions(unsigned g, unsigned n); /* (g + 1)(n + 1) - 1, or g (n + 1) + n: the same */
unsigned walk__ept_alone(unsigned g, unsigned n);      /* g n + n, there g e + e */
unsigned walk__three_dimensions(unsigned g, unsigned n, unsigned m); /* (g + 1)(n + 1)(m + 1) - 1 */

/* False if the run did not count every shape, and did not say why. */
bool walk__read(const struct nb_run *run, struct walk_shape shapes[WALK_SHAPES]);

/*
 * False after a message: the EPT entries of a page that no walk needs were read, so the others prove nothing; or where steps share entries,
 * not as many different ones as the EPT has there.
 */
bool walk__is_proven(const struct walk_shape shapes[WALK_SHAPES]);

/* The entries that the CPU read of a walk of so many levels; 0: that was not counted. */
unsigned walk__counted(const struct walk_shape shapes[WALK_SHAPES], unsigned g, unsigned n);

/* The table and the verdict, and the CSV. */
void walk__print(FILE *out, const char *machine, const struct nb_run *run, const struct walk_shape shapes[WALK_SHAPES]);
void walk__put_csv(FILE *out, const char *machine, const struct nb_run *run,
		   const struct walk_shape shapes[WALK_SHAPES]);

#endif
