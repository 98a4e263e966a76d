// SPDX-License-Identifier: GPL-2.0-only
/* Writes verdicts, and compares the counts of our hypervisors with each other. */
#include "l0/witness/agreement_parts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

void nb_table_open(struct nb_table *table, const struct nb_window_set *set)
{
	table->out = open_memstream(&table->text, &table->size);
	if (!table->out) {
		fprintf(stderr, "nestbed: no memory to say where the witnesses disagree\n");
		exit(1);
	}
	fprintf(table->out, "%s on %s (l0=%s): n=%" PRIu64 ", windows=%" PRIu64 "\n", set->op, set->level, set->l0,
		set->n, set->windows);
}

void nb_table_part(struct nb_table *table, const char *what, uint64_t value)
{
	fprintf(table->out, "    %-34s %12" PRIu64 "\n", what, value);
}

void nb_table_total(struct nb_table *table, const char *what, uint64_t left, uint64_t right)
{
	fprintf(table->out, "  %-36s %12" PRIu64 " %12" PRIu64 "%s\n", what, left, right,
		left == right ? "" : "  <- differ");
}

void nb_table_end(struct nb_table *table, struct nb_agreement *agreement)
{
	fclose(table->out);
	agreement->text = table->text;
}

void nb_table_exits(struct nb_table *table, const struct nb_window_set *set, const char *hypervisor)
{
	for (size_t i = 0; i < set->counter_count; i++)
		if (nb_chain_part(&set->counters[i], hypervisor, NB_EXIT) &&
		    !nb_is_made_of_interrupt(set->counters[i].key) && set->counters[i].value)
			nb_table_part(table, set->counters[i].key, set->counters[i].value);
}

void nb_not_available(struct nb_agreement *agreement, const char *reason)
{
	agreement->verdict = NB_NOT_AVAILABLE;
	snprintf(agreement->reason, sizeof(agreement->reason), "%s", reason);
}

void nb_disagree(struct nb_agreement *agreement, const char *what, uint64_t left, uint64_t right)
{
	agreement->verdict = NB_DISAGREE;
	snprintf(agreement->reason, sizeof(agreement->reason), "%s: %" PRIu64 " expected, %" PRIu64 " counted", what,
		 left, right);
}

struct nb_own_exits nb_own_exits_of(const struct nb_window_set *set, const struct nb_chain *chain)
{
	const char *last = chain->name[chain->count - 1];
	struct nb_own_exits own = {
		.counted = nb_chain_sum(set, last, NB_EXIT),
		.listed = set->n * (uint64_t)set->exits_per_op + set->windows, /* the closing doorbell of each window */
		.fills = nb_chain_value(set, last, NB_FILLS),
	};

	own.differ = set->exits_per_op >= 0 && own.counted != own.listed + own.fills;
	return own;
}

void nb_disagree_own(const struct nb_window_set *set, const struct nb_own_exits *own, struct nb_agreement *agreement)
{
	char what[32];

	snprintf(what, sizeof(what), "exits of %.4s", set->level);
	nb_disagree(agreement, what, own->listed + own->fills, own->counted);
}

void nb_table_own(const struct nb_table *table, const struct nb_window_set *set, const struct nb_own_exits *own)
{
	char what[32];

	if (set->exits_per_op < 0)
		return;
	snprintf(what, sizeof(what), "exits of %.4s", set->level);
	fprintf(table->out,
		"  %-36s %12" PRIu64 "   (by the list of operations: %" PRIu64 ", and %" PRIu64 " shadow fills)\n",
		what, own->counted, own->listed, own->fills);
}

/*
 * Compares, for each reason, the exits that one hypervisor passed on with the exits that the next
 * one handled.
 */
static void check_passed_on(const struct nb_window_set *set, const char *below, const char *above,
			    struct nb_agreement *agreement)
{
	uint64_t passed_on, handled;
	struct nb_table table;
	const char *reason;
	char what[64];

	for (size_t i = 0; agreement->verdict == NB_AGREE && i < set->counter_count; i++) {
		if (!nb_chain_reason(set, i, below, above, &reason, &passed_on, &handled) || passed_on == handled)
			continue;
		snprintf(what, sizeof(what), "%s that %s passes on to %s", reason, below, above);
		nb_disagree(agreement, what, passed_on, handled);
	}
	if (agreement->verdict == NB_AGREE)
		return;
	nb_table_open(&table, set);
	fprintf(table.out, "  %-36s %12s %12s\n", "exits", below, above);
	for (size_t i = 0; i < set->counter_count; i++)
		if (nb_chain_reason(set, i, below, above, &reason, &passed_on, &handled))
			nb_table_total(&table, reason, passed_on, handled);
	nb_table_end(&table, agreement);
}

void nb_check_chain(const struct nb_window_set *set, const struct nb_chain *chain, struct nb_agreement *agreement)
{
	for (unsigned i = 0; agreement->verdict == NB_AGREE && i + 1 < chain->count; i++)
		check_passed_on(set, chain->name[i], chain->name[i + 1], agreement);
}

/*
 * Returns the instructions of L1 itself. VMX instructions of L1's guests also exit to L0, which
 * passes them on to L1.
 */
static uint64_t own_to_l0(const struct nb_window_set *set, const char *l0, const char *reason)
{
	char exits[32], passed_on[32];

	snprintf(exits, sizeof(exits), "exit.%s", reason);
	snprintf(passed_on, sizeof(passed_on), "nested.%s", reason);
	return nb_chain_value(set, l0, exits) - nb_chain_value(set, l0, passed_on);
}

void nb_check_under_ours(const struct nb_window_set *set, const struct nb_chain *chain, struct nb_agreement *agreement)
{
	const char *l0 = chain->name[0], *l1 = chain->name[1];
	uint64_t entries = nb_chain_value(set, l1, "vmresume") + nb_chain_value(set, l1, "vmlaunch");
	uint64_t entered = own_to_l0(set, l0, "VMRESUME") + own_to_l0(set, l0, "VMLAUNCH");
	uint64_t read = own_to_l0(set, l0, "VMREAD"), written = own_to_l0(set, l0, "VMWRITE");
	uint64_t reads = nb_chain_sum(set, l1, NB_VMREAD), writes = nb_chain_sum(set, l1, NB_VMWRITE);
	bool all = set->shadow_vmcs == NB_SHADOWING_OFF; /* shadowed accesses do not exit */
	struct nb_own_exits own = nb_own_exits_of(set, chain);
	struct nb_table table;

	if (own.differ)
		nb_disagree_own(set, &own, agreement);
	else if (entries != entered)
		nb_disagree(agreement, "nested VM entries", entries, entered);
	else if (all ? reads != read : reads < read)
		nb_disagree(agreement, "VMREADs", reads, read);
	else if (all ? writes != written : writes < written)
		nb_disagree(agreement, "VMWRITEs", writes, written);
	else
		return;
	nb_table_open(&table, set);
	fprintf(table.out, "  %-36s %12s %12s\n", "what", l1, l0);
	nb_table_own(&table, set, &own);
	nb_table_total(&table, "VMRESUME + VMLAUNCH", entries, entered);
	nb_table_total(&table, all ? "VMREADs" : "VMREADs, and VMREADs that exit", reads, read);
	nb_table_total(&table, all ? "VMWRITEs" : "VMWRITEs, and VMWRITEs that exit", writes, written);
	nb_table_end(&table, agreement);
}
