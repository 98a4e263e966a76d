// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of fitting controls and control registers to the capability MSRs, with values that real
 * CPUs report. Also that the MSR list is whole and that masks in controls.h do not overlap.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "vmcs-shadow/capability.h"
#include "vmcs-shadow/controls.h"

/* IA32_VMX_PROCBASED_CTLS and its TRUE sibling of a Skylake: they differ in CR3-load and CR3-store
 * exiting. */
#define PROCBASED      0xfff9fffe0401e172ull
#define TRUE_PROCBASED 0xfff9fffe04006172ull

#define UNTOUCHED 0x5a5a5a5au

static uint64_t capability(uint32_t must_be_one, uint32_t may_be_one)
{
	return (uint64_t)may_be_one << 32 | must_be_one;
}

static void nothing_wanted_gives_what_must_be_one(void **state)
{
	uint32_t control = UNTOUCHED, missing = UNTOUCHED;

	(void)state;
	assert_true(vmx_adjust_control(capability(0x16, 0x7f), 0, 0, &control, &missing));
	assert_int_equal(control, 0x16);
	assert_int_equal(missing, 0);
}

static void required_bits_are_set(void **state)
{
	uint32_t control = UNTOUCHED, missing = UNTOUCHED;

	(void)state;
	assert_true(vmx_adjust_control(capability(0x16, 0x7f), 0x09, 0, &control, &missing));
	assert_int_equal(control, 0x1f);
	assert_int_equal(missing, 0);
}

static void optional_bits_are_set_only_if_allowed(void **state)
{
	uint32_t control = UNTOUCHED, missing = UNTOUCHED;

	(void)state;
	assert_true(vmx_adjust_control(capability(0x16, 0x7f), 0x01, 0xc8, &control, &missing));
	assert_int_equal(control, 0x16 | 0x01 | 0x48);
	assert_int_equal(missing, 0);
}

static void a_required_bit_that_may_not_be_one_fails(void **state)
{
	uint32_t control = UNTOUCHED, missing = UNTOUCHED;

	(void)state;
	assert_false(vmx_adjust_control(capability(0x16, 0x7f), 0x181, 0, &control, &missing));
	assert_int_equal(missing, 0x180);
	assert_int_equal(control, UNTOUCHED);
}

static void a_bit_both_required_and_optional_is_required(void **state)
{
	uint32_t control = UNTOUCHED, missing = UNTOUCHED;

	(void)state;
	assert_false(vmx_adjust_control(capability(0, 0x0f), 0x10, 0x10, &control, &missing));
	assert_int_equal(missing, 0x10);
	assert_int_equal(control, UNTOUCHED);
}

static void bit_31_is_a_bit_like_any_other(void **state)
{
	uint32_t control = UNTOUCHED, missing = UNTOUCHED;

	(void)state;
	assert_true(vmx_adjust_control(capability(0, 1u << 31), 1u << 31, 0, &control, &missing));
	assert_int_equal(control, 1u << 31);
	assert_false(vmx_adjust_control(capability(0, 0x7fffffff), 1u << 31, 0, &control, &missing));
	assert_int_equal(missing, 1u << 31);
	assert_true(vmx_adjust_control(capability(1u << 31, 1u << 31), 0, 0, &control, &missing));
	assert_int_equal(control, 1u << 31);
	assert_int_equal(missing, 0);
}

static void extremes(void **state)
{
	uint32_t control = UNTOUCHED, missing = UNTOUCHED;

	(void)state;
	assert_true(vmx_adjust_control(0, 0, 0xffffffff, &control, &missing));
	assert_int_equal(control, 0);
	assert_true(vmx_adjust_control(capability(0, 0xffffffff), 0xffffffff, 0, &control, &missing));
	assert_int_equal(control, 0xffffffff);
	assert_false(vmx_adjust_control(0, 0xffffffff, 0, &control, &missing));
	assert_int_equal(missing, 0xffffffff);
}

static void the_true_msr_forces_fewer_bits(void **state)
{
	uint32_t required = CPU_BASED_HLT_EXITING | CPU_BASED_ACTIVATE_SECONDARY_CONTROLS;
	uint32_t with = UNTOUCHED, without = UNTOUCHED, missing = UNTOUCHED;

	(void)state;
	assert_true(vmx_adjust_control(PROCBASED, required, 0, &with, &missing));
	assert_true(vmx_adjust_control(TRUE_PROCBASED, required, 0, &without, &missing));
	assert_int_equal(with, 0x8401e1f2);
	assert_int_equal(without, 0x840061f2);
	assert_int_equal(with & ~without, CPU_BASED_CR3_LOAD_EXITING | CPU_BASED_CR3_STORE_EXITING);
}

