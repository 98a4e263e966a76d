// SPDX-License-Identifier: GPL-2.0-only
/* Tests of the witnesses' comparison: a cascade worked out by hand, and every way to break it. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "l0/witness/agreement.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/*
 * 1000 CPUIDs of an L2 guest and one closing doorbell. GUEST_RIP is shadowed read-write,
 * VM_EXIT_REASON read-only, HOST_RIP not at all.
 */
static const struct nb_counter cpuid_l2[] = {
	{"hv.exit.CPUID", 1000},
	{"hv.exit.IO_INSTRUCTION", 1},
	{"hv.exit.EXTERNAL_INTERRUPT", 2},
	{"hv.vmread.VM_EXIT_REASON", 1003},
	{"hv.vmread.GUEST_RIP", 1001},
	{"hv.vmread.HOST_RIP", 7},
	{"hv.vmwrite.GUEST_RIP", 1001},
	{"hv.vmresume", 1003},
	{"hv.vmlaunch", 0},
	{"hv.forwarded", 1},
	{"hv.housekeeping", 4},
	{"kvm.exits", 2019},
	{"kvm.irq_exits", 3},
	{"kvm.nested_run", 1003},
};

static struct nb_window_set l2(struct nb_counter *counters)
{
	struct nb_window_set set = {
		.op = "cpuid",
		.level = "L2",
		.l0 = "kvm",
		.shadow_vmcs = NB_SHADOWING_ON,
		.exits_per_op = 1,
		.n = 1000,
		.windows = 1,
		.counters = counters,
		.counter_count = COUNT(cpuid_l2),
	};

	memcpy(counters, cpuid_l2, sizeof(cpuid_l2));
	return set;
}

static void put(struct nb_counter *counters, const char *key, uint64_t value)
{
	for (size_t i = 0; i < COUNT(cpuid_l2); i++)
		if (strcmp(counters[i].key, key) == 0) {
			counters[i].value = value;
			return;
		}
	fail_msg("no counter %s", key);
}

static enum nb_verdict verdict(const struct nb_window_set *set)
{
	struct nb_agreement agreement;
	enum nb_verdict result;

	nb_agreement_check(set, &agreement);
	result = agreement.verdict;
	assert_true((result == NB_DISAGREE) == (agreement.text != NULL));
	assert_true((result == NB_AGREE) == (agreement.reason[0] == '\0'));
	nb_agreement_free(&agreement);
	return result;
}

static void shadowed_fields_do_not_trap(void **state)
{
	struct nb_counter counters[COUNT(cpuid_l2)];
	struct nb_window_set set = l2(counters);
	struct nb_agreement agreement;

	(void)state;
	/* 1001 exits + 1003 resumes + 7 reads of an unshadowed field + 1 forwarded + 4 housekeeping
	 * = 2016 */
	nb_agreement_check(&set, &agreement);
	assert_int_equal(agreement.verdict, NB_AGREE);
	assert_true(agreement.has_total);
	assert_int_equal(agreement.total, 2016);
	assert_int_equal(agreement.irq_exits, 3);
	assert_int_equal(agreement.vmreads, 2011);
	assert_int_equal(agreement.vmwrites, 1001);
	nb_agreement_free(&agreement);
}

static void without_shadowing_every_access_traps(void **state)
{
	struct nb_counter counters[COUNT(cpuid_l2)];
	struct nb_window_set set = l2(counters);

	(void)state;
	set.shadow_vmcs = NB_SHADOWING_OFF;
	assert_int_equal(verdict(&set), NB_DISAGREE);
	put(counters, "kvm.exits", 2019 + 1003 + 1001 + 1001);
	assert_int_equal(verdict(&set), NB_AGREE);
}

static void a_write_of_a_read_only_field_traps(void **state)
{
	struct nb_counter counters[COUNT(cpuid_l2)];
	struct nb_window_set set = l2(counters);

	(void)state;
	counters[6].key = "hv.vmwrite.VM_EXIT_REASON";
	assert_int_equal(verdict(&set), NB_DISAGREE);
	put(counters, "kvm.exits", 2019 + 1001);
	assert_int_equal(verdict(&set), NB_AGREE);
}

