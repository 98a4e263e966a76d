// SPDX-License-Identifier: GPL-2.0-only
/* Compares the counts of our hypervisor with the counts of the L0 below it. */
#include "l0/witness/agreement.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "l0/request/config.h"
#include "l0/witness/agreement_parts.h"
#include "vmcs-shadow/fields.h"

#define HV "hv" /* counter prefix of the innermost hypervisor */

/*
 * Page faults that L0 fixed. If a number of exits is predicted, these exits are not part of the
 * operation. Exits that fill our hypervisor's shadow page tables are not part of it either, because
 * they depend on earlier measurements.
 */
#define PF_FIXED "kvm.pf_fixed"

/*
 * Counters of a hypervisor's other instructions that exit. Each kind of instruction has one
 * counter.
 */
static const char *const other_exits[] = {"forwarded", "housekeeping", "vmptrld", "vmclear", "invept", "invvpid"};
#define OTHER_EXITS_ALWAYS 2 /* the first two, which every hypervisor counts; the table shows them even if they are 0 */

enum access {
	ACCESS_READ,
	ACCESS_WRITE,
};

uint64_t nb_counter_value(const struct nb_counter *counters, size_t count, const char *key, bool *found)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(counters[i].key, key) == 0) {
			if (found)
				*found = true;
			return counters[i].value;
		}
	if (found)
		*found = false;
	return 0;
}

static uint64_t value_of(const struct nb_window_set *set, const char *key)
{
	return nb_counter_value(set->counters, set->counter_count, key, NULL);
}

static bool has(const struct nb_window_set *set, const char *key)
{
	bool found;

	nb_counter_value(set->counters, set->counter_count, key, &found);
	return found;
}

/* Returns true if the third witness was requested. eBPF always reports the number of exits. */
static bool has_bpf(const struct nb_window_set *set)
{
	return has(set, "bpf.exits");
}

/* Returns true if L0 has a hypervisor above it, and a guest of that hypervisor was measured. */
static bool is_nested(const struct nb_window_set *set)
{
	return nb_level_number(set->level) > 1;
}

enum nb_shadowing nb_shadowing_of_config(const char *config)
{
	switch (config__of(config).shadow_vmcs) {
	case CONFIG_SHADOWING_ON:
		return NB_SHADOWING_ON;
	case CONFIG_SHADOWING_OFF:
		return NB_SHADOWING_OFF;
	default:
		return NB_SHADOWING_UNKNOWN;
	}
}

/* L0 shadows a read-only field only for VMREAD. A VMWRITE of this field still exits. */
static bool traps(int field, enum access access, enum nb_shadowing shadow_vmcs)
{
	if (shadow_vmcs == NB_SHADOWING_OFF)
		return true;
	if (access == ACCESS_WRITE)
		return vmcs_field_info[field].shadowed != VMCS_SHADOWED_RW;
	return vmcs_field_info[field].shadowed == VMCS_SHADOWED_NONE;
}

static const char *group_of(enum access access)
{
	return access == ACCESS_READ ? NB_VMREAD : NB_VMWRITE;
}

/*
 * Sums a hypervisor's accesses that exit. A field that is not in our list cannot be judged: its key
 * goes to *unknown.
 */
static uint64_t trapped(const struct nb_window_set *set, const char *hypervisor, enum access access,
			const char **unknown)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < set->counter_count; i++) {
		const char *name = nb_chain_part(&set->counters[i], hypervisor, group_of(access));
		int field;

		if (!name)
			continue;
		field = vmcs_field_index_of_name(name);
		if (field < 0)
			*unknown = set->counters[i].key;
		else if (traps(field, access, set->shadow_vmcs))
			sum += set->counters[i].value;
	}
	return sum;
}

uint64_t nb_trapped_reads(const struct nb_window_set *set, const char *hypervisor)
{
	const char *unknown;

	return trapped(set, hypervisor, ACCESS_READ, &unknown);
}

uint64_t nb_trapped_writes(const struct nb_window_set *set, const char *hypervisor)
{
	const char *unknown;

	return trapped(set, hypervisor, ACCESS_WRITE, &unknown);
}

