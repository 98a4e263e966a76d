/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One translation of an L2 address in the two dimensions that our hypervisor owns, as
 * l1-hypervisor/lab/translate.h writes it.
 */
#ifndef NB_L0_WALK_STEPS_H
#define NB_L0_WALK_STEPS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "l0/results/collect.h"

#define WALK_STEPS_MAX 32 /* (4 + 1) (4 + 1) - 1, rounded up */

struct walk_step {
	char kind; /* 'e': an entry of ept12; 'g': an entry of L2's page tables */
	unsigned level;
	/*
	 * L2-physical: the address that an entry of ept12 translates, or the address of L2's entry
	 */
	uint64_t physical;
	uint64_t address; /* L1-physical address of the entry */
	uint64_t value;
};

enum walk_end { WALK_PAGE, WALK_NOT_PRESENT, WALK_VIOLATION };

struct walk_steps {
	struct walk_step step[WALK_STEPS_MAX];
	unsigned count, guest; /* all steps, and the steps that are L2's entries */
	enum walk_end end;
	uint64_t physical, address; /* address of the page, L2- and L1-physical; a violation sets only physical */
	uint64_t size;              /* bytes of the page, as L2 maps it */
	unsigned level;             /* level of an entry that is not present */
	uint64_t eptp;              /* 0: the run does not tell it */
};

/* Returns the metadata text of the run for this key, or NULL. */
const char *walk__text(const struct nb_run *run, const char *key);

/* Returns false if the run does not hold a complete and consistent translation. */
bool walk_steps__read(struct walk_steps *steps, const struct nb_run *run);

/* Returns the name of an entry: "PML4E" for level 4, "PTE" for level 1. */
const char *walk__entry_name(unsigned level);

/*
 * Prints the steps. Returns false if the run holds no complete translation, or if the CPU did not
 * read exactly these entries in a fetch. If the run says that no fetch was possible, it returns
 * true.
 */
bool walk__print_steps(FILE *out, const struct nb_run *run);

#endif
