// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the features that each field needs, and of the origin of each field of a vmcs02. Both
 * are written here by hand, from the footnotes of SDM appendix B and from the fields that a VM exit
 * writes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "vmcs-shadow/fields.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define IN(member)   offsetof(struct vmx_capabilities, member)

#define FIELDS_MAX 14

/* The bits of a control field, any of which brings the fields. */
static const struct feature {
	size_t capability;
	uint32_t bits;
	const char *fields[FIELDS_MAX];
} features[] = {
	{IN(pin), 1u << 6, {"VMX_PREEMPTION_TIMER_VALUE"}},
	{IN(pin), 1u << 7, {"POSTED_INTR_NV", "POSTED_INTR_DESC_ADDR"}},
	/* Each tertiary control brings different fields. The capabilities here do not tell
	 * which. */
	{IN(primary),
	 1u << 17,
	 {"HLAT_PREFIX_SIZE", "LAST_PID_POINTER_INDEX", "VIRTUAL_TIMER_VECTOR", "TERTIARY_VM_EXEC_CONTROL",
	  "HLAT_POINTER", "PID_POINTER_TABLE", "IA32_SPEC_CTRL_MASK", "IA32_SPEC_CTRL_SHADOW", "GUEST_DEADLINE_SHADOW",
	  "MSR_DATA", "GUEST_IA32_SPEC_CTRL", "GUEST_DEADLINE", "HOST_IA32_SPEC_CTRL"}},
	{IN(primary), 1u << 21, {"VIRTUAL_APIC_PAGE_ADDR", "TPR_THRESHOLD"}},
	{IN(primary), 1u << 28, {"MSR_BITMAP"}},
	{IN(primary), 1u << 31, {"SECONDARY_VM_EXEC_CONTROL"}},
	{IN(secondary), 1u << 0, {"APIC_ACCESS_ADDR"}},
	{IN(secondary),
	 1u << 1,
	 {"EPT_POINTER", "GUEST_PHYSICAL_ADDRESS", "GUEST_PDPTR0", "GUEST_PDPTR1", "GUEST_PDPTR2", "GUEST_PDPTR3"}},
	{IN(secondary), 1u << 5, {"VIRTUAL_PROCESSOR_ID"}},
	{IN(secondary),
	 1u << 9,
	 {"GUEST_INTR_STATUS", "EOI_EXIT_BITMAP0", "EOI_EXIT_BITMAP1", "EOI_EXIT_BITMAP2", "EOI_EXIT_BITMAP3"}},
	{IN(secondary), 1u << 10, {"PLE_GAP", "PLE_WINDOW"}},
	{IN(secondary), 1u << 13, {"VM_FUNCTION_CONTROL", "EPTP_LIST_ADDRESS"}},
	{IN(secondary), 1u << 14, {"VMREAD_BITMAP", "VMWRITE_BITMAP"}},
	{IN(secondary), 1u << 15, {"ENCLS_EXITING_BITMAP"}},
	{IN(secondary), 1u << 17, {"GUEST_PML_INDEX", "PML_ADDRESS"}},
	{IN(secondary), 1u << 18, {"EPTP_INDEX", "VE_INFORMATION_ADDRESS"}},
	{IN(secondary), 1u << 20, {"XSS_EXIT_BITMAP"}},
	{IN(secondary), 1u << 21, {"LOW_PASID_DIRECTORY_ADDRESS", "HIGH_PASID_DIRECTORY_ADDRESS"}},
	{IN(secondary), 1u << 23, {"SPP_TABLE_POINTER"}},
	{IN(secondary), 1u << 25, {"TSC_MULTIPLIER"}},
	{IN(secondary), 1u << 27, {"PCONFIG_EXITING_BITMAP"}},
	{IN(secondary), 1u << 28, {"ENCLV_EXITING_BITMAP"}},
	{IN(secondary), 1u << 31, {"NOTIFY_WINDOW"}},
	{IN(exit), 1u << 12, {"HOST_IA32_PERF_GLOBAL_CTRL"}},
	{IN(exit), 1u << 19, {"HOST_IA32_PAT"}},
	{IN(exit), 1u << 21, {"HOST_IA32_EFER"}},
	{IN(exit), 1u << 28, {"HOST_S_CET", "HOST_SSP", "HOST_INTR_SSP_TABLE"}},
	{IN(exit), 1u << 29, {"HOST_IA32_PKRS"}},
	{IN(exit), 1u << 31, {"SECONDARY_VM_EXIT_CONTROLS", "SHARED_EPT_POINTER"}},
	{IN(entry), 1u << 13, {"GUEST_IA32_PERF_GLOBAL_CTRL"}},
	{IN(entry), 1u << 14, {"GUEST_IA32_PAT"}},
	{IN(entry), 1u << 15, {"GUEST_IA32_EFER"}},
	{IN(entry), 1u << 16, {"GUEST_BNDCFGS"}},
	{IN(entry), 1u << 18, {"GUEST_IA32_RTIT_CTL"}},
	{IN(entry), 1u << 19, {"GUEST_UINV"}},
	{IN(entry), 1u << 20, {"GUEST_S_CET", "GUEST_SSP", "GUEST_INTR_SSP_TABLE"}},
	{IN(entry), 1u << 21, {"GUEST_IA32_LBR_CTL"}},
	{IN(entry), 1u << 22, {"GUEST_IA32_PKRS"}},
};

