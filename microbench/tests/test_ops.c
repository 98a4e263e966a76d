// SPDX-License-Identifier: GPL-2.0-only
/* Tests of the table of operations: its columns do not contradict each other, and a name finds its
 * row. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "microbench/ops.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

#define PLACES  (NB_RING3 | NB_RING0 | NB_GUEST | NB_ROOT)
#define SPECIAL (NB_NAMED | NB_FIRST | NB_USER | NB_USER_L1 | NB_SHADOWED | NB_PAGING | NB_COMMAND)

/* In the order of the table. */
static const char *const families[] = {"none",      "instruction", "io",          "interrupt",
				       "exception", "vmx",         "paravirtual", "translation"};

static size_t family_of(const struct nb_op_info *op)
{
	for (size_t i = 0; i < COUNT(families); i++)
		if (strcmp(op->family, families[i]) == 0)
			return i;
	fail_msg("%s is of the unknown family %s", op->name, op->family);
	return COUNT(families);
}

static void expect(bool good, const struct nb_op_info *op, const char *what)
{
	if (!good)
		fail_msg("%s: %s", op->name, what);
}

static const struct nb_op_info *const end = nb_op_info + NB_OP_COUNT;

/* A name is used in records, lists, files and plots. So it is short, and has no character with a
 * special meaning there. */
static void names_are_short_and_plain(void **state)
{
	(void)state;
	for (const struct nb_op_info *op = nb_op_info; op < end; op++) {
		size_t length = strlen(op->name);

		expect(length > 0 && length < NB_OP_NAME_LEN, op, "its name does not fit");
		expect(strspn(op->name, "abcdefghijklmnopqrstuvwxyz0123456789_") == length, op, "a strange character");
		expect(op->name[0] >= 'a', op, "does not begin with a letter");
	}
}

/* --op takes operations, families and "all" in one list. */
static void no_two_names_are_alike(void **state)
{
	(void)state;
	for (const struct nb_op_info *op = nb_op_info; op < end; op++) {
		for (const struct nb_op_info *other = nb_op_info; other < op; other++)
			expect(strcmp(op->name, other->name) != 0, op, "there twice");
		for (size_t i = 0; i < COUNT(families); i++)
			expect(strcmp(op->name, families[i]) != 0, op, "is called as a family is");
		expect(strcmp(op->name, "all") != 0, op, "is called as all of them are");
	}
}

/* Rows of reports have the order of the table, so each family must be one block of it. */
static void families_stand_together(void **state)
{
	size_t last = 0;

	(void)state;
	for (const struct nb_op_info *op = nb_op_info; op < end; op++) {
		size_t family = family_of(op);

		expect(family == last || family == last + 1, op, "stands apart from its family");
		last = family;
	}
	assert_int_equal(last, COUNT(families) - 1);
}

static void texts_are_one_line(void **state)
{
	(void)state;
	for (const struct nb_op_info *op = nb_op_info; op < end; op++) {
		size_t length = strlen(op->text);

		expect(length > 0 && length < 100, op, "its text is missing or long");
		for (size_t i = 0; i < length; i++)
			expect(op->text[i] >= ' ' && op->text[i] <= '~', op, "its text is not plain");
		expect(op->text[length - 1] != '.' && op->text[length - 1] != ' ', op, "its text ends badly");
	}
}

static void every_operation_is_legal_somewhere(void **state)
{
	(void)state;
	for (const struct nb_op_info *op = nb_op_info; op < end; op++) {
		expect(op->where & PLACES, op, "legal nowhere");
		expect(!(op->where & ~(unsigned)(PLACES | SPECIAL)), op, "an unknown bit");
		/* Ring 0 may do everything that ring 3 may. A guest may do everything that a
		 * machine without a hypervisor may, though it can cost an exit. */
		expect(!(op->where & NB_RING3) || op->where & NB_RING0, op, "legal in ring 3 alone");
		expect(!(op->where & NB_RING0) || op->where & NB_GUEST, op, "legal on a machine and not in a guest");
	}
}

/* Every place has `empty`: without it, no cost of a loop is known there. */
static void empty_is_first_and_everywhere(void **state)
{
	(void)state;
	assert_int_equal(NB_OP_empty, 0);
	assert_string_equal(nb_op_info[0].name, "empty");
	assert_int_equal(nb_op_info[0].where & PLACES, PLACES);
	assert_int_equal(nb_op_info[0].traps, 0);
	assert_int_equal(nb_op_info[0].l1 | nb_op_info[0].l0 | nb_op_info[0].kvm, 0);
}

/* No level below a process or a machine can grant a request, and the hypervisor itself must not
 * make one. */
static void only_guests_request_traps(void **state)
{
	const unsigned known = (1u << NB_TRAP_COUNT) - 1;

	(void)state;
	assert_int_equal(known & NB_TRAP_OPTIONAL, 0);
	for (const struct nb_op_info *op = nb_op_info; op < end; op++) {
		expect(!(op->traps & ~(known | NB_TRAP_OPTIONAL)), op, "an unknown trap request");
		expect(!op->traps || (op->where & PLACES) == NB_GUEST, op, "trap requests outside of a guest");
		expect(op->traps != NB_TRAP_OPTIONAL, op, "may go without what it does not want");
	}
}

