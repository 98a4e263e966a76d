/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Shared parts of agreement.c, agreement_bpf.c and agreement_chain.c: verdicts, and the table that
 * shows where witnesses disagree.
 */
#ifndef NB_AGREEMENT_PARTS_H
#define NB_AGREEMENT_PARTS_H

#include <stdint.h>
#include <stdio.h>

#include "l0/witness/agreement.h"
#include "l0/witness/chain.h"

/* Groups of a hypervisor's counters. */
#define NB_EXIT    "exit."
#define NB_VMREAD  "vmread."
#define NB_VMWRITE "vmwrite."

/* Exits in which our hypervisor only filled its shadow page tables, as a CPU fills its TLB. */
#define NB_FILLS "shadow_fills"

/*
 * Set the verdict and its reason: a witness is missing, or left (expected) differs from right
 * (counted).
 */
void nb_not_available(struct nb_agreement *agreement, const char *reason);
void nb_disagree(struct nb_agreement *agreement, const char *what, uint64_t left, uint64_t right);

/* The text of a disagreement: a header, the totals, and one line for each part of a total. */
struct nb_table {
	FILE *out;
	char *text;
	size_t size;
};

/*
 * nb_table_open() ends the process if it has no memory. nb_table_end() hands the text to the
 * agreement.
 */
void nb_table_open(struct nb_table *table, const struct nb_window_set *set);
void nb_table_part(struct nb_table *table, const char *what, uint64_t value);
void nb_table_total(struct nb_table *table, const char *what, uint64_t left, uint64_t right);
void nb_table_end(struct nb_table *table, struct nb_agreement *agreement);

/* Writes each kind of the hypervisor's exits as a part. */
void nb_table_exits(struct nb_table *table, const struct nb_window_set *set, const char *hypervisor);

/* The exits of the measured level, as the hypervisor right below it handled them. */
struct nb_own_exits {
	uint64_t counted, listed, fills;
	bool differ; /* counted differs from listed + fills, if the list of operations predicts a number */
};

/*
 * nb_own_exits_of() requires that chain->count is not 0. The other two report a difference, and
 * write the line of the table.
 */
struct nb_own_exits nb_own_exits_of(const struct nb_window_set *set, const struct nb_chain *chain);
void nb_disagree_own(const struct nb_window_set *set, const struct nb_own_exits *own, struct nb_agreement *agreement);
void nb_table_own(const struct nb_table *table, const struct nb_window_set *set, const struct nb_own_exits *own);

/*
 * Compares, for each reason, the exits that each of our hypervisors passed on with the exits that
 * the next one handled.
 */
void nb_check_chain(const struct nb_window_set *set, const struct nb_chain *chain, struct nb_agreement *agreement);

/*
 * Checks our hypervisor as L0 with another one as L1. The VMX instructions that L1 counted must
 * equal the exits that L0 counted.
 */
void nb_check_under_ours(const struct nb_window_set *set, const struct nb_chain *chain, struct nb_agreement *agreement);

/*
 * Return a hypervisor's VMREADs and VMWRITEs that exit to KVM, summed from its counts for each
 * field.
 */
uint64_t nb_trapped_reads(const struct nb_window_set *set, const char *hypervisor);
uint64_t nb_trapped_writes(const struct nb_window_set *set, const char *hypervisor);

/* Compares the counts of eBPF with the counts of KVM and our hypervisor, line by line. */
void nb_check_bpf(const struct nb_window_set *set, const struct nb_chain *chain, struct nb_agreement *agreement);

#endif