static void table_begin(struct nb_table *table, const struct nb_window_set *set, const char *left)
{
	nb_table_open(table, set);
	fprintf(table->out, "  %-36s %12s %12s\n", "what", left, strcmp(set->l0, "kvm") == 0 ? "KVM" : "counted");
}

static void table_value(struct nb_table *table, const struct nb_window_set *set, const char *hypervisor,
			const char *key)
{
	char what[48];

	snprintf(what, sizeof(what), "%s.%s", hypervisor, key);
	nb_table_part(table, what, nb_chain_value(set, hypervisor, key));
}

static void table_accesses(struct nb_table *table, const struct nb_window_set *set, const char *hypervisor,
			   enum access access)
{
	for (size_t i = 0; i < set->counter_count; i++) {
		const char *name = nb_chain_part(&set->counters[i], hypervisor, group_of(access));
		int field = name ? vmcs_field_index_of_name(name) : -1;

		if (field >= 0 && set->counters[i].value && traps(field, access, set->shadow_vmcs))
			nb_table_part(table, set->counters[i].key, set->counters[i].value);
	}
}

/*
 * KVM emulates VMCS shadowing for L1's guests with exits that it does not forward to L1. This
 * function counts them: the VMCS accesses of the hypervisors above L1, minus the accesses that
 * exited to L1.
 */
static uint64_t emulated_accesses(const struct nb_window_set *set, const struct nb_chain *chain)
{
	uint64_t accesses = 0, handled = 0;

	for (unsigned i = 1; i < chain->count; i++)
		accesses += nb_chain_sum(set, chain->name[i], NB_VMREAD) +
			    nb_chain_sum(set, chain->name[i], NB_VMWRITE);
	handled = nb_chain_value(set, chain->name[0], NB_EXIT "VMREAD") +
		  nb_chain_value(set, chain->name[0], NB_EXIT "VMWRITE");
	return accesses > handled ? accesses - handled : 0;
}

/*
 * Checks the exits that KVM must have seen of the hypervisor above it, and of the guests of that
 * hypervisor.
 */
static void check_nested(const struct nb_window_set *set, const struct nb_chain *chain, struct nb_agreement *agreement)
{
	const char *unknown = NULL, *hv = chain->name[0];
	uint64_t exits = nb_chain_sum(set, hv, NB_EXIT);
	uint64_t entries = nb_chain_value(set, hv, "vmresume") + nb_chain_value(set, hv, "vmlaunch");
	uint64_t nested_run = value_of(set, "kvm.nested_run");
	uint64_t kept = set->kept_per_op > 0 ? set->n * (uint64_t)set->kept_per_op : 0;
	uint64_t others = emulated_accesses(set, chain);
	struct nb_own_exits own = nb_own_exits_of(set, chain);
	uint64_t predicted;
	bool at_least, explained;
	struct nb_table table;

	for (size_t i = 0; i < sizeof(other_exits) / sizeof(other_exits[0]); i++)
		others += nb_chain_value(set, hv, other_exits[i]);
	predicted = exits + entries + trapped(set, hv, ACCESS_READ, &unknown) +
		    trapped(set, hv, ACCESS_WRITE, &unknown) + others + kept;
	/*
	 * If L0's own policy decides which exits it handles, these exits are the remainder. The
	 * prediction is then a lower bound.
	 */
	at_least = set->kept_per_op == NB_EXITS_COUNTED || (set->l0_shadows && own.fills);
	explained = at_least ? predicted <= agreement->total : predicted == agreement->total;
	if (unknown) {
		agreement->verdict = NB_DISAGREE;
		snprintf(agreement->reason, sizeof(agreement->reason), "%s is an unknown field", unknown);
	} else if (own.differ) {
		nb_disagree_own(set, &own, agreement);
	} else if (entries != nested_run) {
		nb_disagree(agreement, "nested VM entries", entries, nested_run);
	} else if (!explained) {
		nb_disagree(agreement, "L0 exits", predicted, agreement->total);
	} else {
		return;
	}
	table_begin(&table, set, "hypervisor");
	nb_table_own(&table, set, &own);
	nb_table_total(&table, "VMRESUME + VMLAUNCH, nested_run", entries, nested_run);
	nb_table_total(&table, "exits to L0 without interrupts", predicted, agreement->total);
	nb_table_exits(&table, set, hv);
	nb_table_part(&table, "VMRESUME + VMLAUNCH", entries);
	table_accesses(&table, set, hv, ACCESS_READ);
	table_accesses(&table, set, hv, ACCESS_WRITE);
	for (size_t i = 0; i < sizeof(other_exits) / sizeof(other_exits[0]); i++)
		if (i < OTHER_EXITS_ALWAYS || nb_chain_value(set, hv, other_exits[i]))
			table_value(&table, set, hv, other_exits[i]);
	if (emulated_accesses(set, chain))
		nb_table_part(&table, "accesses of L1's guests to shadow VMCSs", emulated_accesses(set, chain));
	nb_table_part(&table, "kept by L0, by the list of operations", kept);
	fprintf(table.out, "  KVM: exits=%" PRIu64 " irq_exits=%" PRIu64 "\n", value_of(set, "kvm.exits"),
		agreement->irq_exits);
	if (unknown)
		fprintf(table.out, "  not counted above: %s, a field missing in vmcs-shadow/fields.h\n", unknown);
	nb_table_end(&table, agreement);
}

