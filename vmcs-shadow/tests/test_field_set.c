// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of sets of fields: the operations on them, also at the borders of words, and the sets that
 * follow from the list.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "vmcs-shadow/controls.h"
#include "vmcs-shadow/field_set.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The first and last bit of each word, and of the set. */
static const unsigned borders[] = {0, 1, 62, 63, 64, 65, 127, 128, VMCS_FIELD_COUNT - 1};

static struct field_set set_of(const unsigned *members, size_t count)
{
	struct field_set set = {{0}};

	for (size_t i = 0; i < count; i++)
		field_set_add(&set, members[i]);
	return set;
}

static unsigned size_of(const struct field_set *set)
{
	unsigned size = 0;

	for (FIELD_SET_EACH(i, set))
		size++;
	return size;
}

static void a_member_is_added_and_removed_alone(void **state)
{
	(void)state;
	for (unsigned member = 0; member < VMCS_FIELD_COUNT; member++) {
		struct field_set set = {{0}};

		assert_true(field_set_is_empty(&set));
		field_set_add(&set, member);
		field_set_add(&set, member);
		assert_false(field_set_is_empty(&set));
		for (unsigned i = 0; i < VMCS_FIELD_COUNT; i++)
			assert_int_equal(field_set_has(&set, i), i == member);
		field_set_remove(&set, member);
		field_set_remove(&set, member);
		assert_true(field_set_is_empty(&set));
	}
}

static void members_come_in_ascending_order(void **state)
{
	const struct field_set set = set_of(borders, COUNT(borders));
	size_t found = 0;

	(void)state;
	for (FIELD_SET_EACH(i, &set))
		assert_int_equal(i, borders[found++]);
	assert_int_equal(found, COUNT(borders));
}

static void next_finds_the_first_from_an_index_on(void **state)
{
	const unsigned members[] = {3, 64, 130};
	const struct field_set set = set_of(members, COUNT(members)), none = {{0}};
	static const struct {
		unsigned from;
		int expected;
	} rows[] = {
		{0, 3},
		{3, 3},
		{4, 64},
		{63, 64},
		{64, 64},
		{65, 130},
		{130, 130},
		{131, -1},
		{191, -1},
		{192, -1},
		{64 * FIELD_SET_WORDS, -1},
		{~0u, -1},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		assert_int_equal(field_set_next(&set, rows[i].from), rows[i].expected);
		assert_int_equal(field_set_next(&none, rows[i].from), -1);
	}
}

static void a_set_may_lose_members_that_have_been(void **state)
{
	struct field_set set = set_of(borders, COUNT(borders));
	size_t found = 0;

	(void)state;
	for (FIELD_SET_EACH(i, &set)) {
		assert_int_equal(i, borders[found++]);
		field_set_remove(&set, (unsigned)i);
	}
	assert_int_equal(found, COUNT(borders));
	assert_true(field_set_is_empty(&set));
}

static void sets_are_combined_member_by_member(void **state)
{
	struct field_set a = {{0}}, b = {{0}};

	(void)state;
	for (unsigned i = 0; i < VMCS_FIELD_COUNT; i++) {
		if (i % 2)
			field_set_add(&a, i);
		if (i % 3 == 0)
			field_set_add(&b, i);
	}
	for (unsigned i = 0; i < VMCS_FIELD_COUNT; i++) {
		struct field_set both = a, either = a, only = a;

		field_set_and(&both, &b);
		field_set_or(&either, &b);
		field_set_without(&only, &b);
		assert_int_equal(field_set_has(&both, i), i % 2 && i % 3 == 0);
		assert_int_equal(field_set_has(&either, i), i % 2 || i % 3 == 0);
		assert_int_equal(field_set_has(&only, i), i % 2 && i % 3);
	}
}

static void sets_meet_in_a_member_of_both(void **state)
{
	const struct field_set none = {{0}};

	(void)state;
	for (size_t i = 0; i < COUNT(borders); i++) {
		const struct field_set one = set_of(&borders[i], 1);
		struct field_set others = set_of(borders, COUNT(borders));

		assert_true(field_sets_meet(&one, &others));
		assert_false(field_sets_meet(&one, &none));
		field_set_remove(&others, borders[i]);
		assert_false(field_sets_meet(&one, &others));
		assert_false(field_sets_meet(&others, &one));
	}
}

