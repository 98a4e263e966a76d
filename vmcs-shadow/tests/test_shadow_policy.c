// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the policies of VMCS shadowing: their names, the fields that each shadows, and the
 * bitmaps made of sets.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "vmcs-shadow/shadow_policy.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct field_set everything(void)
{
	struct field_set set = {{0}};

	for (unsigned i = 0; i < VMCS_FIELD_COUNT; i++)
		field_set_add(&set, i);
	return set;
}

static unsigned size_of(const struct field_set *set)
{
	unsigned size = 0;

	for (FIELD_SET_EACH(i, set))
		size++;
	return size;
}

static void names(void **state)
{
	static const struct {
		const char *name;
		int policy;
	} rows[] = {
		{"none", SHADOW_POLICY_NONE},
		{"linux", SHADOW_POLICY_LINUX},
		{"hot", SHADOW_POLICY_HOT},
		{"all", SHADOW_POLICY_ALL},
		{"free", SHADOW_POLICY_FREE},
		{"free nested=on", SHADOW_POLICY_FREE},
		{"all ", SHADOW_POLICY_ALL},
		{"", -1},
		{" all", -1},
		{"al", -1},
		{"alls", -1},
		{"all,hot", -1},
		{"All", -1},
		{"fre e", -1},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		if (shadow_policy_find(rows[i].name) != rows[i].policy)
			fail_msg("\"%s\": %d", rows[i].name, shadow_policy_find(rows[i].name));
}

/* Returns which fields of the list a policy lets L1 read, and write, without an exit. */
static void each_policy_has_its_fields(void **state)
{
	const struct field_set existing = everything();

	(void)state;
	for (unsigned policy = 0; policy < SHADOW_POLICY_COUNT; policy++) {
		struct field_set read, write;

		memset(&read, 0xff, sizeof(read));
		memset(&write, 0xff, sizeof(write));
		shadow_policy_fields((enum shadow_policy)policy, &existing, &read, &write);
		for (unsigned i = 0; i < VMCS_FIELD_COUNT; i++) {
			const struct vmcs_field_info *field = &vmcs_field_info[i];
			bool may_read, may_write;

			if (policy == SHADOW_POLICY_HOT)
				continue;
			may_read = policy == SHADOW_POLICY_ALL ||
				   (policy == SHADOW_POLICY_LINUX && field->shadowed != VMCS_SHADOWED_NONE) ||
				   (policy == SHADOW_POLICY_FREE && field->vmcs02 == VMCS_ORIGIN_SAME);
			may_write = may_read && (policy != SHADOW_POLICY_LINUX || field->shadowed == VMCS_SHADOWED_RW);
			if (field_set_has(&read, i) != may_read || field_set_has(&write, i) != may_write)
				fail_msg("policy %u, %s", policy, field->name);
		}
		/* A field that can be written can be read. Otherwise L1 would read an old value
		 * from its own region. */
		field_set_without(&write, &read);
		if (policy != SHADOW_POLICY_HOT)
			assert_true(field_set_is_empty(&write));
	}
}

/* Our exit paths read the fields of an exit, and write the fields of an injection. */
static void hot_fields_are_those_of_an_exit(void **state)
{
	static const enum vmcs_field_index reads[] = {VMCS_INDEX_VM_EXIT_REASON, VMCS_INDEX_EXIT_QUALIFICATION,
						      VMCS_INDEX_GUEST_RIP, VMCS_INDEX_VM_EXIT_INSTRUCTION_LEN};
	static const enum vmcs_field_index writes[] = {VMCS_INDEX_GUEST_RIP, VMCS_INDEX_VM_ENTRY_INTR_INFO_FIELD};
	static const enum vmcs_field_index neither[] = {VMCS_INDEX_HOST_RIP, VMCS_INDEX_TSC_OFFSET,
							VMCS_INDEX_EPT_POINTER, VMCS_INDEX_GUEST_CS_SELECTOR};
	const struct field_set existing = everything();
	struct field_set read, write;

	(void)state;
	shadow_policy_fields(SHADOW_POLICY_HOT, &existing, &read, &write);
	for (size_t i = 0; i < COUNT(reads); i++)
		assert_true(field_set_has(&read, reads[i]));
	for (size_t i = 0; i < COUNT(writes); i++)
		assert_true(field_set_has(&write, writes[i]));
	for (size_t i = 0; i < COUNT(neither); i++) {
		assert_false(field_set_has(&read, neither[i]));
		assert_false(field_set_has(&write, neither[i]));
	}
	assert_int_equal(size_of(&read), 14);
	assert_int_equal(size_of(&write), 8);
	/* No exit information: without a CPU that allows it (IA32_VMX_MISC[29]) a list of this kind
	 * must not need it. */
	for (FIELD_SET_EACH(i, &write))
		assert_int_not_equal(vmcs_encoding_type(vmcs_field_info[i].encoding), VMCS_TYPE_EXIT_INFORMATION);
}

static void no_policy_lets_pass_what_does_not_exist(void **state)
{
	const struct vmx_capabilities cpu = {0};
	struct field_set existing, read, write;

	(void)state;
	field_set_existing(&existing, &cpu);
	for (unsigned policy = 0; policy < SHADOW_POLICY_COUNT; policy++) {
		shadow_policy_fields((enum shadow_policy)policy, &existing, &read, &write);
		assert_int_equal(field_set_is_empty(&read), policy == SHADOW_POLICY_NONE);
		field_set_or(&read, &write);
		field_set_without(&read, &existing);
		assert_true(field_set_is_empty(&read));
		assert_false(field_set_has(&write, VMCS_INDEX_GUEST_PML_INDEX));
	}
}

/* The field of an encoding as VMREAD takes it, high halves (bit 0) included; -1: none. */
static int field_at(unsigned encoding)
{
	int index = vmcs_field_index_of(encoding & ~1u);

	if (encoding & 1 && index >= 0 && vmcs_encoding_width(encoding) != VMCS_WIDTH_64)
		return -1;
	return index;
}

/* SDM 25.6.15: bit n is of encoding n. All fields, none, and every one alone. */
static void a_bitmap_has_zeros_for_the_fields_of_a_set(void **state)
{
	(void)state;
	for (unsigned n = 0; n < VMCS_FIELD_COUNT + 2; n++) {
		struct field_set set = {{0}};
		uint8_t bitmap[4096];

		if (n < VMCS_FIELD_COUNT)
			field_set_add(&set, n);
		else if (n == VMCS_FIELD_COUNT)
			set = everything();
		memset(bitmap, 0x5a, sizeof(bitmap));
		shadow_policy_bitmap(&set, bitmap);
		for (unsigned encoding = 0; encoding < 0x8000; encoding++) {
			int field = field_at(encoding);
			bool exits = bitmap[encoding / 8] >> encoding % 8 & 1;

			if (exits == (field >= 0 && field_set_has(&set, (unsigned)field)))
				fail_msg("set %u, encoding %x", n, encoding);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test(each_policy_has_its_fields),
		cmocka_unit_test(hot_fields_are_those_of_an_exit),
		cmocka_unit_test(no_policy_lets_pass_what_does_not_exist),
		cmocka_unit_test(a_bitmap_has_zeros_for_the_fields_of_a_set),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
