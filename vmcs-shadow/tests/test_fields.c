// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the list of VMCS fields: its encodings, their parts, and the fields that Linux shadows.
 * The expected values are written by hand from the SDM and from Linux, not made from the list.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "vmcs-shadow/fields.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static bool starts_with(const char *text, const char *start)
{
	return strncmp(text, start, strlen(start)) == 0;
}

static bool ends_with(const char *text, const char *end)
{
	return strlen(text) >= strlen(end) && strcmp(text + strlen(text) - strlen(end), end) == 0;
}

static void every_row_is_filled(void **state)
{
	(void)state;
	for (int i = 0; i < VMCS_FIELD_COUNT; i++) {
		assert_non_null(vmcs_field_info[i].name);
		assert_true(strlen(vmcs_field_info[i].name) > 0);
		assert_in_range(vmcs_field_info[i].shadowed, VMCS_SHADOWED_NONE, VMCS_SHADOWED_RW);
	}
}

static void encodings_ascend_without_duplicates(void **state)
{
	(void)state;
	for (int i = 1; i < VMCS_FIELD_COUNT; i++) {
		if (vmcs_field_info[i].encoding <= vmcs_field_info[i - 1].encoding)
			fail_msg("%s (%#x) stands after %s (%#x)", vmcs_field_info[i].name, vmcs_field_info[i].encoding,
				 vmcs_field_info[i - 1].name, vmcs_field_info[i - 1].encoding);
	}
}

static void names_are_unique(void **state)
{
	(void)state;
	for (int i = 0; i < VMCS_FIELD_COUNT; i++) {
		for (int j = 0; j < i; j++)
			assert_string_not_equal(vmcs_field_info[i].name, vmcs_field_info[j].name);
	}
}

static void encodings_have_no_reserved_bit(void **state)
{
	(void)state;
	assert_int_equal(VMCS_ENCODING_RESERVED, ~0x6ffeu & ~1u);
	for (int i = 0; i < VMCS_FIELD_COUNT; i++) {
		uint32_t encoding = vmcs_field_info[i].encoding;

		assert_int_equal(encoding & VMCS_ENCODING_RESERVED, 0);
		assert_false(vmcs_encoding_is_high(encoding));
	}
}

/* From the tables of SDM appendix B: the encoding as printed, its index column, and the table it is
 * in. */