static void one_exit_too_many_is_a_disagreement(void **state)
{
	struct nb_counter counters[COUNT(cpuid_l2)];
	struct nb_window_set set = l2(counters);
	struct nb_agreement agreement;

	(void)state;
	put(counters, "kvm.exits", 2020);
	nb_agreement_check(&set, &agreement);
	assert_int_equal(agreement.verdict, NB_DISAGREE);
	assert_string_equal(agreement.reason, "L0 exits: 2016 expected, 2017 counted");
	assert_non_null(strstr(agreement.text, "hypervisor"));
	assert_non_null(strstr(agreement.text, "KVM"));
	assert_non_null(strstr(agreement.text, "hv.exit.CPUID"));
	assert_non_null(strstr(agreement.text, "hv.vmread.HOST_RIP"));
	assert_null(strstr(agreement.text, "hv.vmread.GUEST_RIP"));
	assert_non_null(strstr(agreement.text, "2016         2017  <- differ"));
	nb_agreement_free(&agreement);
}

static void nested_entries_are_compared_too(void **state)
{
	struct nb_counter counters[COUNT(cpuid_l2)];
	struct nb_window_set set = l2(counters);

	(void)state;
	put(counters, "kvm.nested_run", 1002);
	assert_int_equal(verdict(&set), NB_DISAGREE);
	put(counters, "kvm.nested_run", 1003);
	put(counters, "hv.vmresume", 1002);
	put(counters, "hv.vmlaunch", 1); /* a launch enters as well as a resume */
	assert_int_equal(verdict(&set), NB_AGREE);
}

static void an_unknown_field_cannot_be_judged(void **state)
{
	struct nb_counter counters[COUNT(cpuid_l2)];
	struct nb_window_set set = l2(counters);

	(void)state;
	counters[5].key = "hv.vmread.NO_SUCH_FIELD";
	assert_int_equal(verdict(&set), NB_DISAGREE);
}

static void a_missing_witness_is_not_a_disagreement(void **state)
{
	struct nb_counter counters[COUNT(cpuid_l2)];
	struct nb_window_set set = l2(counters);

	(void)state;
	set.counter_count = 11; /* hv only: the VMM was another's */
	assert_int_equal(verdict(&set), NB_NOT_AVAILABLE);
	set = l2(counters);
	set.counters += 11; /* KVM only: the hypervisor was another's */
	set.counter_count -= 11;
	assert_int_equal(verdict(&set), NB_NOT_AVAILABLE);
	set = l2(counters);
	set.shadow_vmcs = NB_SHADOWING_UNKNOWN;
	assert_int_equal(verdict(&set), NB_NOT_AVAILABLE);
	set = l2(counters);
	set.l0 = "";
	assert_int_equal(verdict(&set), NB_NOT_AVAILABLE);
	set = l2(counters);
	set.level = "L3";
	assert_int_equal(verdict(&set), NB_NOT_AVAILABLE);
}

/* The same cascade as the third witness counts it: the level and reason of each exit, and the
 * events injected into our hypervisor. */
static const struct nb_counter bpf_l2[] = {
	{"bpf.exit.L2.CPUID", 1000},
	{"bpf.exit.L2.IO_INSTRUCTION", 1},
	{"bpf.exit.L2.EXTERNAL_INTERRUPT", 2},
	{"bpf.exit.L1.EXTERNAL_INTERRUPT", 1},
	{"bpf.exit.L1.VMRESUME", 1003},
	{"bpf.exit.L1.VMREAD", 7},
	{"bpf.exit.L1.IO_INSTRUCTION", 1}, /* forwarded */
	{"bpf.exit.L1.INVEPT", 4},         /* housekeeping */
	{"bpf.virtual_exit.CPUID", 1000},
	{"bpf.virtual_exit.IO_INSTRUCTION", 1},
	{"bpf.virtual_exit.EXTERNAL_INTERRUPT", 2},
	{"bpf.nested_entry", 1003},
	{"bpf.lost", 0},
	{"bpf.exits", 2019},
};