/*
 * Checks one level. No hypervisor runs between the guest and the counting L0, so the prediction is
 * the operation's own exits.
 */
static void check_single(const struct nb_window_set *set, const struct nb_chain *chain, struct nb_agreement *agreement)
{
	uint64_t predicted = set->n * (uint64_t)set->exits_per_op + set->windows;
	struct nb_table table;

	if (predicted == agreement->total || set->exits_per_op == NB_EXITS_COUNTED)
		return;
	nb_disagree(agreement, "exits", predicted, agreement->total);
	table_begin(&table, set, "expected");
	nb_table_total(&table, "exits without interrupts", predicted, agreement->total);
	nb_table_part(&table, "n * exits of the operation", set->n * (uint64_t)set->exits_per_op);
	nb_table_part(&table, "closing doorbells", set->windows);
	if (chain->count > 0)
		nb_table_exits(&table, set, chain->name[0]);
	fprintf(table.out, "  interrupts left out: %" PRIu64 "\n", agreement->irq_exits);
	nb_table_end(&table, agreement);
}

/*
 * Returns true if page faults of L0 are not part of the operation. L0 must use EPT, and the
 * operation must not depend on how L0 handles L2's pages. L0 then only fixes pages that it has not
 * mapped yet, or has moved.
 */
static bool is_fixed_by_the_way(const struct nb_window_set *set)
{
	return is_nested(set) && set->kept_per_op >= 0 && !set->l0_shadows;
}

static bool is_predicted(const struct nb_window_set *set)
{
	return set->exits_per_op >= 0 && (set->kept_per_op >= 0 || !is_nested(set));
}

/* Reads KVM's counts. Returns false if they contradict each other. */
static bool count_of_kvm(const struct nb_window_set *set, struct nb_agreement *agreement)
{
	uint64_t exits = value_of(set, "kvm.exits");
	/*
	 * L0 may have moved a guest page, or not mapped it yet. The resulting fault is not part of
	 * the operation if none is predicted.
	 */
	uint64_t own = is_predicted(set) || is_fixed_by_the_way(set) ? value_of(set, PF_FIXED) : 0;

	agreement->irq_exits = value_of(set, "kvm.irq_exits");
	agreement->has_total = has(set, "kvm.exits") && has(set, "kvm.irq_exits");
	if (!agreement->has_total)
		return true;
	if (agreement->irq_exits + own > exits)
		return false;
	agreement->total = exits - agreement->irq_exits - own;
	return true;
}