static void every_trap_request_is_used(void **state)
{
	unsigned wanted = 0;

	(void)state;
	for (const struct nb_op_info *op = nb_op_info; op < end; op++)
		wanted |= op->traps;
	assert_int_equal(wanted & ~NB_TRAP_OPTIONAL, (1u << NB_TRAP_COUNT) - 1);
}

/* An instruction that exits because of a trap request exits to L1. Only the devices that L1 passes
 * through exit to L0. */
static void a_trap_costs_an_exit_to_l1(void **state)
{
	(void)state;
	for (const struct nb_op_info *op = nb_op_info; op < end; op++) {
		size_t length = strlen(op->name);

		if (length > 5 && strcmp(op->name + length - 5, "_trap") == 0) {
			expect(op->traps, op, "a trap that nobody asks for");
			expect(op->l1 > 0, op, "a trap that does not exit");
		}
		if (op->traps & NB_TRAP_DEVICES)
			expect(op->l1 == 0 && op->l0 == 1, op, "a device in L0 that L0 does not serve");
	}
}

static void exits_are_numbers_or_counted(void **state)
{
	(void)state;
	for (const struct nb_op_info *op = nb_op_info; op < end; op++) {
		expect(op->l1 >= NB_COUNTED && op->l0 >= NB_COUNTED && op->kvm >= NB_COUNTED, op, "no such number");
		/* Each exit of L2 goes to one of the two. */
		expect(op->l1 <= 0 || op->l0 == 0 || strcmp(op->family, "translation") == 0, op,
		       "handled by L1, and kept by L0 too, which only two levels of tables explain");
		/* How often it exits depends on time: then nobody's number is known. */
		expect(op->l1 != NB_COUNTED || (op->l0 == NB_COUNTED && op->kvm == NB_COUNTED), op,
		       "counted at L1 alone");
	}
}

/* These operations have their own commands: nestbed fields, nestbed walk, nestbed chase. */
static bool is_of_a_command(const struct nb_op_info *op)
{
	return op->where & NB_COMMAND;
}

/*
 * NB_COUNTED gives up a check, so there must be a reason: KVM is never asked to run it (a trap
 * request that it does not grant), its virtual APIC decides, or what it gives to its guests, or L0
 * decides for L2 as for its own guest.
 */
static void counted_only_where_policy_decides(void **state)
{
	(void)state;
	for (const struct nb_op_info *op = nb_op_info; op < end; op++) {
		bool not_on_kvm = op->traps && !(op->traps & NB_TRAP_OPTIONAL);
		bool apic = op->traps & NB_TRAP_APIC;
		/* Bits that KVM may give its guests, and has in some versions; a loop of PAUSE that
		 * it may look out for. */
		bool given = op->traps & (NB_TRAP_CR0 | NB_TRAP_CR4) || op == &nb_op_info[NB_OP_pause];
		/* KVM watches tables of ept12 that it has used, for some time. */
		bool watched = op == &nb_op_info[NB_OP_ept_change];
		bool of_a_command = is_of_a_command(op);

		expect(!not_on_kvm || op->kvm == NB_COUNTED, op, "a number of exits where it never runs");
		expect(op->kvm != NB_COUNTED || not_on_kvm || apic || given || watched || of_a_command ||
			       op->l0 == NB_COUNTED,
		       op, "KVM's exits are not predicted, without a reason");
		expect(op->l0 != NB_COUNTED || op->kvm == NB_COUNTED, op,
		       "L0 decides for L2, and yet not for its own guest");
	}
}

static void what_does_not_trap_does_not_exit(void **state)
{
	(void)state;
	for (const struct nb_op_info *op = nb_op_info; op < end; op++) {
		if (strcmp(op->family, "none") != 0)
			continue;
		expect(op->l1 == 0 && op->l0 == 0 && op->kvm == 0, op, "exits, and is of the family that does not");
		expect(op->traps == 0 && op->where & NB_GUEST && op->where & NB_RING0, op, "not for every machine");
	}
}

/* VMX operations run in our hypervisor, one level below L2. So L2 has none of them. */
static void vmx_is_for_hypervisors(void **state)
{
	(void)state;
	for (const struct nb_op_info *op = nb_op_info; op < end; op++) {
		bool vmx = strcmp(op->family, "vmx") == 0;

		expect(vmx == ((op->where & PLACES) == NB_ROOT), op,
		       "for hypervisors alone, or of their family, not both");
		if (vmx && !(op->where & NB_NAMED))
			expect(op->l1 == 0 && op->l0 == 0 && (op->kvm > 0 || op == &nb_op_info[NB_OP_ept_change]), op,
			       "each of them exits to KVM, and nowhere else");
		expect(!(op->where & NB_SHADOWED) || (vmx && op->kvm > 0), op,
		       "nothing that shadowing could take away");
	}
}

