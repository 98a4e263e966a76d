// SPDX-License-Identifier: GPL-2.0-only
/* The comparison of our hypervisor's own counts with those of the L0 below it. */
#include "agreement.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../vmcs-shadow/fields.h"

#define EXIT         "hv.exit."
#define VMREAD       "hv.vmread."
#define VMWRITE      "hv.vmwrite."
#define VIRTUAL_EXIT "bpf.virtual_exit."

/*
 * An external interrupt is taken by L0 first, as an exit that it counts as an interrupt; the exit which our hypervisor
 * sees is made from that one. So it is no exit of its own, on either side of the comparison. Likewise the VMX-preemption
 * timer of a guest hypervisor, which KVM lets run on a timer of its own.
 */
#define EXIT_INTERRUPT "hv.exit.EXTERNAL_INTERRUPT"
#define EXIT_TIMER     "hv.exit.PREEMPTION_TIMER"

/*
 * Exits by which our hypervisor only filled its shadow page tables, as a CPU fills its TLB: when they come depends on what was
 * measured before, so they are no work of the operation's where a number is predicted. So are page faults that L0 fixed.
 */
#define FILLS    "hv.shadow_fills"
#define PF_FIXED "kvm.pf_fixed"

static bool is_made_of_interrupt(const char *key)
{
	return strcmp(key, EXIT_INTERRUPT) == 0 || strcmp(key, EXIT_TIMER) == 0;
}

enum access {
	ACCESS_READ,
	ACCESS_WRITE,
};

static const char *after(const char *key, const char *prefix)
{
	size_t length = strlen(prefix);

	return strncmp(key, prefix, length) == 0 ? key + length : NULL;
}

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

/* The third witness, where it was asked for: it always says how many exits there were. */
static bool has_bpf(const struct nb_window_set *set)
{
	return has(set, "bpf.exits");
}

/* Our hypervisor leaves out counters that are 0, so any of its counters shows that it counted. */
static bool has_hypervisor(const struct nb_window_set *set)
{
	for (size_t i = 0; i < set->counter_count; i++)
		if (after(set->counters[i].key, "hv."))
			return true;
	return false;
}

static uint64_t sum_of(const struct nb_window_set *set, const char *prefix)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < set->counter_count; i++)
		if (after(set->counters[i].key, prefix) && !is_made_of_interrupt(set->counters[i].key))
			sum += set->counters[i].value;
	return sum;
}

enum nb_shadowing nb_shadowing_of_config(const char *config)
{
	while (*config) {
		size_t length = strcspn(config, ", ");

		if (length == strlen("shadow_vmcs=on") && strncmp(config, "shadow_vmcs=on", length) == 0)
			return NB_SHADOWING_ON;
		if (length == strlen("shadow_vmcs=off") && strncmp(config, "shadow_vmcs=off", length) == 0)
			return NB_SHADOWING_OFF;
		config += length;
		config += strspn(config, ", ");
	}
	return NB_SHADOWING_UNKNOWN;
}

/* L0 shadows a read-only field for VMREAD alone: a VMWRITE of it still exits. */
static bool traps(int field, enum access access, enum nb_shadowing shadow_vmcs)
{
	if (shadow_vmcs == NB_SHADOWING_OFF)
		return true;
	if (access == ACCESS_WRITE)
		return vmcs_field_info[field].shadowed != VMCS_SHADOWED_RW;
	return vmcs_field_info[field].shadowed == VMCS_SHADOWED_NONE;
}

