// SPDX-License-Identifier: GPL-2.0-only
/*
 * The third witness: compares the counts of the eBPF programs with the counts of our hypervisor and
 * KVM. The table has one line for each count, and three columns.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "l0/witness/agreement_parts.h"

#define HV           "hv" /* counter prefix of the innermost hypervisor */
#define VIRTUAL_EXIT "bpf.virtual_exit."
#define EXIT_L1      "bpf.exit.L1."
#define EXIT_L2      "bpf.exit.L2."
#define ANY_NUMBER   UINT64_MAX

enum witness {
	HYPERVISOR,
	KVM,
	BPF,
	WITNESSES,
};

struct row {
	char what[48];
	uint64_t count[WITNESSES];
	bool has[WITNESSES];
	uint64_t more; /* the largest excess of eBPF over the hypervisor, for exits that L0 does not forward */
};

struct rows {
	const struct nb_window_set *set;
	const struct nb_chain *chain;
	const char *l1; /* the hypervisor right above L0 */
	struct row *row;
	size_t count;
};

/* VMX instructions of L1 that our hypervisor counts separately. Each one is an exit to L0. */
static const struct {
	const char *reason, *key;
} one_by_one[] = {{"VMRESUME", "vmresume"}, {"VMLAUNCH", "vmlaunch"}, {"VMPTRLD", "vmptrld"}, {"VMCLEAR", "vmclear"}};

/*
 * Exits of L1 that come from L0's own policies. Our hypervisor knows some of them (registers of its
 * APIC), but not all.
 */
static const char *const own_of_l0[] = {"EPT_VIOLATION", "EPT_MISCONFIG", "PREEMPTION_TIMER", "INTERRUPT_WINDOW",
					"NMI_WINDOW"};

/* An EPT violation of L2 becomes one of these exits to L1, as the entry of ept12 determines. */
static const char *const of_ept12[] = {"EPT_VIOLATION", "EPT_MISCONFIG", "PML_FULL"};

#define IS_IN(list, name) is_in(list, sizeof(list) / sizeof((list)[0]), name)

static bool is_in(const char *const *list, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(list[i], name) == 0)
			return true;
	return false;
}

static const char *after(const char *key, const char *prefix)
{
	size_t length = strlen(prefix);

	return strncmp(key, prefix, length) == 0 ? key + length : NULL;
}

static uint64_t value_of(const struct rows *rows, const char *group, const char *name, bool *found)
{
	char key[128];

	snprintf(key, sizeof(key), "%s%s", group, name);
	return nb_counter_value(rows->set->counters, rows->set->counter_count, key, found);
}

static struct row *add(struct rows *rows, const char *group, const char *name)
{
	struct row *row = &rows->row[rows->count++];

	memset(row, 0, sizeof(*row));
	snprintf(row->what, sizeof(row->what), "%s%s", group, name);
	return row;
}

static void say(struct row *row, enum witness witness, uint64_t count)
{
	row->has[witness] = true;
	row->count[witness] = count;
}

static void say_if_counted(const struct rows *rows, struct row *row, enum witness witness, const char *key)
{
	row->count[witness] = value_of(rows, "", key, &row->has[witness]);
}

/* Sums all exits of a level, except the reasons in the list. */
static uint64_t exits_but(const struct rows *rows, const char *level, const char *const *list, size_t count)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < rows->set->counter_count; i++) {
		const char *reason = after(rows->set->counters[i].key, level);

		if (reason && !is_in(list, count, reason))
			sum += rows->set->counters[i].value;
	}
	return sum;
}

static uint64_t sum_of(const struct rows *rows, const char *group, const char *const *list, size_t count)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < count; i++)
		sum += value_of(rows, group, list[i], NULL);
	return sum;
}

/*
 * Adds rows for VMREADs and VMWRITEs that exit, for the instructions with separate counters, and
 * for the remaining exits.
 */
