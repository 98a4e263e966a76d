/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One translation of L2's in the two dimensions that our hypervisor owns, as l1-hypervisor/translate.h tells it.
 */
#ifndef NB_L0_WALK_STEPS_H
#define NB_L0_WALK_STEPS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "l0/results/collect.h"

#define WALK_STEPS_MAX 32 /* (4 + 1) (4 + 1) - 1, and some */

struct walk_step {
	char kind; /* 'e', an entry of ept12, or 'g', one of L2's */
	unsigned level;
	uint64_t physical; /* L2-physical: what the entry of ept12 translates, where L2's entry is */
	uint64_t address;  /* L1-physical, where the entry is */
	uint64_t value;
};

enum walk_end { WALK_PAGE, WALK_NOT_PRESENT, WALK_VIOLATION };

struct walk_steps {
	struct walk_step step[WALK_STEPS_MAX];
	unsigned count, guest; /* all, and those that are L2's entries */
	enum walk_end end;
	uint64_t physical, address; /* of the page, L2- and L1-physical; of a violation the first alone */
	uint64_t size;              /* of the page, as L2 maps it */
	unsigned level;             /* of an entry that is not present */
	uint64_t eptp;              /* 0: the run does not say */
};

/* What the run says about itself under this key, or NULL. */
const char *walk__text(const struct nb_run *run, const char *key);

/* False: the run does not hold all of one, step by step. */
bool walk_steps__read(struct walk_steps *steps, const struct nb_run *run);

/* "PML4E" of level 4, "PTE" of level 1. */
const char *walk__entry_name(unsigned level);

/*
 * Prints them, if the run holds any. False: it does not hold all of it, or the CPU, for a fetch there, has not read what it says.
 */
bool walk__print_steps(FILE *out, const struct nb_run *run);

#endif