static const struct {
	const char *name;
	uint32_t encoding;
	enum vmcs_width width;
	enum vmcs_type type;
	uint32_t index;
	unsigned int bytes;
} known[] = {
	{"VIRTUAL_PROCESSOR_ID", 0x00000000, VMCS_WIDTH_16, VMCS_TYPE_CONTROL, 0, 2},
	{"EPTP_INDEX", 0x00000004, VMCS_WIDTH_16, VMCS_TYPE_CONTROL, 2, 2},
	{"GUEST_CS_SELECTOR", 0x00000802, VMCS_WIDTH_16, VMCS_TYPE_GUEST, 1, 2},
	{"GUEST_PML_INDEX", 0x00000812, VMCS_WIDTH_16, VMCS_TYPE_GUEST, 9, 2},
	{"HOST_TR_SELECTOR", 0x00000c0c, VMCS_WIDTH_16, VMCS_TYPE_HOST, 6, 2},
	{"MSR_BITMAP", 0x00002004, VMCS_WIDTH_64, VMCS_TYPE_CONTROL, 2, 8},
	{"EPT_POINTER", 0x0000201a, VMCS_WIDTH_64, VMCS_TYPE_CONTROL, 13, 8},
	{"VMREAD_BITMAP", 0x00002026, VMCS_WIDTH_64, VMCS_TYPE_CONTROL, 19, 8},
	{"SPP_TABLE_POINTER", 0x00002030, VMCS_WIDTH_64, VMCS_TYPE_CONTROL, 24, 8},
	{"TERTIARY_VM_EXEC_CONTROL", 0x00002034, VMCS_WIDTH_64, VMCS_TYPE_CONTROL, 26, 8},
	{"HLAT_POINTER", 0x00002040, VMCS_WIDTH_64, VMCS_TYPE_CONTROL, 32, 8},
	{"GUEST_PHYSICAL_ADDRESS", 0x00002400, VMCS_WIDTH_64, VMCS_TYPE_EXIT_INFORMATION, 0, 8},
	{"VMCS_LINK_POINTER", 0x00002800, VMCS_WIDTH_64, VMCS_TYPE_GUEST, 0, 8},
	{"GUEST_PDPTR3", 0x00002810, VMCS_WIDTH_64, VMCS_TYPE_GUEST, 8, 8},
	{"HOST_IA32_EFER", 0x00002c02, VMCS_WIDTH_64, VMCS_TYPE_HOST, 1, 8},
	{"PIN_BASED_VM_EXEC_CONTROL", 0x00004000, VMCS_WIDTH_32, VMCS_TYPE_CONTROL, 0, 4},
	{"SECONDARY_VM_EXEC_CONTROL", 0x0000401e, VMCS_WIDTH_32, VMCS_TYPE_CONTROL, 15, 4},
	{"VM_INSTRUCTION_ERROR", 0x00004400, VMCS_WIDTH_32, VMCS_TYPE_EXIT_INFORMATION, 0, 4},
	{"VM_EXIT_REASON", 0x00004402, VMCS_WIDTH_32, VMCS_TYPE_EXIT_INFORMATION, 1, 4},
	{"VM_EXIT_INSTRUCTION_LEN", 0x0000440c, VMCS_WIDTH_32, VMCS_TYPE_EXIT_INFORMATION, 6, 4},
	{"GUEST_INTERRUPTIBILITY_INFO", 0x00004824, VMCS_WIDTH_32, VMCS_TYPE_GUEST, 18, 4},
	{"VMX_PREEMPTION_TIMER_VALUE", 0x0000482e, VMCS_WIDTH_32, VMCS_TYPE_GUEST, 23, 4},
	{"HOST_IA32_SYSENTER_CS", 0x00004c00, VMCS_WIDTH_32, VMCS_TYPE_HOST, 0, 4},
	{"CR4_READ_SHADOW", 0x00006006, VMCS_WIDTH_NATURAL, VMCS_TYPE_CONTROL, 3, 8},
	{"EXIT_QUALIFICATION", 0x00006400, VMCS_WIDTH_NATURAL, VMCS_TYPE_EXIT_INFORMATION, 0, 8},
	{"GUEST_LINEAR_ADDRESS", 0x0000640a, VMCS_WIDTH_NATURAL, VMCS_TYPE_EXIT_INFORMATION, 5, 8},
	{"GUEST_RIP", 0x0000681e, VMCS_WIDTH_NATURAL, VMCS_TYPE_GUEST, 15, 8},
	{"GUEST_SSP", 0x0000682a, VMCS_WIDTH_NATURAL, VMCS_TYPE_GUEST, 21, 8},
	{"HOST_RIP", 0x00006c16, VMCS_WIDTH_NATURAL, VMCS_TYPE_HOST, 11, 8},
};

static void known_fields_decode_as_the_manual_says(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(known); i++) {
		int index = vmcs_field_index_of_name(known[i].name);

		if (index < 0)
			fail_msg("%s is not in the list", known[i].name);
		assert_int_equal(vmcs_field_info[index].encoding, known[i].encoding);
		assert_int_equal(vmcs_encoding_width(known[i].encoding), known[i].width);
		assert_int_equal(vmcs_encoding_type(known[i].encoding), known[i].type);
		assert_int_equal(vmcs_encoding_index(known[i].encoding), known[i].index);
		assert_int_equal(vmcs_encoding_bytes(known[i].encoding), known[i].bytes);
	}
	/* The index is nine bits wide, though no field has one that needs them all. */
	assert_int_equal(vmcs_encoding_index(0x6fff), 0x1ff);
	assert_int_equal(vmcs_encoding_index(0x6c00), 0);
}

static void enums_agree_with_the_table(void **state)
{
	(void)state;
	assert_int_equal(VMCS_GUEST_RIP, 0x681e);
	assert_int_equal(VMCS_VM_EXIT_REASON, 0x4402);
	assert_int_equal(VMCS_HOST_RIP, 0x6c16);
	assert_int_equal(VMCS_INDEX_VIRTUAL_PROCESSOR_ID, 0);
	assert_int_equal(VMCS_INDEX_HOST_INTR_SSP_TABLE, VMCS_FIELD_COUNT - 1);
	assert_string_equal(vmcs_field_info[VMCS_INDEX_EPT_POINTER].name, "EPT_POINTER");
	assert_int_equal(vmcs_field_info[VMCS_INDEX_EPT_POINTER].encoding, VMCS_EPT_POINTER);
}

