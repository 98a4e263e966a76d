// SPDX-License-Identifier: GPL-2.0-only
/* Tests of our hypervisors as witnesses of each other: a cascade through two and three of them, and
 * every way to break it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "l0/witness/agreement.h"
#include "l0/witness/chain.h"

#define COUNTERS 32

struct witnesses {
	struct nb_counter counter[COUNTERS];
	struct nb_window_set set;
};

static void add(struct witnesses *w, const char *key, uint64_t value)
{
	assert_true(w->set.counter_count < COUNTERS);
	w->counter[w->set.counter_count++] = (struct nb_counter){(char *)key, value};
}

static void put(struct witnesses *w, const char *key, uint64_t value)
{
	for (size_t i = 0; i < w->set.counter_count; i++)
		if (strcmp(w->counter[i].key, key) == 0) {
			w->counter[i].value = value;
			return;
		}
	add(w, key, value);
}

static void begin(struct witnesses *w, const char *level, const char *l0)
{
	memset(w, 0, sizeof(*w));
	w->set = (struct nb_window_set){.op = "cpuid",
					.level = level,
					.l0 = l0,
					.shadow_vmcs = NB_SHADOWING_OFF,
					.exits_per_op = 1,
					.n = 100,
					.windows = 1,
					.counters = w->counter};
}

/* 100 CPUIDs of L2 and the closing doorbell. L0 passes each CPUID on to L1, which makes two VMREADs
 * and one VMWRITE, and resumes L2. */
static void two_of_ours(struct witnesses *w)
{
	begin(w, "L2", "own");
	add(w, "hv.exit.CPUID", 100);
	add(w, "hv.exit.IO_INSTRUCTION", 1);
	add(w, "hv.vmread.VM_EXIT_REASON", 101);
	add(w, "hv.vmread.GUEST_RIP", 100);
	add(w, "hv.vmwrite.GUEST_RIP", 100);
	add(w, "hv.vmresume", 101);
	add(w, "l0.nested.CPUID", 100);
	add(w, "l0.nested.IO_INSTRUCTION", 1);
	add(w, "l0.exit.CPUID", 100);
	add(w, "l0.exit.IO_INSTRUCTION", 2);
	add(w, "l0.exit.VMREAD", 201);
	add(w, "l0.exit.VMWRITE", 100);
	add(w, "l0.exit.VMRESUME", 101);
	add(w, "l0.exit.EXTERNAL_INTERRUPT", 3);
}

static enum nb_verdict verdict(const struct witnesses *w, char reason[160])
{
	struct nb_agreement agreement;

	nb_agreement_check(&w->set, &agreement);
	snprintf(reason, 160, "%s", agreement.reason);
	nb_agreement_free(&agreement);
	return agreement.verdict;
}

static void expect(const struct witnesses *w, enum nb_verdict expected, const char *says)
{
	char reason[160];

	assert_int_equal(verdict(w, reason), expected);
	if (!strstr(reason, says))
		fail_msg("\"%s\" does not say \"%s\"", reason, says);
}

static void levels_have_numbers(void **state)
{
	(void)state;
	assert_int_equal(nb_level_number("L0"), 0);
	assert_int_equal(nb_level_number("L4"), 4);
	assert_int_equal(nb_level_number(""), -1);
	assert_int_equal(nb_level_number("L"), -1);
	assert_int_equal(nb_level_number("L10"), -1);
	assert_int_equal(nb_level_number("l1"), -1);
}

static void names_of(const struct witnesses *w, char text[64])
{
	struct nb_chain chain;

	nb_chain_find(&chain, &w->set);
	text[0] = '\0';
	for (unsigned i = 0; i < chain.count; i++)
		snprintf(text + strlen(text), 64 - strlen(text), "%s%s", i < chain.said ? "" : "?", chain.name[i]);
}

/* The set of witnesses depends on the level, on the kind of L0, and on whether our hypervisor
 * measured itself. */