static void add_exits_of_l1(struct rows *rows)
{
	static const char *const apart[] = {"VMRESUME", "VMLAUNCH", "VMPTRLD",           "VMCLEAR",
					    "VMREAD",   "VMWRITE",  "EXTERNAL_INTERRUPT"};
	static const char *const others[] = {"forwarded", "housekeeping", "invept", "invvpid"};
	struct row *row;
	uint64_t known = 0;

	for (size_t i = 0; i < sizeof(one_by_one) / sizeof(one_by_one[0]); i++) {
		row = add(rows, "L1 exits ", one_by_one[i].reason);
		say(row, HYPERVISOR, nb_chain_value(rows->set, rows->l1, one_by_one[i].key));
		say(row, BPF, value_of(rows, EXIT_L1, one_by_one[i].reason, NULL));
	}
	row = add(rows, "L1 exits ", "VMREAD");
	say(row, HYPERVISOR, nb_trapped_reads(rows->set, rows->l1));
	say(row, BPF, value_of(rows, EXIT_L1, "VMREAD", NULL));
	row = add(rows, "L1 exits ", "VMWRITE");
	say(row, HYPERVISOR, nb_trapped_writes(rows->set, rows->l1));
	say(row, BPF, value_of(rows, EXIT_L1, "VMWRITE", NULL));

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		known += nb_chain_value(rows->set, rows->l1, others[i]);
	row = add(rows, "L1 exits ", "otherwise");
	say(row, HYPERVISOR, known);
	say(row, BPF, exits_but(rows, EXIT_L1, apart, sizeof(apart) / sizeof(apart[0])));
	row->more = rows->set->l0_shadows ? ANY_NUMBER
					  : sum_of(rows, EXIT_L1, own_of_l0, sizeof(own_of_l0) / sizeof(own_of_l0[0]));
}

/*
 * Returns the exit reason of the i-th counter, if it is in `group` or counts exits of the
 * hypervisor. If both kinds exist for a reason, only the hypervisor's counter makes a row, and this
 * returns NULL for the other.
 */
static const char *reason_of(const struct rows *rows, size_t i, const char *group)
{
	const struct nb_counter *counter = &rows->set->counters[i];
	const char *exit = nb_chain_part(counter, rows->l1, NB_EXIT),
		   *reason = exit ? exit : after(counter->key, group);
	char key[128];
	bool both = false;

	if (reason && !exit) {
		snprintf(key, sizeof(key), "%s." NB_EXIT "%s", rows->l1, reason);
		value_of(rows, "", key, &both);
	}
	return both ? NULL : reason;
}

static uint64_t handled(const struct rows *rows, const char *reason)
{
	char key[96];

	snprintf(key, sizeof(key), NB_EXIT "%s", reason);
	return nb_chain_value(rows->set, rows->l1, key);
}

/*
 * Compares, for each reason, the exits that KVM injected into L1 with the exits that our hypervisor
 * handled.
 */
static void add_virtual_exits(struct rows *rows)
{
	for (size_t i = 0; i < rows->set->counter_count; i++) {
		const char *reason = reason_of(rows, i, VIRTUAL_EXIT);
		struct row *row = reason ? add(rows, "virtual exits ", reason) : NULL;

		if (!row)
			continue;
		say(row, HYPERVISOR, handled(rows, reason));
		say(row, BPF, value_of(rows, VIRTUAL_EXIT, reason, NULL));
	}
}

/*
 * L0 handles some exits of L2 itself, and only eBPF sees them. If a number is predicted, eBPF may
 * see at most that many more.
 */
static void add_exits_of_l2(struct rows *rows)
{
	const struct nb_window_set *set = rows->set;
	const bool exact = set->kept_per_op >= 0 && !set->l0_shadows && rows->chain->count == 1;
	uint64_t made = 0;
	struct row *row;

	for (size_t i = 0; i < set->counter_count; i++) {
		const char *reason = reason_of(rows, i, EXIT_L2);

		/*
		 * L1's interrupts need no exit of L2. Nor does L1's preemption timer, for which KVM
		 * uses a timer of the host.
		 */
		if (!reason || IS_IN(of_ept12, reason) || strcmp(reason, "EXTERNAL_INTERRUPT") == 0 ||
		    strcmp(reason, "PREEMPTION_TIMER") == 0)
			continue;
		row = add(rows, "L2 exits ", reason);
		say(row, HYPERVISOR, handled(rows, reason));
		say(row, BPF, value_of(rows, EXIT_L2, reason, NULL));
		row->more = exact ? set->n * (uint64_t)set->kept_per_op : ANY_NUMBER;
	}
	for (size_t i = 0; i < sizeof(of_ept12) / sizeof(of_ept12[0]); i++)
		made += handled(rows, of_ept12[i]);
	row = add(rows, "L2 exits ", "EPT_VIOLATION or alike");
	say(row, HYPERVISOR, made);
	say(row, BPF, sum_of(rows, EXIT_L2, of_ept12, sizeof(of_ept12) / sizeof(of_ept12[0])));
	row->more = ANY_NUMBER;
}