/* Rows of each table of appendix B; the 64-bit controls run from 0x2000 to 0x2044 without a gap,
 * and 4 stand apart. */
static void each_group_has_its_size(void **state)
{
	static const int expected[4][4] = {
		[VMCS_WIDTH_16] = {6, 0, 11, 7},
		[VMCS_WIDTH_64] = {35 + 4, 3, 23, 13},
		[VMCS_WIDTH_32] = {19, 8, 23, 1},
		[VMCS_WIDTH_NATURAL] = {8, 6, 23, 15},
	};
	int found[4][4] = {{0}};

	(void)state;
	for (int i = 0; i < VMCS_FIELD_COUNT; i++) {
		uint32_t encoding = vmcs_field_info[i].encoding;

		found[vmcs_encoding_width(encoding)][vmcs_encoding_type(encoding)]++;
	}
	for (int width = 0; width < 4; width++) {
		for (int type = 0; type < 4; type++) {
			if (found[width][type] != expected[width][type])
				fail_msg("width %d type %d: %d fields, not %d", width, type, found[width][type],
					 expected[width][type]);
		}
	}
}

/* A name tells width and type in most cases, which catches a row with another field's encoding. */
static void names_agree_with_width_and_type(void **state)
{
	(void)state;
	for (int i = 0; i < VMCS_FIELD_COUNT; i++) {
		const char *name = vmcs_field_info[i].name;
		enum vmcs_width width = vmcs_encoding_width(vmcs_field_info[i].encoding);
		enum vmcs_type type = vmcs_encoding_type(vmcs_field_info[i].encoding);

		if (ends_with(name, "_SELECTOR"))
			assert_int_equal(width, VMCS_WIDTH_16);
		if (ends_with(name, "_LIMIT") || ends_with(name, "_AR_BYTES"))
			assert_int_equal(width, VMCS_WIDTH_32);
		if (ends_with(name, "_BASE") && strcmp(name, "GUEST_SMBASE") != 0)
			assert_int_equal(width, VMCS_WIDTH_NATURAL);
		if (strstr(name, "BITMAP") && strcmp(name, "EXCEPTION_BITMAP") != 0)
			assert_int_equal(width, VMCS_WIDTH_64);
		if (starts_with(name, "HOST_"))
			assert_int_equal(type, VMCS_TYPE_HOST);
		else
			assert_int_not_equal(type, VMCS_TYPE_HOST);
		if (strcmp(name, "GUEST_PHYSICAL_ADDRESS") == 0 || strcmp(name, "GUEST_LINEAR_ADDRESS") == 0)
			assert_int_equal(type, VMCS_TYPE_EXIT_INFORMATION);
		else if (strcmp(name, "GUEST_DEADLINE_SHADOW") == 0)
			assert_int_equal(type, VMCS_TYPE_CONTROL);
		else if (starts_with(name, "GUEST_"))
			assert_int_equal(type, VMCS_TYPE_GUEST);
	}
}

static void lookup_finds_every_field_and_nothing_else(void **state)
{
	int found = 0;

	(void)state;
	for (int i = 0; i < VMCS_FIELD_COUNT; i++) {
		assert_int_equal(vmcs_field_index_of(vmcs_field_info[i].encoding), i);
		assert_int_equal(vmcs_field_index_of_name(vmcs_field_info[i].name), i);
	}
	for (uint32_t encoding = 0; encoding < 0x20000; encoding++) {
		int index = vmcs_field_index_of(encoding);

		if (index < 0)
			continue;
		assert_int_equal(vmcs_field_info[index].encoding, encoding);
		found++;
	}
	assert_int_equal(found, VMCS_FIELD_COUNT);
	assert_int_equal(vmcs_field_index_of(0xffffffff), -1);
	assert_int_equal(vmcs_field_index_of(0x8000681e), -1);
}

static void lookup_by_name_takes_the_whole_name(void **state)
{
	(void)state;
	assert_int_equal(vmcs_field_index_of_name("GUEST_RIP"), VMCS_INDEX_GUEST_RIP);
	assert_int_equal(vmcs_field_index_of_name("GUEST_RI"), -1);
	assert_int_equal(vmcs_field_index_of_name("GUEST_RIPS"), -1);
	assert_int_equal(vmcs_field_index_of_name("guest_rip"), -1);
	assert_int_equal(vmcs_field_index_of_name("VMCS_GUEST_RIP"), -1);
	assert_int_equal(vmcs_field_index_of_name(""), -1);
}