/* FRED fields have a capability that is in no MSR of the list, so they are never there. */
static bool is_of_fred(const char *name)
{
	return strstr(name, "_FRED_") || strcmp(name, "INJECTED_EVENT_DATA") == 0 ||
	       strcmp(name, "ORIGINAL_EVENT_DATA") == 0;
}

static bool is_in(const struct feature *feature, const char *name)
{
	for (size_t i = 0; i < FIELDS_MAX && feature->fields[i]; i++)
		if (strcmp(feature->fields[i], name) == 0)
			return true;
	return false;
}

static const struct feature *feature_of(const char *name)
{
	for (size_t i = 0; i < COUNT(features); i++)
		if (is_in(&features[i], name))
			return &features[i];
	return NULL;
}

static bool exists(int index, const struct vmx_capabilities *cpu)
{
	return vmcs_field_exists((enum vmcs_field_index)index, cpu);
}

static uint64_t *member(struct vmx_capabilities *cpu, size_t capability)
{
	return (uint64_t *)(void *)((char *)cpu + capability);
}

static void every_field_named_here_is_in_the_list(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(features); i++)
		for (size_t j = 0; j < FIELDS_MAX && features[i].fields[j]; j++)
			if (vmcs_field_index_of_name(features[i].fields[j]) < 0)
				fail_msg("%s is not in the list", features[i].fields[j]);
}

static void a_cpu_without_features_has_what_every_cpu_has(void **state)
{
	const struct vmx_capabilities cpu = {0};

	(void)state;
	for (int i = 0; i < VMCS_FIELD_COUNT; i++) {
		const char *name = vmcs_field_info[i].name;

		if (exists(i, &cpu) != (!feature_of(name) && !is_of_fred(name)))
			fail_msg("%s", name);
	}
}

static void a_cpu_with_everything_has_all_but_fred(void **state)
{
	struct vmx_capabilities cpu;

	(void)state;
	memset(&cpu, 0xff, sizeof(cpu));
	for (int i = 0; i < VMCS_FIELD_COUNT; i++)
		if (exists(i, &cpu) == is_of_fred(vmcs_field_info[i].name))
			fail_msg("%s", vmcs_field_info[i].name);
}

/* Each allowed bit of each control field brings those fields and no other. */
static void each_feature_brings_its_fields(void **state)
{
	static const size_t controls[] = {IN(pin), IN(primary), IN(secondary), IN(exit), IN(entry)};

	(void)state;
	for (size_t c = 0; c < COUNT(controls); c++)
		for (unsigned bit = 0; bit < 32; bit++) {
			struct vmx_capabilities cpu = {0};

			*member(&cpu, controls[c]) = 1ull << (32 + bit);
			for (int i = 0; i < VMCS_FIELD_COUNT; i++) {
				const char *name = vmcs_field_info[i].name;
				const struct feature *feature = feature_of(name);
				bool expected = feature ? feature->capability == controls[c] && feature->bits >> bit & 1
							: !is_of_fred(name);

				if (exists(i, &cpu) != expected)
					fail_msg("bit %u of the member at %zu: %s", bit, controls[c], name);
			}
		}
}