#define WITH_BPF (COUNT(cpuid_l2) + COUNT(bpf_l2))

static struct nb_window_set l2_with_bpf(struct nb_counter *counters)
{
	struct nb_window_set set = l2(counters);

	memcpy(counters + COUNT(cpuid_l2), bpf_l2, sizeof(bpf_l2));
	set.counter_count = WITH_BPF;
	return set;
}

/* Of all witnesses' counters. */
static struct nb_counter *find(struct nb_counter *counters, const char *key)
{
	for (size_t i = 0; i < WITH_BPF; i++)
		if (strcmp(counters[i].key, key) == 0)
			return &counters[i];
	fail_msg("no counter %s", key);
	return NULL;
}

/* Renames or changes a counter. Then the witnesses disagree, with a reason of one line and a text
 * of three columns. */
static void expect_third(const char *key, const char *name, uint64_t value, const char *reason, const char *line)
{
	struct nb_counter counters[WITH_BPF];
	struct nb_window_set set = l2_with_bpf(counters);
	struct nb_counter *counter = find(counters, key);
	struct nb_agreement agreement;

	*counter = (struct nb_counter){(char *)name, value};
	nb_agreement_check(&set, &agreement);
	assert_int_equal(agreement.verdict, NB_DISAGREE);
	assert_string_equal(agreement.reason, reason);
	assert_non_null(agreement.text);
	if (!strstr(agreement.text, line))
		fail_msg("no \"%s\" in:\n%s", line, agreement.text);
	assert_non_null(strstr(agreement.text, "hypervisor          KVM         eBPF"));
	nb_agreement_free(&agreement);
}

static void a_third_witness(void **state)
{
	struct nb_counter counters[WITH_BPF];
	struct nb_window_set set = l2_with_bpf(counters);

	(void)state;
	assert_int_equal(verdict(&set), NB_AGREE);
	expect_third("bpf.exits", "bpf.exits", 2018, "exits to L0: 2019 expected, 2018 counted",
		     "exits to L0                                               2019         2018  <- differ");
	expect_third("bpf.virtual_exit.CPUID", "bpf.virtual_exit.CPUID", 999,
		     "virtual exits CPUID: 1000 expected, 999 counted",
		     "virtual exits CPUID                          1000                       999  <- differ");
	/* As many in all, and of other reasons. */
	expect_third("bpf.virtual_exit.CPUID", "bpf.virtual_exit.VMCALL", 1000,
		     "virtual exits CPUID: 1000 expected, 0 counted",
		     "virtual exits VMCALL                            0                      1000  <- differ");
	expect_third("bpf.lost", "bpf.virtual_exit.HLT", 1, "virtual exits HLT: 0 expected, 1 counted",
		     "virtual exits HLT                               0                         1  <- differ");
	expect_third("bpf.lost", "bpf.lost", 17, "events lost by the tracer: 0 expected, 17 counted",
		     "events lost: 17");
}