static void fill(struct rows *rows)
{
	static const char *const interrupt[] = {"EXTERNAL_INTERRUPT"};
	struct row *row = add(rows, "exits to L0", "");

	say_if_counted(rows, row, KVM, "kvm.exits");
	say_if_counted(rows, row, BPF, "bpf.exits");
	row = add(rows, "of these interrupts", "");
	say_if_counted(rows, row, KVM, "kvm.irq_exits");
	say(row, BPF, sum_of(rows, EXIT_L1, interrupt, 1) + sum_of(rows, EXIT_L2, interrupt, 1));
	if (nb_level_number(rows->set->level) < 2)
		return;
	row = add(rows, "nested VM entries", "");
	say(row, HYPERVISOR,
	    nb_chain_value(rows->set, rows->l1, "vmresume") + nb_chain_value(rows->set, rows->l1, "vmlaunch"));
	say_if_counted(rows, row, KVM, "kvm.nested_run");
	say_if_counted(rows, row, BPF, "bpf.nested_entry"); /* only if events are streamed */
	add_exits_of_l1(rows);
	add_virtual_exits(rows);
	add_exits_of_l2(rows);
}

/*
 * Witnesses that counted the same exits must agree. Only eBPF may exceed the hypervisor, by at most
 * row->more.
 */
static bool differ(const struct row *row)
{
	const uint64_t *count = row->count;
	const bool *has = row->has;

	return (has[KVM] && has[BPF] && count[KVM] != count[BPF]) ||
	       (has[KVM] && has[HYPERVISOR] && count[KVM] != count[HYPERVISOR]) ||
	       (has[HYPERVISOR] && has[BPF] &&
		(count[BPF] < count[HYPERVISOR] || count[BPF] - count[HYPERVISOR] > row->more));
}

static void write_rows(const struct rows *rows, uint64_t lost, struct nb_agreement *agreement)
{
	struct nb_table table;

	nb_table_open(&table, rows->set);
	fprintf(table.out, "  %-36s %12s %12s %12s\n", "what", "hypervisor", "KVM", "eBPF");
	for (size_t i = 0; i < rows->count; i++) {
		const struct row *row = &rows->row[i];

		fprintf(table.out, "  %-36s", row->what);
		for (int w = 0; w < WITNESSES; w++)
			if (row->has[w])
				fprintf(table.out, " %12" PRIu64, row->count[w]);
			else
				fprintf(table.out, " %12s", "");
		fprintf(table.out, "%s\n", differ(row) ? "  <- differ" : "");
	}
	fprintf(table.out, "  events lost: %" PRIu64 "%s\n", lost,
		lost ? " (a larger --trace-buffer, or fewer iterations, loses none)" : "");
	nb_table_end(&table, agreement);
}

void nb_check_bpf(const struct nb_window_set *set, const struct nb_chain *chain, struct nb_agreement *agreement)
{
	struct rows rows = {.set = set, .chain = chain, .l1 = chain->count > 0 ? chain->name[0] : HV};
	uint64_t lost = value_of(&rows, "", "bpf.lost", NULL);

	/* A counter makes at most two rows. */
	rows.row = calloc(16 + 2 * set->counter_count, sizeof(*rows.row));
	if (!rows.row) {
		fprintf(stderr, "nestbed: no memory to compare the witnesses\n");
		exit(1);
	}
	fill(&rows);
	for (size_t i = 0; agreement->verdict == NB_AGREE && i < rows.count; i++) {
		const struct row *row = &rows.row[i];

		if (differ(row))
			nb_disagree(agreement, row->what, row->count[row->has[KVM] ? KVM : HYPERVISOR],
				    row->count[row->has[BPF] ? BPF : HYPERVISOR]);
	}
	if (agreement->verdict == NB_AGREE && lost)
		nb_disagree(agreement, "events lost by the tracer", 0, lost);
	if (agreement->verdict != NB_AGREE)
		write_rows(&rows, lost, agreement);
	free(rows.row);
}
