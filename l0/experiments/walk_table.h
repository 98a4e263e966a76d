/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Page-walk counts of our hypervisor (l1-hypervisor/lab/references.h), compared with published
 * formulas.
 */
#ifndef NB_L0_WALK_H
#define NB_L0_WALK_H

#include <stdbool.h>
#include <stdio.h>

#include "l0/results/collect.h"

#define WALK_LEVELS_MIN 2
#define WALK_LEVELS_MAX 4

/* A walk with a number of levels in each dimension, and the entries that the CPU read. */
struct walk_shape {
	unsigned guest, ept;    /* levels: 4, or 3 and 2, which end in a page of 2 MiB and 1 GiB */
	const char *skip;       /* why it was not counted; NULL if it was */
	unsigned guest_entries; /* entries of the guest's tables */
	/*
	 * EPT entries by the step they translate: the guest's tables from the top, then the page.
	 */
	unsigned step[WALK_LEVELS_MAX + 1];
	unsigned ept_entries; /* sum of step[] */
	unsigned distinct;    /* different EPT entries read in the tables whose steps share entries */
	/*
	 * In the same tables: for each step, one decimal digit per entry. The digit is the step (1,
	 * 2, ...) that read the entry first.
	 */
	unsigned first[WALK_LEVELS_MAX + 1];
	unsigned idle; /* EPT entries read for a page that no walk needs */
};

#define WALK_SHAPES ((WALK_LEVELS_MAX - WALK_LEVELS_MIN + 1) * (WALK_LEVELS_MAX - WALK_LEVELS_MIN + 1))

/*
 * Formulas for g and n levels, without the page itself. Two dimensions: Bhargava et al., ASPLOS
 * 2008, and a course text that says 24. EPT alone: another chapter of that text, about a nested
 * guest's three-level translation, which says "on the order of" 20.
 */
unsigned walk__two_dimensions(unsigned g, unsigned n); /* (g + 1)(n + 1) - 1, which equals g (n + 1) + n */
unsigned walk__ept_alone(unsigned g, unsigned n);      /* g n + n; the text writes g e + e */
unsigned walk__three_dimensions(unsigned g, unsigned n, unsigned m); /* (g + 1)(n + 1)(m + 1) - 1 */

/*
 * Reads all shapes. Returns false if a shape has neither counts nor a reason why it was not
 * counted.
 */
bool walk__read(const struct nb_run *run, struct walk_shape shapes[WALK_SHAPES]);

/*
 * Returns false after a message in two cases. Either the CPU read EPT entries of a page that no
 * walk needs, so the counts prove nothing. Or, if steps share entries, the number of different
 * entries read is not the number in the tables.
 */
bool walk__is_proven(const struct walk_shape shapes[WALK_SHAPES]);

/* Returns the entries that the CPU read in a walk with g and n levels; 0: not counted. */
unsigned walk__counted(const struct walk_shape shapes[WALK_SHAPES], unsigned g, unsigned n);

/* Print the table and the verdict, or write the CSV. */
void walk__print(FILE *out, const char *machine, const struct nb_run *run, const struct walk_shape shapes[WALK_SHAPES]);
void walk__put_csv(FILE *out, const char *machine, const struct nb_run *run,
		   const struct walk_shape shapes[WALK_SHAPES]);

#endif