/* Every compared count is swapped for another, with the same totals. */
static void the_third_witness_mistakes_a_reason(void **state)
{
	(void)state;
	expect_third("bpf.exit.L1.VMREAD", "bpf.exit.L1.VMWRITE", 7, "L1 exits VMREAD: 7 expected, 0 counted",
		     "L1 exits VMWRITE                                0                         7  <- differ");
	expect_third("bpf.exit.L1.VMRESUME", "bpf.exit.L1.VMLAUNCH", 1003,
		     "L1 exits VMRESUME: 1003 expected, 0 counted",
		     "L1 exits VMLAUNCH                               0                      1003  <- differ");
	expect_third("bpf.exit.L1.INVEPT", "bpf.exit.L1.VMPTRLD", 4, "L1 exits VMPTRLD: 0 expected, 4 counted",
		     "L1 exits otherwise                              5                         1  <- differ");
	expect_third("bpf.exit.L1.INVEPT", "bpf.exit.L1.VMCLEAR", 4, "L1 exits VMCLEAR: 0 expected, 4 counted",
		     "L1 exits VMCLEAR                                0                         4  <- differ");
	expect_third("bpf.exit.L1.IO_INSTRUCTION", "bpf.exit.L2.CPUID", 1, "L1 exits otherwise: 5 expected, 4 counted",
		     "L1 exits otherwise                              5                         4  <- differ");
	expect_third("bpf.exit.L2.CPUID", "bpf.exit.L2.VMCALL", 1000, "L2 exits CPUID: 1000 expected, 0 counted",
		     "L2 exits VMCALL                                 0                      1000  <- differ");
	expect_third("bpf.exit.L2.CPUID", "bpf.exit.L1.CPUID", 1000, "L1 exits otherwise: 5 expected, 1005 counted",
		     "L2 exits CPUID                               1000                         0  <- differ");
	expect_third("bpf.exit.L2.EXTERNAL_INTERRUPT", "bpf.exit.L2.EXCEPTION_NMI", 2,
		     "of these interrupts: 3 expected, 1 counted",
		     "L2 exits EXCEPTION_NMI                          0                         2  <- differ");
	expect_third("bpf.nested_entry", "bpf.nested_entry", 1004, "nested VM entries: 1003 expected, 1004 counted",
		     "nested VM entries                            1003         1003         1004  <- differ");
}

/* Only the programs of a stream count entries. Only eBPF sees the exits that L0 keeps and L0's own
 * page faults. */
static void what_only_the_third_witness_sees(void **state)
{
	struct nb_counter counters[WITH_BPF];
	struct nb_window_set set = l2_with_bpf(counters);

	(void)state;
	find(counters, "bpf.nested_entry")->key = (char *)"bpf.other";
	assert_int_equal(verdict(&set), NB_AGREE);
	set = l2_with_bpf(counters);
	set.exits_per_op = 0;
	set.kept_per_op = 1;
	find(counters, "hv.exit.CPUID")->value = 0;
	find(counters, "bpf.virtual_exit.CPUID")->value = 0;
	assert_int_equal(verdict(&set), NB_AGREE);
	set.kept_per_op = NB_EXITS_COUNTED;
	assert_int_equal(verdict(&set), NB_AGREE);
	/* An EPT violation in L2 that became a misconfiguration for L1. */
	set = l2_with_bpf(counters);
	find(counters, "hv.exit.CPUID")->key = (char *)"hv.exit.EPT_MISCONFIG";
	find(counters, "bpf.virtual_exit.CPUID")->key = (char *)"bpf.virtual_exit.EPT_MISCONFIG";
	find(counters, "bpf.exit.L2.CPUID")->key = (char *)"bpf.exit.L2.EPT_VIOLATION";
	assert_int_equal(verdict(&set), NB_AGREE);
	find(counters, "bpf.exit.L2.EPT_VIOLATION")->value = 999;
	assert_int_equal(verdict(&set), NB_DISAGREE);
	/* Page tables of L1 that KVM write-protects. */
	set = l2_with_bpf(counters);
	find(counters, "kvm.exits")->value += 3;
	find(counters, "bpf.exits")->value += 3;
	set.kept_per_op = NB_EXITS_COUNTED;
	find(counters, "bpf.lost")->value = 3;
	find(counters, "bpf.lost")->key = (char *)"bpf.exit.L1.EPT_VIOLATION";
	assert_int_equal(verdict(&set), NB_AGREE);
	find(counters, "bpf.exit.L1.EPT_VIOLATION")->key = (char *)"bpf.exit.L1.CPUID";
	assert_int_equal(verdict(&set), NB_DISAGREE);
}

/* Two witnesses are enough if the third was not asked for, or has figures without a total. */
static void no_third_witness(void **state)
{
	struct nb_counter counters[WITH_BPF];
	struct nb_window_set set = l2_with_bpf(counters);

	(void)state;
	set.counter_count = COUNT(cpuid_l2);
	assert_int_equal(verdict(&set), NB_AGREE);
	set.counter_count = WITH_BPF - 1;
	counters[COUNT(cpuid_l2)].value = 7;
	assert_int_equal(verdict(&set), NB_AGREE);
}