static void what_exists_is_what_the_cpu_has(void **state)
{
	struct vmx_capabilities cpu = {.secondary = (uint64_t)SECONDARY_EXEC_ENABLE_EPT << 32};
	struct field_set set;

	(void)state;
	memset(&set, 0xff, sizeof(set));
	field_set_existing(&set, &cpu);
	for (unsigned i = 0; i < VMCS_FIELD_COUNT; i++)
		assert_int_equal(field_set_has(&set, i), vmcs_field_exists((enum vmcs_field_index)i, &cpu));
	assert_true(field_set_has(&set, VMCS_INDEX_EPT_POINTER));
	assert_false(field_set_has(&set, VMCS_INDEX_VIRTUAL_PROCESSOR_ID));
	assert_true(field_set_has(&set, VMCS_INDEX_GUEST_RIP));
	/* No bit beyond the last field. */
	assert_int_equal(field_set_next(&set, VMCS_FIELD_COUNT), -1);
}

static void every_field_is_of_one_origin(void **state)
{
	struct field_set origin[3], all = {{0}};
	unsigned sum = 0;

	(void)state;
	memset(origin, 0xff, sizeof(origin));
	for (unsigned o = 0; o < 3; o++) {
		field_set_of_origin(&origin[o], (enum vmcs_origin)o);
		assert_false(field_sets_meet(&all, &origin[o]));
		field_set_or(&all, &origin[o]);
		sum += size_of(&origin[o]);
	}
	assert_int_equal(sum, VMCS_FIELD_COUNT);
	assert_true(field_set_has(&origin[VMCS_ORIGIN_SAME], VMCS_INDEX_GUEST_RIP));
	assert_true(field_set_has(&origin[VMCS_ORIGIN_MERGED], VMCS_INDEX_TSC_OFFSET));
	assert_true(field_set_has(&origin[VMCS_ORIGIN_L0], VMCS_INDEX_HOST_RIP));
}

/* SDM 28.3 saves guest state, 28.2 records exit information, and an exit clears the valid bit of
 * the event (25.8.3). */
static void the_cpu_writes_guest_state_and_exit_information(void **state)
{
	static const struct {
		enum vmcs_field_index index;
		bool written;
	} rows[] = {
		{VMCS_INDEX_GUEST_RIP, true},
		{VMCS_INDEX_GUEST_CS_AR_BYTES, true},
		{VMCS_INDEX_GUEST_IA32_EFER, true},
		{VMCS_INDEX_GUEST_PDPTR0, true},
		{VMCS_INDEX_VMX_PREEMPTION_TIMER_VALUE, true},
		{VMCS_INDEX_GUEST_INTERRUPTIBILITY_INFO, true},
		{VMCS_INDEX_GUEST_INTR_STATUS, true},
		{VMCS_INDEX_VM_EXIT_REASON, true},
		{VMCS_INDEX_EXIT_QUALIFICATION, true},
		{VMCS_INDEX_GUEST_PHYSICAL_ADDRESS, true},
		{VMCS_INDEX_VM_ENTRY_INTR_INFO_FIELD, true},
		{VMCS_INDEX_VM_ENTRY_EXCEPTION_ERROR_CODE, false},
		{VMCS_INDEX_CR0_GUEST_HOST_MASK, false},
		{VMCS_INDEX_CR4_READ_SHADOW, false},
		{VMCS_INDEX_TPR_THRESHOLD, false},
		{VMCS_INDEX_HOST_RIP, false},
		/* Written, but not the same in vmcs02. */
		{VMCS_INDEX_GUEST_PML_INDEX, false},
		{VMCS_INDEX_GUEST_SMBASE, false},
		{VMCS_INDEX_VMCS_LINK_POINTER, false},
		{VMCS_INDEX_VM_INSTRUCTION_ERROR, false},
		{VMCS_INDEX_VM_ENTRY_CONTROLS, false},
	};
	struct field_set set, same;

	(void)state;
	memset(&set, 0xff, sizeof(set));
	field_set_written(&set);
	for (size_t i = 0; i < COUNT(rows); i++)
		if (field_set_has(&set, rows[i].index) != rows[i].written)
			fail_msg("%s", vmcs_field_info[rows[i].index].name);
	field_set_of_origin(&same, VMCS_ORIGIN_SAME);
	field_set_without(&set, &same);
	assert_true(field_set_is_empty(&set));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_member_is_added_and_removed_alone),
		cmocka_unit_test(members_come_in_ascending_order),
		cmocka_unit_test(next_finds_the_first_from_an_index_on),
		cmocka_unit_test(a_set_may_lose_members_that_have_been),
		cmocka_unit_test(sets_are_combined_member_by_member),
		cmocka_unit_test(sets_meet_in_a_member_of_both),
		cmocka_unit_test(what_exists_is_what_the_cpu_has),
		cmocka_unit_test(every_field_is_of_one_origin),
		cmocka_unit_test(the_cpu_writes_guest_state_and_exit_information),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