static void a_cpu_without_tertiary_controls_says_so(void **state)
{
	uint32_t control = UNTOUCHED, missing = UNTOUCHED;

	(void)state;
	assert_false(vmx_adjust_control(TRUE_PROCBASED, CPU_BASED_ACTIVATE_TERTIARY_CONTROLS | CPU_BASED_HLT_EXITING, 0,
					&control, &missing));
	assert_int_equal(missing, CPU_BASED_ACTIVATE_TERTIARY_CONTROLS);
}

/* A Skylake reports these values: CR0.PG, NE and PE and CR4.VMXE must be 1. */
#define CR0_FIXED0 0x80000021ull
#define CR0_FIXED1 0xffffffffull
#define CR4_FIXED0 0x00002000ull
#define CR4_FIXED1 0x003727ffull

static void fixed_bits_are_checked(void **state)
{
	(void)state;
	assert_true(vmx_fixed_bits_ok(0x80050033, CR0_FIXED0, CR0_FIXED1));
	assert_true(vmx_fixed_bits_ok(CR0_FIXED0, CR0_FIXED0, CR0_FIXED1));
	assert_true(vmx_fixed_bits_ok(CR4_FIXED1, CR4_FIXED0, CR4_FIXED1));
	assert_false(vmx_fixed_bits_ok(0x80050013, CR0_FIXED0, CR0_FIXED1)); /* NE is 0 */
	assert_false(vmx_fixed_bits_ok(0x00050033, CR0_FIXED0, CR0_FIXED1)); /* PG is 0 */
	assert_false(vmx_fixed_bits_ok(0, CR4_FIXED0, CR4_FIXED1));
	assert_false(vmx_fixed_bits_ok(0x80050033ull | 1ull << 32, CR0_FIXED0, CR0_FIXED1));
	assert_false(vmx_fixed_bits_ok(CR4_FIXED0 | 1ull << 22, CR4_FIXED0, CR4_FIXED1)); /* PKE may not be 1 */
}

static void fixed_bits_are_applied(void **state)
{
	(void)state;
	assert_int_equal(vmx_apply_fixed_bits(0, CR0_FIXED0, CR0_FIXED1), CR0_FIXED0);
	assert_int_equal(vmx_apply_fixed_bits(0x80050033, CR0_FIXED0, CR0_FIXED1), 0x80050033);
	assert_int_equal(vmx_apply_fixed_bits(~0ull, CR0_FIXED0, CR0_FIXED1), CR0_FIXED1);
	assert_int_equal(vmx_apply_fixed_bits(0x20 | 1ull << 22, CR4_FIXED0, CR4_FIXED1), 0x2020);
	for (int bit = 0; bit < 64; bit++) {
		uint64_t applied = vmx_apply_fixed_bits(1ull << bit, CR4_FIXED0, CR4_FIXED1);

		assert_true(vmx_fixed_bits_ok(applied, CR4_FIXED0, CR4_FIXED1));
		/* A bit that is neither forced nor forbidden does not change. */
		assert_true(((applied ^ 1ull << bit) & CR4_FIXED1 & ~CR4_FIXED0) == 0);
	}
}

static void msrs_are_named(void **state)
{
	(void)state;
	assert_string_equal(vmx_capability_msr_name(0x480), "IA32_VMX_BASIC");
	assert_string_equal(vmx_capability_msr_name(0x48c), "IA32_VMX_EPT_VPID_CAP");
	assert_string_equal(vmx_capability_msr_name(0x491), "IA32_VMX_VMFUNC");
	assert_string_equal(vmx_capability_msr_name(0x3a), "IA32_FEATURE_CONTROL");
	assert_string_equal(vmx_capability_msr_name(0x47f), "UNKNOWN");
	assert_string_equal(vmx_capability_msr_name(0x492), "UNKNOWN");
	assert_string_equal(vmx_capability_msr_name(0), "UNKNOWN");
	for (uint32_t msr = 0x480; msr <= 0x491; msr++)
		assert_string_not_equal(vmx_capability_msr_name(msr), "UNKNOWN");
	assert_int_equal(MSR_IA32_VMX_TRUE_ENTRY_CTLS, 0x490);
}

static void the_msr_list_can_be_walked(void **state)
{
	static const struct {
		const char *name;
		uint32_t number;
	} list[] = {
#define ROW(name, number) {#name, number},
		VMX_CAPABILITY_MSRS(ROW)};
	size_t count = sizeof(list) / sizeof(list[0]);

	(void)state;
	assert_int_equal(count, 19);
	for (size_t i = 0; i < count; i++)
		assert_string_equal(vmx_capability_msr_name(list[i].number), list[i].name);
}

/* Reserved bits that must be 1, from the SDM's default1 class (A.3.1, A.3.2, A.4, A.5), are no
 * control's bit. */