/* If the first two witnesses disagree, the report shows their table. */
static void the_first_two_come_first(void **state)
{
	struct nb_counter counters[WITH_BPF];
	struct nb_window_set set = l2_with_bpf(counters);
	struct nb_agreement agreement;

	(void)state;
	put(counters, "kvm.exits", 2020);
	nb_agreement_check(&set, &agreement);
	assert_int_equal(agreement.verdict, NB_DISAGREE);
	assert_string_equal(agreement.reason, "L0 exits: 2016 expected, 2017 counted");
	nb_agreement_free(&agreement);
}

static void the_third_witness_of_one_level(void **state)
{
	struct nb_counter counters[] = {{"kvm.exits", 2010},
					{"kvm.irq_exits", 8},
					{"bpf.exits", 2010},
					{"bpf.virtual_exit.CPUID", 3},
					{"bpf.exit.L1.EXTERNAL_INTERRUPT", 8}};
	struct nb_window_set set = {
		.op = "vmcall",
		.level = "L1",
		.l0 = "kvm",
		.exits_per_op = 1,
		.n = 2000,
		.windows = 2,
		.counters = counters,
		.counter_count = 5,
	};

	(void)state;
	assert_int_equal(verdict(&set), NB_AGREE); /* L1's own instructions have no second count */
	counters[2].value = 2009;
	assert_int_equal(verdict(&set), NB_DISAGREE);
	counters[2].value = 2011;
	assert_int_equal(verdict(&set), NB_DISAGREE);
	counters[2].value = 2010;
	counters[4].value = 7;
	assert_int_equal(verdict(&set), NB_DISAGREE);
}

static void one_level_has_the_operations_exits(void **state)
{
	struct nb_counter counters[] = {{"kvm.exits", 2010}, {"kvm.irq_exits", 8}};
	struct nb_window_set set = {
		.op = "vmcall",
		.level = "L1",
		.l0 = "kvm",
		.exits_per_op = 1,
		.n = 2000,
		.windows = 2,
		.counters = counters,
		.counter_count = 2,
	};
	struct nb_agreement agreement;

	(void)state;
	nb_agreement_check(&set, &agreement);
	assert_int_equal(agreement.verdict, NB_AGREE);
	assert_true(agreement.has_own); /* nobody reads a VMCS of our hypervisor: 0 is a count */
	assert_int_equal(agreement.vmreads, 0);
	nb_agreement_free(&agreement);
	counters[1].value = 9;
	assert_int_equal(verdict(&set), NB_DISAGREE);
	counters[1].value = 8;
	set.exits_per_op = NB_EXITS_UNKNOWN;
	assert_int_equal(verdict(&set), NB_NOT_AVAILABLE);
}

/* If KVM's policy decides the number of exits, its count is the result. The count must still be
 * there. */
static void counted_exits_are_not_predicted(void **state)
{
	struct nb_counter counters[] = {{"kvm.exits", 2010}, {"kvm.irq_exits", 8}};
	struct nb_window_set set = {
		.op = "hlt",
		.level = "L1",
		.l0 = "kvm",
		.exits_per_op = NB_EXITS_COUNTED,
		.kept_per_op = NB_EXITS_COUNTED,
		.n = 2000,
		.windows = 2,
		.counters = counters,
		.counter_count = 2,
	};
	struct nb_agreement agreement;

	(void)state;
	for (uint64_t exits = 8; exits < 10000; exits += 1111) {
		counters[0].value = exits;
		nb_agreement_check(&set, &agreement);
		assert_int_equal(agreement.verdict, NB_AGREE);
		assert_true(agreement.has_total);
		assert_int_equal(agreement.total, exits - 8);
		nb_agreement_free(&agreement);
	}
	counters[0].value = 7; /* nonsense, policy or not */
	nb_agreement_check(&set, &agreement);
	assert_int_equal(agreement.verdict, NB_DISAGREE);
	assert_string_equal(agreement.reason,
			    "KVM's exits are fewer than its irq_exits and pf_fixed: 8 expected, 7 counted");
	nb_agreement_free(&agreement);
	set.counter_count = 1;
	assert_int_equal(verdict(&set), NB_NOT_AVAILABLE);
}

