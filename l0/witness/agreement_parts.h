/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * What the checks of agreement.c and agreement_chain.c share: verdicts, and the table that says where witnesses disagree.
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

/* Exits by which our hypervisor only filled its shadow page tables, as a CPU fills its TLB. */
#define NB_FILLS "shadow_fills"

void nb_not_available(struct nb_agreement *agreement, const char *reason);
void nb_disagree(struct nb_agreement *agreement, const char *what, uint64_t left, uint64_t right);

/* The text of a disagreement: a header, one line a part, and the totals with what makes them up. */
struct nb_table {
	FILE *out;
	char *text;
	size_t size;
};

void nb_table_open(struct nb_table *table, const struct nb_window_set *set);
void nb_table_part(struct nb_table *table, const char *what, uint64_t value);
void nb_table_total(struct nb_table *table, const char *what, uint64_t left, uint64_t right);
void nb_table_end(struct nb_table *table, struct nb_agreement *agreement);

/* A hypervisor's exits, each kind a part. */
void nb_table_exits(struct nb_table *table, const struct nb_window_set *set, const char *hypervisor);

/* The exits of whoever was measured, as the hypervisor right below it handled them. */
struct nb_own_exits {
	uint64_t counted, listed, fills;
	bool differ; /* from what the list of operations says */
};

/* chain->count is not 0. */
struct nb_own_exits nb_own_exits_of(const struct nb_window_set *set, const struct nb_chain *chain);
void nb_disagree_own(const struct nb_window_set *set, const struct nb_own_exits *own, struct nb_agreement *agreement);
void nb_table_own(const struct nb_table *table, const struct nb_window_set *set, const struct nb_own_exits *own);

/* What each of our hypervisors has passed on, the next one handled, reason by reason. */
void nb_check_chain(const struct nb_window_set *set, const struct nb_chain *chain, struct nb_agreement *agreement);

/* Our hypervisor is L0 and runs another one: what that one says it did, it must have seen as exits. */
void nb_check_under_ours(const struct nb_window_set *set, const struct nb_chain *chain, struct nb_agreement *agreement);

/* A hypervisor's VMREADs and VMWRITEs that exit to KVM, by what it counts of each field. */
uint64_t nb_trapped_reads(const struct nb_window_set *set, const char *hypervisor);
uint64_t nb_trapped_writes(const struct nb_window_set *set, const char *hypervisor);

/* eBPF saw what KVM and our hypervisor counted, line by line. */
void nb_check_bpf(const struct nb_window_set *set, const struct nb_chain *chain, struct nb_agreement *agreement);

#endif