static void who_is_a_witness(void **state)
{
	static const struct {
		const char *level, *l0, *said, *expected;
	} cases[] = {
		{"L0", "own", "", ""},
		{"L1", "own", "hv", "hv"},
		{"L1", "own", "l0", "l0"}, /* our hypervisor at L1 measured itself */
		{"L2", "own", "l0 hv", "l0hv"},
		{"L2", "own", "l0 l1", "l0l1"},
		{"L2", "own", "hv", "?l0?hv"},
		{"L3", "own", "l0 l1 hv", "l0l1hv"},
		{"L3", "own", "l0 hv", "l0?l1?hv"},
		{"L4", "own", "l0 l1 l2 hv", "l0l1l2hv"},
		{"L1", "kvm", "", ""},
		{"L2", "kvm", "hv", "hv"},
		{"L2", "kvm", "l1", "l1"},
		{"L3", "kvm", "l1 hv", "l1hv"},
		{"L3", "kvm", "", "?l1?hv"},
		{"nonsense", "kvm", "hv", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct witnesses w;
		char keys[COUNTERS][24], text[64];
		const char *said = cases[i].said;

		begin(&w, cases[i].level, cases[i].l0);
		for (unsigned k = 0; *said; k++) {
			snprintf(keys[k], sizeof(keys[k]), "%.2s.vmresume", said);
			add(&w, keys[k], 1);
			said += 2 + (said[2] == ' ');
		}
		names_of(&w, text);
		assert_string_equal(text, cases[i].expected);
	}
}

static void our_l0_and_our_l1_agree(void **state)
{
	struct nb_agreement agreement;
	struct witnesses w;

	(void)state;
	two_of_ours(&w);
	nb_agreement_check(&w.set, &agreement);
	assert_int_equal(agreement.verdict, NB_AGREE);
	assert_true(agreement.has_total && agreement.has_own);
	assert_int_equal(agreement.total, 100 + 2 + 201 + 100 + 101);
	assert_int_equal(agreement.irq_exits, 3);
	assert_int_equal(agreement.vmreads, 201);
	assert_int_equal(agreement.vmwrites, 100);
	nb_agreement_free(&agreement);
}

static void each_of_their_counts_matters(void **state)
{
	static const struct {
		const char *key, *says;
	} breaks[] = {
		{"hv.exit.CPUID", "exits of L2: 101 expected"},
		{"l0.nested.CPUID", "CPUID that l0 passes on to hv"},
		{"l0.nested.HLT", "HLT that l0 passes on to hv: 7 expected, 0 counted"},
		{"hv.vmresume", "nested VM entries: 7 expected, 101 counted"},
		{"l0.exit.VMRESUME", "nested VM entries"},
		{"l0.exit.VMREAD", "VMREADs: 201 expected, 7 counted"},
		{"hv.vmwrite.GUEST_RIP", "VMWRITEs: 7 expected, 100 counted"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(breaks) / sizeof(breaks[0]); i++) {
		struct nb_agreement agreement;
		struct witnesses w;

		two_of_ours(&w);
		put(&w, breaks[i].key, 7);
		expect(&w, NB_DISAGREE, breaks[i].says);
		nb_agreement_check(&w.set, &agreement);
		assert_non_null(agreement.text);
		assert_non_null(strstr(agreement.text, i == 0 ? "by the list of operations: 101" : "<- differ"));
		nb_agreement_free(&agreement);
	}
}

/* An access to a shadowed field does not exit. So fewer accesses may exit than L1 makes, not
 * more. */
static void shadowed_accesses_may_be_missing(void **state)
{
	struct witnesses w;

	(void)state;
	two_of_ours(&w);
	w.set.shadow_vmcs = NB_SHADOWING_ON;
	put(&w, "l0.exit.VMREAD", 0);
	put(&w, "l0.exit.VMWRITE", 50);
	expect(&w, NB_AGREE, "");
	put(&w, "l0.exit.VMREAD", 202);
	expect(&w, NB_DISAGREE, "VMREADs: 201 expected, 202 counted");
	w.set.shadow_vmcs = NB_SHADOWING_UNKNOWN;
	expect(&w, NB_NOT_AVAILABLE, "shadow_vmcs=on or off");
}

static void a_silent_witness_is_named(void **state)
{
	struct witnesses w;

	(void)state;
	begin(&w, "L2", "own");
	expect(&w, NB_NOT_AVAILABLE, "no counts from the hypervisor l0");
	add(&w, "l0.exit.CPUID", 1);
	expect(&w, NB_NOT_AVAILABLE, "no counts from the hypervisor");
	begin(&w, "L3", "own");
	add(&w, "l0.exit.CPUID", 1);
	add(&w, "hv.exit.CPUID", 1);
	expect(&w, NB_NOT_AVAILABLE, "no counts from the hypervisor l1");
}

/* A hypervisor in between handles the exits that L0 passes on, from its guest and from the guest's
 * guest. It passes the exits of the guest's guest on. */
static void three_of_ours(struct witnesses *w)
{
	begin(w, "L3", "own");
	add(w, "hv.exit.CPUID", 100);
	add(w, "hv.exit.IO_INSTRUCTION", 1);
	add(w, "hv.vmread.GUEST_RIP", 200);
	add(w, "hv.vmresume", 101);
	add(w, "l1.nested.CPUID", 100);
	add(w, "l1.nested.IO_INSTRUCTION", 1);
	add(w, "l1.exit.CPUID", 100);
	add(w, "l1.exit.IO_INSTRUCTION", 2);
	add(w, "l1.exit.VMREAD", 200);
	add(w, "l1.exit.VMRESUME", 101);
	add(w, "l1.vmread.GUEST_RIP", 403);
	add(w, "l1.vmresume", 403);
	add(w, "l0.nested.CPUID", 100);
	add(w, "l0.nested.IO_INSTRUCTION", 2);
	add(w, "l0.nested.VMREAD", 200);
	add(w, "l0.nested.VMRESUME", 101);
	add(w, "l0.exit.VMRESUME", 403 + 101); /* of L1, and of L2, which are passed on */
	add(w, "l0.exit.VMREAD", 403 + 200);
	add(w, "l0.exit.CPUID", 100);
}

static void three_of_ours_agree(void **state)
{
	struct witnesses w;

	(void)state;
	three_of_ours(&w);
	expect(&w, NB_AGREE, "");
	put(&w, "l1.exit.VMREAD", 199);
	expect(&w, NB_DISAGREE, "VMREAD that l0 passes on to l1: 200 expected, 199 counted");
	three_of_ours(&w);
	put(&w, "l1.nested.CPUID", 99);
	expect(&w, NB_DISAGREE, "CPUID that l1 passes on to hv: 99 expected, 100 counted");
	three_of_ours(&w);
	put(&w, "l0.exit.VMREAD", 604);
	expect(&w, NB_DISAGREE, "VMREADs: 403 expected, 404 counted");
}

/* KVM sees the hypervisor above it, and everything above that as one guest. */
static void ours_above_kvm(struct witnesses *w)
{
	begin(w, "L3", "kvm");
	add(w, "hv.exit.CPUID", 100);
	add(w, "hv.exit.IO_INSTRUCTION", 1);
	add(w, "hv.vmresume", 101);
	add(w, "l1.nested.CPUID", 100);
	add(w, "l1.nested.IO_INSTRUCTION", 1);
	add(w, "l1.exit.CPUID", 100);
	add(w, "l1.exit.IO_INSTRUCTION", 2);
	add(w, "l1.exit.VMRESUME", 101);
	add(w, "l1.vmresume", 203);
	add(w, "l1.vmread.GUEST_RIP", 300);
	add(w, "l1.vmptrld", 202);
	add(w, "l1.forwarded", 1);
	add(w, "kvm.nested_run", 203);
	add(w, "kvm.exits", 203 + 203 + 300 + 202 + 1 + 4);
	add(w, "kvm.irq_exits", 4);
}

static void kvm_and_two_of_ours_agree(void **state)
{
	struct witnesses w;

	(void)state;
	ours_above_kvm(&w);
	expect(&w, NB_AGREE, "");
	put(&w, "kvm.nested_run", 101); /* L2's own entries are not KVM's affair */
	expect(&w, NB_DISAGREE, "nested VM entries: 203 expected, 101 counted");
	ours_above_kvm(&w);
	put(&w, "kvm.exits", 1000);
	expect(&w, NB_DISAGREE, "L0 exits: 909 expected, 996 counted");
	ours_above_kvm(&w);
	put(&w, "l1.nested.CPUID", 101);
	expect(&w, NB_DISAGREE, "CPUID that l1 passes on to hv");
}

/* Our hypervisor measures itself. The hypervisors below count, and it does not. */
static void a_hypervisor_measured_is_no_witness(void **state)
{
	struct nb_agreement agreement;
	struct witnesses w;

	(void)state;
	begin(&w, "L1", "own");
	w.set.exits_per_op = 0;
	add(&w, "l0.exit.IO_INSTRUCTION", 1);
	expect(&w, NB_AGREE, "");
	nb_agreement_check(&w.set, &agreement);
	assert_false(agreement.has_own);
	nb_agreement_free(&agreement);
	w.set.exits_per_op = NB_EXITS_COUNTED;
	add(&w, "l0.exit.VMCLEAR", 100);
	expect(&w, NB_AGREE, "");
	w.set.exits_per_op = 0;
	expect(&w, NB_DISAGREE, "exits: 1 expected, 101 counted");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(levels_have_numbers),
		cmocka_unit_test(who_is_a_witness),
		cmocka_unit_test(our_l0_and_our_l1_agree),
		cmocka_unit_test(each_of_their_counts_matters),
		cmocka_unit_test(shadowed_accesses_may_be_missing),
		cmocka_unit_test(a_silent_witness_is_named),
		cmocka_unit_test(three_of_ours_agree),
		cmocka_unit_test(kvm_and_two_of_ours_agree),
		cmocka_unit_test(a_hypervisor_measured_is_no_witness),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