/* Bits 31:0 tell which bits must be 1 (SDM A.3). In other MSRs they have another meaning. */
static void no_other_bit_brings_a_field(void **state)
{
	const struct vmx_capabilities cpu = {
		.basic = ~0ull,
		.pin = 0xffffffff,
		.primary = 0xffffffff,
		.secondary = 0xffffffff,
		.exit = 0xffffffff,
		.entry = 0xffffffff,
		.misc = ~0ull,
		.ept_vpid = ~0ull,
	};

	(void)state;
	for (int i = 0; i < VMCS_FIELD_COUNT; i++)
		if (feature_of(vmcs_field_info[i].name) && exists(i, &cpu))
			fail_msg("%s", vmcs_field_info[i].name);
}

/* L0 merges these fields from vmcs12 and vmcs01. The link pointer is the only guest state here. */
static const char *const merged[] = {
	"VIRTUAL_PROCESSOR_ID",
	"IO_BITMAP_A",
	"IO_BITMAP_B",
	"MSR_BITMAP",
	"TSC_OFFSET",
	"EPT_POINTER",
	"VMREAD_BITMAP",
	"VMWRITE_BITMAP",
	"XSS_EXIT_BITMAP",
	"TSC_MULTIPLIER",
	"VMCS_LINK_POINTER",
	"PIN_BASED_VM_EXEC_CONTROL",
	"CPU_BASED_VM_EXEC_CONTROL",
	"SECONDARY_VM_EXEC_CONTROL",
	"EXCEPTION_BITMAP",
	"PAGE_FAULT_ERROR_CODE_MASK",
	"PAGE_FAULT_ERROR_CODE_MATCH",
	"VM_EXIT_CONTROLS",
	"VM_ENTRY_CONTROLS",
};

/* L0 owns these fields, or does their work in software for L1: the MSR areas and the log of dirty
 * pages. All host state belongs here, too. */
static const char *const of_l0[] = {
	"GUEST_PML_INDEX",        "PML_ADDRESS",
	"VM_EXIT_MSR_STORE_ADDR", "VM_EXIT_MSR_LOAD_ADDR",
	"VM_ENTRY_MSR_LOAD_ADDR", "VM_EXIT_MSR_STORE_COUNT",
	"VM_EXIT_MSR_LOAD_COUNT", "VM_ENTRY_MSR_LOAD_COUNT",
	"EXECUTIVE_VMCS_POINTER", "VM_INSTRUCTION_ERROR",
	"GUEST_SMBASE",
};

static bool is_among(const char *name, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return false;
}

static void origins_are_those_written_here(void **state)
{
	size_t found_merged = 0, found_l0 = 0;

	(void)state;
	for (int i = 0; i < VMCS_FIELD_COUNT; i++) {
		const char *name = vmcs_field_info[i].name;
		enum vmcs_origin expected = VMCS_ORIGIN_SAME;

		if (is_among(name, merged, COUNT(merged)))
			expected = VMCS_ORIGIN_MERGED;
		else if (is_among(name, of_l0, COUNT(of_l0)) || strncmp(name, "HOST_", 5) == 0)
			expected = VMCS_ORIGIN_L0;
		if (vmcs_field_info[i].vmcs02 != expected)
			fail_msg("%s is of origin %d, not %d", name, vmcs_field_info[i].vmcs02, expected);
		found_merged += expected == VMCS_ORIGIN_MERGED;
		found_l0 += expected == VMCS_ORIGIN_L0;
	}
	assert_int_equal(found_merged, COUNT(merged));
	assert_int_equal(found_l0, COUNT(of_l0) + 7 + 13 + 1 + 15); /* host state of each width */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_field_named_here_is_in_the_list),
		cmocka_unit_test(a_cpu_without_features_has_what_every_cpu_has),
		cmocka_unit_test(a_cpu_with_everything_has_all_but_fred),
		cmocka_unit_test(each_feature_brings_its_fields),
		cmocka_unit_test(no_other_bit_brings_a_field),
		cmocka_unit_test(origins_are_those_written_here),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