/* L2's exits that L0 keeps are added to our hypervisor's count, because our hypervisor never sees
 * them. */
static void l0_keeps_what_l1_does_not_want(void **state)
{
	struct nb_counter counters[COUNT(cpuid_l2)];
	struct nb_window_set set = l2(counters);
	struct nb_agreement agreement;

	(void)state;
	set.exits_per_op = 0;
	set.kept_per_op = 2;
	put(counters, "hv.exit.CPUID", 0);
	put(counters, "kvm.exits", 2019 - 1000 + 2000);
	assert_int_equal(verdict(&set), NB_AGREE);
	put(counters, "kvm.exits", 2019 - 1000 + 2001);
	nb_agreement_check(&set, &agreement);
	assert_int_equal(agreement.verdict, NB_DISAGREE);
	assert_string_equal(agreement.reason, "L0 exits: 3016 expected, 3017 counted");
	assert_non_null(strstr(agreement.text, "kept by L0, by the list of operations         2000"));
	nb_agreement_free(&agreement);
	put(counters, "kvm.exits", 2019 - 1000 + 1999);
	assert_int_equal(verdict(&set), NB_DISAGREE);
	/* L1 must not have handled any of them. */
	put(counters, "hv.exit.CPUID", 1);
	put(counters, "kvm.exits", 2019 - 1000 + 2001);
	assert_int_equal(verdict(&set), NB_DISAGREE);
}

/* If L0's policy decides which exits it keeps, all other counts must still be there, and entries
 * are still exact. */
static void what_l0_keeps_by_policy_is_left_over(void **state)
{
	struct nb_counter counters[COUNT(cpuid_l2)];
	struct nb_window_set set = l2(counters);

	(void)state;
	set.kept_per_op = NB_EXITS_COUNTED;
	assert_int_equal(verdict(&set), NB_AGREE);
	put(counters, "kvm.exits", 2019 + 12345);
	assert_int_equal(verdict(&set), NB_AGREE);
	put(counters, "kvm.exits", 2018);
	assert_int_equal(verdict(&set), NB_DISAGREE);
	put(counters, "kvm.exits", 2019);
	put(counters, "kvm.nested_run", 1002);
	assert_int_equal(verdict(&set), NB_DISAGREE);
	put(counters, "kvm.nested_run", 1003);
	put(counters, "hv.exit.CPUID", 999); /* the number of exits that L1 handles is known */
	assert_int_equal(verdict(&set), NB_DISAGREE);
}

/* Time decides how often L1 handles the exit. But L0 must have seen each of these exits. */
static void exits_that_l1_counts(void **state)
{
	static const int not_predicted[] = {NB_EXITS_COUNTED, NB_EXITS_UNKNOWN};
	struct nb_counter counters[COUNT(cpuid_l2)];
	struct nb_window_set set = l2(counters);
	struct nb_agreement agreement;

	(void)state;
	for (size_t i = 0; i < COUNT(not_predicted); i++) {
		set = l2(counters);
		set.exits_per_op = not_predicted[i];
		set.kept_per_op = i ? NB_EXITS_UNKNOWN : 0;
		put(counters, "hv.exit.CPUID", 400);
		assert_int_equal(verdict(&set), NB_DISAGREE);
		put(counters, "kvm.exits", 2019 - 600);
		assert_int_equal(verdict(&set), NB_AGREE);
		put(counters, "kvm.exits", 2019 - 600 + 1);
		nb_agreement_check(&set, &agreement);
		assert_int_equal(agreement.verdict, NB_DISAGREE);
		assert_null(strstr(agreement.text, "exits of L2")); /* nothing in the list to compare with */
		nb_agreement_free(&agreement);
	}
}