/* Each return to user space is an exit first. */
static void user_space_is_reached_by_exits(void **state)
{
	(void)state;
	for (const struct nb_op_info *op = nb_op_info; op < end; op++) {
		expect(!(op->where & NB_USER) || op->l0 > 0, op, "in user space without an exit of L2 to L0");
		expect(!(op->where & NB_USER_L1) || op->kvm > 0, op, "in user space without an exit of a guest");
		expect(!(op->where & NB_USER) || op->where & NB_USER_L1, op, "in user space for L2 alone");
	}
}

/* The torture measures nothing, and ends well if paging is right. */
static bool is_a_check(const struct nb_op_info *op)
{
	return op == &nb_op_info[NB_OP_paging] || op == &nb_op_info[NB_OP_torture] ||
	       op == &nb_op_info[NB_OP_bad_tables];
}

static void what_must_be_named_is_never_chosen(void **state)
{
	unsigned named = 0;

	(void)state;
	for (const struct nb_op_info *op = nb_op_info; op < end; op++) {
		if (!(op->where & NB_NAMED))
			continue;
		named++;
		expect((op->where & PLACES) == NB_GUEST || is_of_a_command(op) || is_a_check(op), op,
		       "would end more than a guest");
		expect(!(op->where & NB_FIRST), op, "in the first look");
	}
	assert_int_equal(named, 15);
}

/* The first look at a new machine has to work everywhere. */
static void the_first_look_requests_no_trap(void **state)
{
	unsigned first = 0;

	(void)state;
	for (const struct nb_op_info *op = nb_op_info; op < end; op++) {
		first += (op->where & NB_FIRST) != 0;
		expect(!(op->where & NB_FIRST) || !op->traps, op, "requests a trap at the first look");
	}
	assert_int_equal(first, 3);
	assert_true(nb_op_info[NB_OP_empty].where & NB_FIRST);
	assert_true(nb_op_info[NB_OP_cpuid].where & NB_FIRST);
	assert_true(nb_op_info[NB_OP_vmcall].where & NB_FIRST);
}

/* These rows are the baseline of all others. Their numbers are from the SDM. */
static void known_rows(void **state)
{
	(void)state;
	assert_int_equal(nb_op_get("cpuid")->l0, 0);
	assert_int_equal(nb_op_get("cpuid")->l1, 1);
	assert_int_equal(nb_op_get("cpuid")->kvm, 1);
	assert_int_equal(nb_op_get("vmcall")->l1, 1);
	assert_int_equal(nb_op_get("rdtsc_trap")->l1, 2); /* both time stamps of a sample */
	assert_int_equal(nb_op_get("work_8")->l1, 8);
	assert_int_equal(nb_op_get("vmresume_exit")->kvm, 2);
}

static void every_operation_is_found_by_its_name(void **state)
{
	(void)state;
	for (const struct nb_op_info *op = nb_op_info; op < end; op++) {
		size_t length = strlen(op->name);
		char longer[NB_OP_NAME_LEN + 1];

		assert_int_equal(nb_op_find(op->name, (unsigned)length), op - nb_op_info);
		assert_ptr_equal(nb_op_get(op->name), op);
		memcpy(longer, op->name, length);
		longer[length] = 'x';
		longer[length + 1] = '\0';
		assert_int_equal(nb_op_find(longer, (unsigned)length),
				 op - nb_op_info); /* what comes behind does not matter */
		assert_int_equal(nb_op_find(longer, (unsigned)length + 1), -1);
		assert_null(nb_op_get(longer));
	}
	assert_int_equal(nb_op_find("cpuid,empty", 5), NB_OP_cpuid);
}

static void what_is_no_operation(void **state)
{
	static const char *const names[] = {"",       "cpui",        "puid", "CPUID", " cpuid",
					    "cpuid ", "cpuid,empty", "all",  "none"};

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++) {
		size_t length = strlen(names[i]);
		char *exact = malloc(length + 1);

		assert_non_null(exact);
		strcpy(exact, names[i]);
		assert_null(nb_op_get(exact));
		assert_int_equal(nb_op_find(exact, (unsigned)length), -1);
		free(exact);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_short_and_plain),
		cmocka_unit_test(no_two_names_are_alike),
		cmocka_unit_test(families_stand_together),
		cmocka_unit_test(texts_are_one_line),
		cmocka_unit_test(every_operation_is_legal_somewhere),
		cmocka_unit_test(empty_is_first_and_everywhere),
		cmocka_unit_test(only_guests_request_traps),
		cmocka_unit_test(every_trap_request_is_used),
		cmocka_unit_test(a_trap_costs_an_exit_to_l1),
		cmocka_unit_test(exits_are_numbers_or_counted),
		cmocka_unit_test(counted_only_where_policy_decides),
		cmocka_unit_test(what_does_not_trap_does_not_exit),
		cmocka_unit_test(vmx_is_for_hypervisors),
		cmocka_unit_test(user_space_is_reached_by_exits),
		cmocka_unit_test(what_must_be_named_is_never_chosen),
		cmocka_unit_test(the_first_look_requests_no_trap),
		cmocka_unit_test(known_rows),
		cmocka_unit_test(every_operation_is_found_by_its_name),
		cmocka_unit_test(what_is_no_operation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