static void no_control_is_a_reserved_bit(void **state)
{
	uint32_t pin = PIN_BASED_EXT_INTR_MASK | PIN_BASED_NMI_EXITING | PIN_BASED_VIRTUAL_NMIS |
		       PIN_BASED_VMX_PREEMPTION_TIMER | PIN_BASED_POSTED_INTR;
	uint32_t exit = VM_EXIT_SAVE_DEBUG_CONTROLS | VM_EXIT_HOST_ADDR_SPACE_SIZE |
			VM_EXIT_LOAD_IA32_PERF_GLOBAL_CTRL | VM_EXIT_ACK_INTR_ON_EXIT | VM_EXIT_SAVE_IA32_PAT |
			VM_EXIT_LOAD_IA32_PAT | VM_EXIT_SAVE_IA32_EFER | VM_EXIT_LOAD_IA32_EFER;
	uint32_t entry = VM_ENTRY_LOAD_DEBUG_CONTROLS | VM_ENTRY_IA32E_MODE | VM_ENTRY_SMM |
			 VM_ENTRY_DEACT_DUAL_MONITOR | VM_ENTRY_LOAD_IA32_PERF_GLOBAL_CTRL | VM_ENTRY_LOAD_IA32_PAT |
			 VM_ENTRY_LOAD_IA32_EFER;

	(void)state;
	assert_int_equal(pin, 0xe9);
	assert_int_equal(pin & 0x16, 0);
	assert_int_equal(exit & 0x36dff, VM_EXIT_SAVE_DEBUG_CONTROLS);
	assert_int_equal(entry & 0x11ff, VM_ENTRY_LOAD_DEBUG_CONTROLS);
}

static void parts_of_a_word_do_not_overlap(void **state)
{
	uint32_t info = INTR_INFO_VECTOR_MASK | INTR_INFO_INTR_TYPE_MASK | INTR_INFO_DELIVER_CODE_MASK |
			INTR_INFO_UNBLOCK_NMI | INTR_INFO_VALID_MASK;
	uint64_t eptp = EPTP_MEMORY_TYPE_MASK | EPTP_WALK_LENGTH_MASK | EPTP_ACCESSED_DIRTY |
			EPTP_SUPERVISOR_SHADOW_STACK;
	uint64_t entry = EPT_RWX | EPT_MEMORY_TYPE_MASK | EPT_IGNORE_PAT | EPT_LARGE_PAGE | EPT_ACCESSED | EPT_DIRTY |
			 EPT_USER_EXEC;

	(void)state;
	assert_int_equal(info, 0x80001fff);
	assert_int_equal(eptp, 0xff);
	assert_int_equal(entry, 0x7ff);
	assert_int_equal(INTR_TYPE_OTHER_EVENT, INTR_INFO_INTR_TYPE_MASK);
	/* A 4-level write-back EPTP with accessed and dirty bits ends in 0x5e on every
	 * hypervisor. */
	assert_int_equal(MEMORY_TYPE_WB | EPTP_WALK_LENGTH_4 | EPTP_ACCESSED_DIRTY, 0x5e);
	/* IA32_VMX_BASIC of a Skylake: 1 KiB of VMCS, write-back, TRUE controls, INS/OUTS
	 * information. */
	assert_int_equal((0x00da040000000004ull & VMX_BASIC_VMCS_SIZE_MASK) >> VMX_BASIC_VMCS_SIZE_SHIFT, 1024);
	assert_int_equal((0x00da040000000004ull & VMX_BASIC_MEM_TYPE_MASK) >> VMX_BASIC_MEM_TYPE_SHIFT, MEMORY_TYPE_WB);
	assert_true(0x00da040000000004ull & VMX_BASIC_TRUE_CTLS);
	assert_int_equal(0x00da040000000004ull & VMX_BASIC_REVISION_MASK, 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_wanted_gives_what_must_be_one),
		cmocka_unit_test(required_bits_are_set),
		cmocka_unit_test(optional_bits_are_set_only_if_allowed),
		cmocka_unit_test(a_required_bit_that_may_not_be_one_fails),
		cmocka_unit_test(a_bit_both_required_and_optional_is_required),
		cmocka_unit_test(bit_31_is_a_bit_like_any_other),
		cmocka_unit_test(extremes),
		cmocka_unit_test(the_true_msr_forces_fewer_bits),
		cmocka_unit_test(a_cpu_without_tertiary_controls_says_so),
		cmocka_unit_test(fixed_bits_are_checked),
		cmocka_unit_test(fixed_bits_are_applied),
		cmocka_unit_test(msrs_are_named),
		cmocka_unit_test(the_msr_list_can_be_walked),
		cmocka_unit_test(no_control_is_a_reserved_bit),
		cmocka_unit_test(parts_of_a_word_do_not_overlap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