static void high_halves_are_derived(void **state)
{
	(void)state;
	assert_int_equal(vmcs_encoding_high(VMCS_EPT_POINTER), 0x201b);
	assert_true(vmcs_encoding_is_high(0x201b));
	assert_int_equal(vmcs_encoding_bytes(0x201b), 4);
	assert_int_equal(vmcs_encoding_width(0x201b), VMCS_WIDTH_64);
	assert_int_equal(vmcs_encoding_index(0x201b), vmcs_encoding_index(0x201a));
	assert_int_equal(vmcs_field_index_of(0x201b), -1);
}

/* Linux 6.1, arch/x86/kvm/vmx/vmcs_shadow_fields.h: SHADOW_FIELD_RO and SHADOW_FIELD_RW. */
static const char *const linux_ro[] = {
	"VM_EXIT_REASON",           "VM_EXIT_INTR_INFO",       "VM_EXIT_INSTRUCTION_LEN", "IDT_VECTORING_INFO_FIELD",
	"IDT_VECTORING_ERROR_CODE", "VM_EXIT_INTR_ERROR_CODE", "GUEST_CS_AR_BYTES",       "GUEST_SS_AR_BYTES",
	"EXIT_QUALIFICATION",       "GUEST_LINEAR_ADDRESS",    "GUEST_PHYSICAL_ADDRESS",
};

static const char *const linux_rw[] = {
	"GUEST_INTR_STATUS",
	"GUEST_PML_INDEX",
	"HOST_FS_SELECTOR",
	"HOST_GS_SELECTOR",
	"CPU_BASED_VM_EXEC_CONTROL",
	"PIN_BASED_VM_EXEC_CONTROL",
	"EXCEPTION_BITMAP",
	"VM_ENTRY_EXCEPTION_ERROR_CODE",
	"VM_ENTRY_INTR_INFO_FIELD",
	"VM_ENTRY_INSTRUCTION_LEN",
	"TPR_THRESHOLD",
	"GUEST_INTERRUPTIBILITY_INFO",
	"VMX_PREEMPTION_TIMER_VALUE",
	"GUEST_RIP",
	"GUEST_RSP",
	"GUEST_CR0",
	"GUEST_CR3",
	"GUEST_CR4",
	"GUEST_RFLAGS",
	"CR0_GUEST_HOST_MASK",
	"CR0_READ_SHADOW",
	"CR4_READ_SHADOW",
	"HOST_FS_BASE",
	"HOST_GS_BASE",
};

static bool is_among(const char *name, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(name, names[i]) == 0)
			return true;
	}
	return false;
}

static void shadowed_fields_are_those_of_linux(void **state)
{
	size_t ro = 0, rw = 0;

	(void)state;
	for (int i = 0; i < VMCS_FIELD_COUNT; i++) {
		const char *name = vmcs_field_info[i].name;
		int expected = VMCS_SHADOWED_NONE;

		if (is_among(name, linux_ro, COUNT(linux_ro)))
			expected = VMCS_SHADOWED_RO;
		else if (is_among(name, linux_rw, COUNT(linux_rw)))
			expected = VMCS_SHADOWED_RW;
		if (vmcs_field_info[i].shadowed != expected)
			fail_msg("%s is marked %d, Linux has %d", name, vmcs_field_info[i].shadowed, expected);
		ro += expected == VMCS_SHADOWED_RO;
		rw += expected == VMCS_SHADOWED_RW;
	}
	/* No name of Linux's list may be unknown here. */
	assert_int_equal(ro, COUNT(linux_ro));
	assert_int_equal(rw, COUNT(linux_rw));
	assert_int_equal(ro, 11);
	assert_int_equal(rw, 24);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_is_filled),
		cmocka_unit_test(encodings_ascend_without_duplicates),
		cmocka_unit_test(names_are_unique),
		cmocka_unit_test(encodings_have_no_reserved_bit),
		cmocka_unit_test(known_fields_decode_as_the_manual_says),
		cmocka_unit_test(enums_agree_with_the_table),
		cmocka_unit_test(each_group_has_its_size),
		cmocka_unit_test(names_agree_with_width_and_type),
		cmocka_unit_test(lookup_finds_every_field_and_nothing_else),
		cmocka_unit_test(lookup_by_name_takes_the_whole_name),
		cmocka_unit_test(high_halves_are_derived),
		cmocka_unit_test(shadowed_fields_are_those_of_linux),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
