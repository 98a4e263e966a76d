/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * One translation of an L2 address as lists of the entries that it reads, in order. The first list
 * has the two dimensions that our hypervisor owns. The second has three dimensions: it adds KVM's
 * ept01. The third is the CPU's walk with KVM's ept02 (l0/vmm/tables_witness.h). The last two must
 * lead to the same places.
 */
#ifndef NB_L0_WALK_LISTS_H
#define NB_L0_WALK_LISTS_H

#include "l0/experiments/walk_steps.h"
#include "trace/ept_path.h"

enum walk_table { WALK_L2, WALK_EPT12, WALK_EPT01, WALK_EPT02, WALK_TABLES };

struct walk_reference {
	enum walk_table table;
	unsigned level;
	uint64_t address; /* the address that an EPT entry translates; the L2-physical address of an entry of L2 */
	uint64_t at;      /* address of the entry: L1-physical in two dimensions, otherwise host-physical */
	uint64_t value;
	bool again; /* the list already has this entry */
};

#define WALK_REFERENCES_MAX 256 /* (4 + 1) (4 + 1) (5 + 1) - 1, rounded up */

struct walk_list {
	struct walk_reference reference[WALK_REFERENCES_MAX];
	unsigned count, of[WALK_TABLES];
	unsigned distinct, distinct_of[WALK_TABLES];
	bool cut; /* an entry of KVM is absent, and the list ends there */
	/* Entries that translate one address. 0: none, or the number differs between addresses. */
	unsigned levels[WALK_TABLES];
	unsigned paths[EPT_LEVELS_MAX + 1]; /* KVM's table: number of addresses that this many entries translate */
};

/* The name of a table: "L2", "ept12"... */
extern const char *const walk_table_text[WALK_TABLES];

/* Makes the list of two dimensions, from the steps alone. */
void walk_list__two(struct walk_list *list, const struct walk_steps *steps);

/*
 * Make the lists of three dimensions and of the CPU's walk, from the steps and the paths that the
 * run holds. They return false after a message if a path is missing or broken.
 */
bool walk_list__three(struct walk_list *list, const struct walk_steps *steps, const struct nb_run *run);
bool walk_list__cpu(struct walk_list *list, const struct walk_steps *steps, const struct nb_run *run);

/*
 * Returns the length that the list of a walk to a page must have: (g + 1)(n + 1)(m + 1) - 1, or (g
 * + 1)(n + 1) - 1, for the levels in the list. If KVM's pages differ in size, each address has its
 * own m. The result is then the sum of m + 1 over the (g + 1)(n + 1) addresses, minus 1.
 */
unsigned walk_list__formula(const struct walk_list *list);

/* The counts of a comparison. */
struct walk_check {
	/*
	 * L2-physical addresses, and the number for which ept02 leads to the same place as
	 * ept01(ept12)
	 */
	unsigned addresses, leads;
	unsigned absent; /* addresses for which ept02 has no entry yet */
	/*
	 * L1-physical addresses whose host page the kernel's pagemap tells, and the number for
	 * which ept01 agrees
	 */
	unsigned memory, found;
};

/*
 * Compares the lists with each other and with the pagemap. Returns false after a message if they
 * lead to different places, or if a path is missing.
 */
bool walk__compare(struct walk_check *check, const struct walk_steps *steps, const struct nb_run *run);

#endif