static void our_hypervisor_is_l0(void **state)
{
	struct nb_counter counters[] = {
		{"hv.exit.CPUID", 500}, {"hv.exit.IO_INSTRUCTION", 1}, {"hv.exit.EXTERNAL_INTERRUPT", 4}};
	struct nb_window_set set = {
		.op = "cpuid",
		.level = "L1",
		.l0 = "own",
		.exits_per_op = 1,
		.n = 500,
		.windows = 1,
		.counters = counters,
		.counter_count = 3,
	};

	(void)state;
	assert_int_equal(verdict(&set), NB_AGREE);
	counters[0].value = 499;
	assert_int_equal(verdict(&set), NB_DISAGREE);
	set.counter_count = 0;
	assert_int_equal(verdict(&set), NB_NOT_AVAILABLE);
}

/* Filling in a shadow entry is an additional exit that the list does not have. It is known, and L0
 * counts it like any other. */
static void shadow_fills_are_no_work_of_the_operation(void **state)
{
	struct nb_counter counters[COUNT(cpuid_l2) + 2];
	struct nb_window_set set = l2(counters);

	(void)state;
	counters[COUNT(cpuid_l2)] = (struct nb_counter){"hv.shadow_fills", 3};
	counters[COUNT(cpuid_l2) + 1] = (struct nb_counter){"hv.exit.EXCEPTION_NMI", 3};
	set.counter_count += 2;
	put(counters, "hv.vmresume", 1006);
	put(counters, "kvm.nested_run", 1006);
	put(counters, "kvm.exits", 2019 + 6);
	assert_int_equal(verdict(&set), NB_AGREE);
	put(counters, "kvm.exits", 2019 + 7);
	assert_int_equal(verdict(&set), NB_DISAGREE);
	/* Without EPT, L0 shadows what our hypervisor writes there, and its policy says how. */
	set.l0_shadows = true;
	assert_int_equal(verdict(&set), NB_AGREE);
	put(counters, "kvm.exits", 2019 + 5);
	assert_int_equal(verdict(&set), NB_DISAGREE);
	put(counters, "kvm.exits", 2019 + 6);
	counters[COUNT(cpuid_l2)].value = 2; /* one of the faults was the guest's own */
	assert_int_equal(verdict(&set), NB_DISAGREE);
	/* With nothing to write, nothing is left over. */
	set = l2(counters);
	set.l0_shadows = true;
	assert_int_equal(verdict(&set), NB_AGREE);
	put(counters, "kvm.exits", 2020);
	assert_int_equal(verdict(&set), NB_DISAGREE);
}

/* The exits of a guest on shadow tables are not predicted. But a page that L0 maps with EPT for
 * itself is known, and is not an exit of the guest. */
static void pages_that_l0_maps_are_left_out(void **state)
{
	struct nb_counter counters[COUNT(cpuid_l2) + 1];
	struct nb_window_set set = l2(counters);

	(void)state;
	set.exits_per_op = NB_EXITS_COUNTED;
	counters[COUNT(cpuid_l2)] = (struct nb_counter){"kvm.pf_fixed", 2};
	set.counter_count += 1;
	put(counters, "kvm.exits", 2019 + 2);
	assert_int_equal(verdict(&set), NB_AGREE);
	put(counters, "kvm.exits", 2019 + 3);
	assert_int_equal(verdict(&set), NB_DISAGREE);
	/* Without EPT page faults are how it works. */
	put(counters, "kvm.exits", 2019 + 2);
	set.l0_shadows = true;
	assert_int_equal(verdict(&set), NB_DISAGREE);
}