/* Sums the accesses that exit. A field that is not in our list goes to *unknown, and cannot be judged. */
static uint64_t trapped(const struct nb_window_set *set, enum access access, const char **unknown)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < set->counter_count; i++) {
		const char *name = after(set->counters[i].key, access == ACCESS_READ ? VMREAD : VMWRITE);
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

/* The text of a disagreement: a header, one line a part, and the totals with what makes them up. */
struct table {
	FILE *out;
	char *text;
	size_t size;
};

static void table_open(struct table *table, const struct nb_window_set *set)
{
	table->out = open_memstream(&table->text, &table->size);
	if (!table->out) {
		fprintf(stderr, "nestbed: no memory to say where the witnesses disagree\n");
		exit(1);
	}
	fprintf(table->out, "%s on %s (l0=%s): n=%" PRIu64 ", windows=%" PRIu64 "\n", set->op, set->level, set->l0,
		set->n, set->windows);
}

static void table_begin(struct table *table, const struct nb_window_set *set, const char *left)
{
	table_open(table, set);
	fprintf(table->out, "  %-36s %12s %12s\n", "what", left, strcmp(set->l0, "kvm") == 0 ? "KVM" : "counted");
}

static void table_part(struct table *table, const char *what, uint64_t value)
{
	fprintf(table->out, "    %-34s %12" PRIu64 "\n", what, value);
}

static void table_total(struct table *table, const char *what, uint64_t left, uint64_t right)
{
	fprintf(table->out, "  %-36s %12" PRIu64 " %12" PRIu64 "%s\n", what, left, right,
		left == right ? "" : "  <- differ");
}

static void table_end(struct table *table, struct nb_agreement *agreement)
{
	fclose(table->out);
	agreement->text = table->text;
}

static void table_parts_of(struct table *table, const struct nb_window_set *set, const char *prefix)
{
	for (size_t i = 0; i < set->counter_count; i++)
		if (after(set->counters[i].key, prefix) && !is_made_of_interrupt(set->counters[i].key) &&
		    set->counters[i].value)
			table_part(table, set->counters[i].key, set->counters[i].value);
}

static void table_accesses(struct table *table, const struct nb_window_set *set, enum access access)
{
	for (size_t i = 0; i < set->counter_count; i++) {
		const char *name = after(set->counters[i].key, access == ACCESS_READ ? VMREAD : VMWRITE);
		int field = name ? vmcs_field_index_of_name(name) : -1;

		if (field >= 0 && set->counters[i].value && traps(field, access, set->shadow_vmcs))
			table_part(table, set->counters[i].key, set->counters[i].value);
	}
}

static void not_available(struct nb_agreement *agreement, const char *reason)
{
	agreement->verdict = NB_NOT_AVAILABLE;
	snprintf(agreement->reason, sizeof(agreement->reason), "%s", reason);
}

static void disagree(struct nb_agreement *agreement, const char *what, uint64_t left, uint64_t right)
{
	agreement->verdict = NB_DISAGREE;
	snprintf(agreement->reason, sizeof(agreement->reason), "%s: %" PRIu64 " expected, %" PRIu64 " counted", what,
		 left, right);
}

static void check_nested(const struct nb_window_set *set, struct nb_agreement *agreement)
{
	const char *unknown = NULL;
	uint64_t entries = value_of(set, "hv.vmresume") + value_of(set, "hv.vmlaunch");
	uint64_t nested_run = value_of(set, "kvm.nested_run");
	uint64_t kept = set->kept_per_op > 0 ? set->n * (uint64_t)set->kept_per_op : 0;
	uint64_t predicted = sum_of(set, EXIT) + entries + trapped(set, ACCESS_READ, &unknown) +
			     trapped(set, ACCESS_WRITE, &unknown) + value_of(set, "hv.forwarded") +
			     value_of(set, "hv.housekeeping") + kept;
	uint64_t fills = value_of(set, FILLS);
	uint64_t own = set->n * (uint64_t)set->exits_per_op + set->windows; /* each window's closing doorbell */
	uint64_t wanted = own + fills;
	/* Exits that L0 keeps by a policy of its own are what is left over. */
	bool at_least = set->kept_per_op == NB_EXITS_COUNTED || (set->l0_shadows && fills);
	bool explained = at_least ? predicted <= agreement->total : predicted == agreement->total;
	struct table table;

	if (unknown) {
		agreement->verdict = NB_DISAGREE;
		snprintf(agreement->reason, sizeof(agreement->reason), "%s is no field of ours", unknown);
	} else if (set->exits_per_op >= 0 && sum_of(set, EXIT) != wanted) {
		disagree(agreement, "exits of L2", wanted, sum_of(set, EXIT));
	} else if (entries != nested_run) {
		disagree(agreement, "nested VM entries", entries, nested_run);
	} else if (!explained) {
		disagree(agreement, "L0 exits", predicted, agreement->total);
	} else {
		return;
	}
	table_begin(&table, set, "hypervisor");
	if (set->exits_per_op >= 0)
		fprintf(table.out,
			"  %-36s %12" PRIu64 "   (by the list of operations: %" PRIu64 ", and %" PRIu64
			" shadow fills)\n",
			"exits of L2", sum_of(set, EXIT), own, fills);
	table_total(&table, "VMRESUME + VMLAUNCH, nested_run", entries, nested_run);
	table_total(&table, "exits to L0 without interrupts", predicted, agreement->total);
	table_parts_of(&table, set, EXIT);
	table_part(&table, "VMRESUME + VMLAUNCH", entries);
	table_accesses(&table, set, ACCESS_READ);
	table_accesses(&table, set, ACCESS_WRITE);
	table_part(&table, "hv.forwarded", value_of(set, "hv.forwarded"));
	table_part(&table, "hv.housekeeping", value_of(set, "hv.housekeeping"));
	table_part(&table, "kept by L0, by the list of operations", kept);
	fprintf(table.out, "  KVM: exits=%" PRIu64 " irq_exits=%" PRIu64 "\n", value_of(set, "kvm.exits"),
		agreement->irq_exits);
	if (unknown)
		fprintf(table.out, "  not counted above: %s, a field missing in vmcs-shadow/fields.h\n", unknown);
	table_end(&table, agreement);
}

/* One level: nothing is between the guest and who counts, so the operation's own exits are the prediction. */
static void check_single(const struct nb_window_set *set, struct nb_agreement *agreement)
{
	uint64_t predicted = set->n * (uint64_t)set->exits_per_op + set->windows;
	struct table table;

	if (predicted == agreement->total || set->exits_per_op == NB_EXITS_COUNTED)
		return;
	disagree(agreement, "exits", predicted, agreement->total);
	table_begin(&table, set, "expected");
	table_total(&table, "exits without interrupts", predicted, agreement->total);
	table_part(&table, "n * exits of the operation", set->n * (uint64_t)set->exits_per_op);
	table_part(&table, "closing doorbells", set->windows);
	table_parts_of(&table, set, EXIT);
	fprintf(table.out, "  interrupts left out: %" PRIu64 "\n", agreement->irq_exits);
	table_end(&table, agreement);
}

/* What eBPF saw injected into L1 for the reason that the i-th counter names, and what our hypervisor handled. False: it names none. */
static bool find_reason(const struct nb_window_set *set, size_t i, const char **reason, uint64_t *handled,
			uint64_t *injected)
{
	const char *exit = after(set->counters[i].key, EXIT), *virtual = after(set->counters[i].key, VIRTUAL_EXIT);
	char key[128];

	*reason = exit ? exit : virtual;
	if (!*reason)
		return false;
	snprintf(key, sizeof(key), EXIT "%s", *reason);
	if (!exit && has(set, key)) /* that counter stands for both */
		return false;
	*handled = value_of(set, key);
	snprintf(key, sizeof(key), VIRTUAL_EXIT "%s", *reason);
	*injected = value_of(set, key);
	return true;
}

static void write_bpf(const struct nb_window_set *set, struct nb_agreement *agreement)
{
	uint64_t handled, injected, lost = value_of(set, "bpf.lost");
	struct table table;
	const char *reason;

	table_open(&table, set);
	fprintf(table.out, "  %-36s %12s %12s %12s\n", "what", "hypervisor", "KVM", "eBPF");
	fprintf(table.out, "  %-36s %12s %12" PRIu64 " %12" PRIu64 "\n", "exits to L0", "", value_of(set, "kvm.exits"),
		value_of(set, "bpf.exits"));
	for (size_t i = 0; strcmp(set->level, "L2") == 0 && i < set->counter_count; i++)
		if (find_reason(set, i, &reason, &handled, &injected))
			fprintf(table.out, "    %-34s %12" PRIu64 " %12s %12" PRIu64 "%s\n", reason, handled, "",
				injected, handled == injected ? "" : "  <- differ");
	fprintf(table.out, "  events lost: %" PRIu64 "%s\n", lost,
		lost ? " (a larger --trace-buffer, or fewer iterations, loses none)" : "");
	table_end(&table, agreement);
}

/* eBPF saw the exits that KVM counted, and KVM injected into L1 what our hypervisor handled, reason by reason. */
static void check_bpf(const struct nb_window_set *set, struct nb_agreement *agreement)
{
	uint64_t kvm = value_of(set, "kvm.exits"), bpf = value_of(set, "bpf.exits"), lost = value_of(set, "bpf.lost");
	uint64_t handled, injected;
	char what[64];
	const char *reason;

	if (kvm != bpf)
		disagree(agreement, "exits that KVM counts and eBPF sees", kvm, bpf);
	for (size_t i = 0; strcmp(set->level, "L2") == 0 && i < set->counter_count; i++) {
		if (agreement->verdict != NB_AGREE || !find_reason(set, i, &reason, &handled, &injected) ||
		    handled == injected)
			continue;
		snprintf(what, sizeof(what), "virtual exits %.40s", reason);
		disagree(agreement, what, handled, injected);
	}
	if (agreement->verdict == NB_AGREE && lost)
		disagree(agreement, "events lost by the tracer", 0, lost);
	if (agreement->verdict != NB_AGREE)
		write_bpf(set, agreement);
}

/*
 * L0's page faults are no work of the operation's where it has EPT and L2's pages are none of its: what it fixes is what it has not
 * mapped yet, or has moved.
 */
static bool is_fixed_by_the_way(const struct nb_window_set *set)
{
	return strcmp(set->level, "L2") == 0 && set->kept_per_op >= 0 && !set->l0_shadows;
}

static bool is_predicted(const struct nb_window_set *set)
{
	return set->exits_per_op >= 0 && (set->kept_per_op >= 0 || strcmp(set->level, "L2") != 0);
}

void nb_agreement_check(const struct nb_window_set *set, struct nb_agreement *agreement)
{
	bool kvm = strcmp(set->l0, "kvm") == 0;
	bool nested = strcmp(set->level, "L2") == 0;
	bool contradiction = false;

	memset(agreement, 0, sizeof(*agreement));
	agreement->verdict = NB_AGREE;
	/* Ring 3 of L0 itself: there is nothing below to exit to, hence nothing to compare. */
	if (strcmp(set->level, "L0") == 0) {
		agreement->has_total = agreement->has_accesses = true;
		return;
	}
	/* With KVM below, an L1 guest runs without our hypervisor: it does no VMREAD, whoever counts. */
	agreement->has_accesses = (kvm && !nested) || has_hypervisor(set);
	agreement->vmreads = sum_of(set, VMREAD);
	agreement->vmwrites = sum_of(set, VMWRITE);
	if (kvm) {
		uint64_t exits = value_of(set, "kvm.exits");

		/* A page of the guest's that L0 has moved or not mapped yet is no work of the operation's, where none is predicted. */
		uint64_t own = is_predicted(set) || is_fixed_by_the_way(set) ? value_of(set, PF_FIXED) : 0;

		agreement->irq_exits = value_of(set, "kvm.irq_exits");
		agreement->has_total = has(set, "kvm.exits") && has(set, "kvm.irq_exits");
		contradiction = agreement->has_total && agreement->irq_exits + own > exits;
		agreement->total = agreement->has_total && !contradiction ? exits - agreement->irq_exits - own : 0;
	} else {
		agreement->irq_exits = value_of(set, EXIT_INTERRUPT);
		agreement->has_total = has_hypervisor(set);
		agreement->total = agreement->has_total ? sum_of(set, EXIT) : 0;
		if (is_predicted(set))
			agreement->total -= value_of(set, FILLS) < agreement->total ? value_of(set, FILLS)
										    : agreement->total;
	}

	if (contradiction)
		disagree(agreement, "KVM's exits are fewer than its irq_exits and pf_fixed", agreement->irq_exits,
			 value_of(set, "kvm.exits"));
	else if (strcmp(set->level, "L1") != 0 && !(kvm && nested))
		not_available(agreement, "no prediction is known for this level and this L0");
	else if (!kvm && strcmp(set->l0, "none") != 0)
		not_available(agreement, "the stream does not say what L0 is");
	else if (!agreement->has_total)
		not_available(agreement, kvm ? "no exit statistics from KVM" : "no counts from the hypervisor");
	else if (set->exits_per_op == NB_EXITS_UNKNOWN && !nested)
		not_available(agreement, "an operation that is not in the list");
	else if (!nested)
		check_single(set, agreement);
	else if (!has_hypervisor(set))
		not_available(agreement, "no counts from the hypervisor");
	else if (!has(set, "kvm.nested_run"))
		not_available(agreement, "KVM does not count nested_run");
	else if (set->shadow_vmcs == NB_SHADOWING_UNKNOWN)
		not_available(agreement, "the configuration does not say shadow_vmcs=on or off");
	else
		check_nested(set, agreement);
	if (agreement->verdict == NB_AGREE && kvm && has_bpf(set))
		check_bpf(set, agreement);
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
