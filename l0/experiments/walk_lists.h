/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One translation of L2's as lists of the entries that it reads, in order: in the two dimensions that our hypervisor owns; in three, with
 * KVM's ept01 below them; and as the CPU does it, by KVM's ept02 (l0/vmm/tables_witness.h). The last two must lead to the same places.
 */
#ifndef NB_L0_WALK_LISTS_H
#define NB_L0_WALK_LISTS_H

#include "l0/experiments/walk_steps.h"
#include "trace/ept_path.h"

enum walk_table { WALK_L2, WALK_EPT12, WALK_EPT01, WALK_EPT02, WALK_TABLES };

struct walk_reference {
	enum walk_table table;
	unsigned level;
	uint64_t address; /* what an EPT's entry translates; where L2 has its own */
	uint64_t at;      /* where the entry is: L1-physical in two dimensions, else host-physical */
	uint64_t value;
	bool again; /* the list has the same entry above */
};

#define WALK_REFERENCES_MAX 256 /* (4 + 1) (4 + 1) (5 + 1) - 1, and some */

struct walk_list {
	struct walk_reference reference[WALK_REFERENCES_MAX];
	unsigned count, of[WALK_TABLES];
	unsigned distinct, distinct_of[WALK_TABLES];
	bool cut; /* an entry of KVM's is absent: the list ends there */
	/* Entries that translate one address; 0: none, or not the same number for every one. */
	unsigned levels[WALK_TABLES];
	unsigned paths[EPT_LEVELS_MAX + 1]; /* of KVM's table: how many addresses are translated by so many entries */
};

/* Text for a table: "L2", "ept12"... */
extern const char *const walk_table_text[WALK_TABLES];

/* From steps alone. */
void walk_list__two(struct walk_list *list, const struct walk_steps *steps);

/* With the paths that the run holds. False after a message: one lacks, or is none. */
bool walk_list__three(struct walk_list *list, const struct walk_steps *steps, const struct nb_run *run);
bool walk_list__cpu(struct walk_list *list, const struct walk_steps *steps, const struct nb_run *run);

/*
 * How long a list of a walk to a page must be: (g + 1)(n + 1)(m + 1) - 1, or (g + 1)(n + 1) - 1, of the levels that are there. Where KVM's
 * pages are of different sizes, m + 1 summed over the (g + 1)(n + 1) addresses, each with its own m, - 1: the same.
 */
unsigned walk_list__formula(const struct walk_list *list);

/* What has been compared. */
struct walk_check {
	unsigned addresses, leads; /* L2-physical ones, and those which ept02 leads to where ept01(ept12) does */
	unsigned absent;           /* ept02 has no entry for them yet */
	unsigned memory, found; /* L1-physical ones whose host page the kernel's pagemap tells, and says the same of */
};

/* False after a message: they lead elsewhere. */
bool walk__compare(struct walk_check *check, const struct walk_steps *steps, const struct nb_run *run);

#endif