static void shadow_fills_where_our_hypervisor_is_l0(void **state)
{
	struct nb_counter counters[] = {{"hv.exit.CPUID", 500},
					{"hv.exit.IO_INSTRUCTION", 1},
					{"hv.exit.EXCEPTION_NMI", 4},
					{"hv.shadow_fills", 4}};
	struct nb_window_set set = {
		.op = "cpuid",
		.level = "L1",
		.l0 = "own",
		.exits_per_op = 1,
		.n = 500,
		.windows = 1,
		.counters = counters,
		.counter_count = 4,
	};
	struct nb_agreement agreement;

	(void)state;
	nb_agreement_check(&set, &agreement);
	assert_int_equal(agreement.verdict, NB_AGREE);
	assert_int_equal(agreement.total, 501);
	nb_agreement_free(&agreement);
	counters[3].value = 3;
	assert_int_equal(verdict(&set), NB_DISAGREE);
	/* Where nothing is predicted, they are what there is to see. */
	set.exits_per_op = NB_EXITS_COUNTED;
	nb_agreement_check(&set, &agreement);
	assert_int_equal(agreement.total, 505);
	nb_agreement_free(&agreement);
}

static void l0_has_nothing_below(void **state)
{
	struct nb_window_set set = {.op = "cpuid", .level = "L0", .l0 = "kvm", .exits_per_op = 1, .n = 5, .windows = 1};

	(void)state;
	assert_int_equal(verdict(&set), NB_AGREE);
}

static void the_configuration_is_read_word_by_word(void **state)
{
	(void)state;
	assert_int_equal(nb_shadowing_of_config(""), NB_SHADOWING_UNKNOWN);
	assert_int_equal(nb_shadowing_of_config("shadow_vmcs=on"), NB_SHADOWING_ON);
	assert_int_equal(nb_shadowing_of_config("shadow_vmcs=off"), NB_SHADOWING_OFF);
	assert_int_equal(nb_shadowing_of_config("ept=on,shadow_vmcs=off"), NB_SHADOWING_OFF);
	assert_int_equal(nb_shadowing_of_config("xshadow_vmcs=on shadow_vmcs=o"), NB_SHADOWING_UNKNOWN);
}

static void the_overhead_is_what_empty_costs(void **state)
{
	(void)state;
	/* two windows of 1000 CPUIDs; one empty window costs 13 */
	assert_float_equal((float)nb_per_op(4026, 2, 2000, 13, 1), 2.0f, 1e-6f);
	assert_float_equal((float)nb_per_op(13, 1, 1000, 13, 1), 0.0f, 1e-6f);
	assert_true(isnan(nb_per_op(13, 1, 1000, 0, 0)));
	assert_true(isnan(nb_per_op(13, 1, 0, 13, 1)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(shadowed_fields_do_not_trap),
		cmocka_unit_test(without_shadowing_every_access_traps),
		cmocka_unit_test(a_write_of_a_read_only_field_traps),
		cmocka_unit_test(one_exit_too_many_is_a_disagreement),
		cmocka_unit_test(nested_entries_are_compared_too),
		cmocka_unit_test(an_unknown_field_cannot_be_judged),
		cmocka_unit_test(a_missing_witness_is_not_a_disagreement),
		cmocka_unit_test(a_third_witness),
		cmocka_unit_test(the_third_witness_mistakes_a_reason),
		cmocka_unit_test(what_only_the_third_witness_sees),
		cmocka_unit_test(no_third_witness),
		cmocka_unit_test(the_first_two_come_first),
		cmocka_unit_test(the_third_witness_of_one_level),
		cmocka_unit_test(one_level_has_the_operations_exits),
		cmocka_unit_test(counted_exits_are_not_predicted),
		cmocka_unit_test(l0_keeps_what_l1_does_not_want),
		cmocka_unit_test(what_l0_keeps_by_policy_is_left_over),
		cmocka_unit_test(exits_that_l1_counts),
		cmocka_unit_test(our_hypervisor_is_l0),
		cmocka_unit_test(shadow_fills_are_no_work_of_the_operation),
		cmocka_unit_test(pages_that_l0_maps_are_left_out),
		cmocka_unit_test(shadow_fills_where_our_hypervisor_is_l0),
		cmocka_unit_test(l0_has_nothing_below),
		cmocka_unit_test(the_configuration_is_read_word_by_word),
		cmocka_unit_test(the_overhead_is_what_empty_costs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