/* Reads the counts of our hypervisor as L0. */
static void count_of_ours(const struct nb_window_set *set, const struct nb_chain *chain, struct nb_agreement *agreement)
{
	uint64_t fills;

	agreement->has_total = chain->said > 0;
	if (!agreement->has_total)
		return;
	agreement->irq_exits = nb_chain_value(set, chain->name[0], "exit.EXTERNAL_INTERRUPT");
	agreement->total = nb_chain_sum(set, chain->name[0], NB_EXIT);
	fills = nb_chain_value(set, chain->name[0], NB_FILLS);
	if (chain->count == 1 && is_predicted(set))
		agreement->total -= fills < agreement->total ? fills : agreement->total;
}

/* Names the first hypervisor without counts. */
static void not_said(const struct nb_chain *chain, struct nb_agreement *agreement)
{
	char reason[64];

	if (strcmp(chain->name[chain->said], HV) == 0)
		snprintf(reason, sizeof(reason), "no counts from the hypervisor");
	else
		snprintf(reason, sizeof(reason), "no counts from the hypervisor %s", chain->name[chain->said]);
	nb_not_available(agreement, reason);
}

void nb_agreement_check(const struct nb_window_set *set, struct nb_agreement *agreement)
{
	bool kvm = strcmp(set->l0, "kvm") == 0, nested = is_nested(set), contradiction = false;
	struct nb_chain chain;

	memset(agreement, 0, sizeof(*agreement));
	agreement->verdict = NB_AGREE;
	/* This is ring 3 of L0 itself. No level lies below, so there are no exits to compare. */
	if (strcmp(set->level, "L0") == 0) {
		agreement->has_total = agreement->has_own = true;
		return;
	}
	nb_chain_find(&chain, set);
	/* With KVM as L0, an L1 guest runs without our hypervisor, so it executes no VMREAD. */
	agreement->has_own = (kvm && !nested) || (chain.count > 0 && chain.said == chain.count &&
						  strcmp(chain.name[chain.count - 1], HV) == 0);
	agreement->handled = nb_chain_sum(set, HV, NB_EXIT);
	agreement->vmreads = nb_chain_sum(set, HV, NB_VMREAD);
	agreement->vmwrites = nb_chain_sum(set, HV, NB_VMWRITE);
	if (kvm)
		contradiction = !count_of_kvm(set, agreement);
	else
		count_of_ours(set, &chain, agreement);

	if (contradiction)
		nb_disagree(agreement, "KVM's exits are fewer than its irq_exits and pf_fixed", agreement->irq_exits,
			    value_of(set, "kvm.exits"));
	else if (nb_level_number(set->level) < 0)
		nb_not_available(agreement, "no prediction is known for this level");
	else if (!kvm && strcmp(set->l0, "own") != 0 && strcmp(set->l0, "none") != 0)
		nb_not_available(agreement, "the stream does not say what L0 is");
	else if (!agreement->has_total && kvm)
		nb_not_available(agreement, "no exit statistics from KVM");
	else if (chain.said < chain.count)
		not_said(&chain, agreement);
	else if (set->exits_per_op == NB_EXITS_UNKNOWN && !nested)
		nb_not_available(agreement, "an operation that is not in the list");
	else if (chain.count == 0 || (!kvm && chain.count == 1))
		check_single(set, &chain, agreement);
	else if (kvm && !has(set, "kvm.nested_run"))
		nb_not_available(agreement, "KVM does not count nested_run");
	else if (set->shadow_vmcs == NB_SHADOWING_UNKNOWN)
		nb_not_available(agreement, "the configuration does not say shadow_vmcs=on or off");
	else if (kvm)
		check_nested(set, &chain, agreement);
	else
		nb_check_under_ours(set, &chain, agreement);
	nb_check_chain(set, &chain, agreement);
	if (agreement->verdict == NB_AGREE && kvm && has_bpf(set))
		nb_check_bpf(set, &chain, agreement);
}

void nb_agreement_free(struct nb_agreement *agreement)
{
	free(agreement->text);
	agreement->text = NULL;
}

double nb_per_op(uint64_t total, uint64_t windows, uint64_t n, uint64_t empty_total, uint64_t empty_windows)
{
	if (n == 0 || empty_windows == 0)
		return NAN;
	return ((double)total - (double)windows * (double)empty_total / (double)empty_windows) / (double)n;
}
