// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the owner of each exit, by reason. Some reasons always belong to L1, some always to L0,
 * and the others follow a control of vmcs12.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "vmcs-shadow/controls.h"
#include "vmcs-shadow/owner.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define CONTROL_PIN       VMCS_INDEX_PIN_BASED_VM_EXEC_CONTROL
#define CONTROL_PRIMARY   VMCS_INDEX_CPU_BASED_VM_EXEC_CONTROL
#define CONTROL_SECONDARY VMCS_INDEX_SECONDARY_VM_EXEC_CONTROL

/* SDM 26.1.2 and 26.2: these exits always belong to L1. L1 injects a pending MTF exit without a
 * control (27.6.2). */
static const uint8_t always[] = {2, 9, 10, 11, 13, 17, 18, 19, 20, 21, 22, 24, 26, 27, 33, 34, 37, 50, 53, 55, 76, 77};

/* SDM 26.1.3 and 26.2: these exits belong to L1 if a control of L1 is set. */
static const struct {
	uint8_t reason;
	enum vmcs_field_index control;
	uint32_t bit;
} follow[] = {
	{7, CONTROL_PRIMARY, 1u << 2},     /* interrupt window */
	{8, CONTROL_PRIMARY, 1u << 22},    /* NMI window */
	{12, CONTROL_PRIMARY, 1u << 7},    /* HLT */
	{14, CONTROL_PRIMARY, 1u << 9},    /* INVLPG */
	{15, CONTROL_PRIMARY, 1u << 11},   /* RDPMC */
	{16, CONTROL_PRIMARY, 1u << 12},   /* RDTSC */
	{29, CONTROL_PRIMARY, 1u << 23},   /* MOV DR */
	{36, CONTROL_PRIMARY, 1u << 10},   /* MWAIT */
	{39, CONTROL_PRIMARY, 1u << 29},   /* MONITOR */
	{43, CONTROL_PRIMARY, 1u << 21},   /* TPR below threshold */
	{44, CONTROL_SECONDARY, 1u << 0},  /* APIC access */
	{45, CONTROL_SECONDARY, 1u << 9},  /* virtualized EOI */
	{46, CONTROL_SECONDARY, 1u << 2},  /* GDTR, IDTR */
	{47, CONTROL_SECONDARY, 1u << 2},  /* LDTR, TR */
	{51, CONTROL_PRIMARY, 1u << 12},   /* RDTSCP */
	{52, CONTROL_PIN, 1u << 6},        /* preemption timer */
	{54, CONTROL_SECONDARY, 1u << 6},  /* WBINVD */
	{56, CONTROL_SECONDARY, 1u << 8},  /* APIC write */
	{57, CONTROL_SECONDARY, 1u << 11}, /* RDRAND */
	{59, CONTROL_SECONDARY, 1u << 13}, /* VMFUNC */
	{60, CONTROL_SECONDARY, 1u << 15}, /* ENCLS */
	{61, CONTROL_SECONDARY, 1u << 16}, /* RDSEED */
	{63, CONTROL_SECONDARY, 1u << 20}, /* XSAVES */
	{64, CONTROL_SECONDARY, 1u << 20}, /* XRSTORS */
	{65, CONTROL_SECONDARY, 1u << 27}, /* PCONFIG */
	{67, CONTROL_PRIMARY, 1u << 12},   /* UMWAIT */
	{68, CONTROL_PRIMARY, 1u << 12},   /* TPAUSE */
	{70, CONTROL_SECONDARY, 1u << 28}, /* ENCLV */
	{72, CONTROL_SECONDARY, 1u << 21}, /* ENQCMD */
	{73, CONTROL_SECONDARY, 1u << 21}, /* ENQCMDS */
	{74, CONTROL_SECONDARY, 1u << 30}, /* bus lock */
	{75, CONTROL_SECONDARY, 1u << 31}, /* notify */
};

/* PAUSE and INVPCID depend on two controls. The others must be looked up: exceptions, VMREAD and
 * VMWRITE, control registers, I/O, MSRs. */
static const uint8_t other[] = {40, 58, 0, 23, 25, 28, 30, 31, 32};

static bool is_among(uint32_t reason, const uint8_t *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (list[i] == reason)
			return true;
	return false;
}

static bool follows(uint32_t reason)
{
	for (size_t i = 0; i < COUNT(follow); i++)
		if (follow[i].reason == reason)
			return true;
	return false;
}

static uint64_t random_number(void)
{
	static uint64_t seed = 3;

	seed = seed * 6364136223846793005ull + 1442695040888963407ull;
	return seed ^ seed >> 33;
}

/* All controls are 1, or all are 0 except the controls that activate other controls. */
static struct vmcs12 vmcs(bool all)
{
	struct vmcs12 v = {{0}};

	if (all)
		memset(&v, 0xff, sizeof(v));
	else
		VMCS12(&v, CPU_BASED_VM_EXEC_CONTROL) = CPU_BASED_ACTIVATE_SECONDARY_CONTROLS;
	return v;
}

static bool is_l1s(const struct vmcs12 *v, uint32_t reason)
{
	const struct vmx_bitmaps none = {{NULL, NULL}, NULL, NULL, NULL};
	const struct vmx_exit exit = {.reason = reason};
	enum vmx_owner owner = vmx_exit_owner(v, &exit, &none);

	assert_in_range(owner, VMX_OWNER_L0, VMX_OWNER_L1);
	return owner == VMX_OWNER_L1;
}

static void the_lists_here_name_no_reason_twice(void **state)
{
	(void)state;
	for (uint32_t reason = 0; reason < VMX_EXIT_REASON_COUNT; reason++) {
		unsigned lists = is_among(reason, always, COUNT(always)) + follows(reason) +
				 is_among(reason, other, COUNT(other));

		assert_in_range(lists, 0, 1);
	}
}

static void some_are_l1s_whatever_it_asked_for(void **state)
{
	const struct vmcs12 nothing = {{0}}, everything = vmcs(true);

	(void)state;
	for (size_t i = 0; i < COUNT(always); i++)
		if (!is_l1s(&nothing, always[i]) || !is_l1s(&everything, always[i]))
			fail_msg("%s", vmx_exit_reason_name(always[i]));
}

/* L0 owns exits of the machine, of ept02 and of the CPU's own log. It also owns holes, and reasons
 * that no offered feature can cause. */
static void all_others_are_l0s_whatever_l1_asked_for(void **state)
{
	static const uint32_t beyond[] = {VMX_EXIT_REASON_COUNT, 100, 128, 0xffff, 0x80000021};
	const struct vmcs12 nothing = {{0}}, everything = vmcs(true);

	(void)state;
	for (uint32_t reason = 0; reason < VMX_EXIT_REASON_COUNT; reason++) {
		if (is_among(reason, always, COUNT(always)) || follows(reason) || is_among(reason, other, COUNT(other)))
			continue;
		if (is_l1s(&nothing, reason) || is_l1s(&everything, reason))
			fail_msg("%u: %s", reason, vmx_exit_reason_name(reason));
	}
	for (size_t i = 0; i < COUNT(beyond); i++)
		assert_false(is_l1s(&everything, beyond[i]));
}

static void some_follow_a_control(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(follow); i++) {
		struct vmcs12 v = vmcs(false);

		if (is_l1s(&v, follow[i].reason))
			fail_msg("%s without a control", vmx_exit_reason_name(follow[i].reason));
		v.field[follow[i].control] |= follow[i].bit;
		if (!is_l1s(&v, follow[i].reason))
			fail_msg("%s with its control", vmx_exit_reason_name(follow[i].reason));
		v = vmcs(true);
		v.field[follow[i].control] &= ~(uint64_t)follow[i].bit;
		if (is_l1s(&v, follow[i].reason))
			fail_msg("%s with all other controls", vmx_exit_reason_name(follow[i].reason));
	}
}

/* SDM 25.6.2 */
static void secondary_controls_count_if_activated(void **state)
{
	struct vmcs12 v = {{0}};

	(void)state;
	VMCS12(&v, SECONDARY_VM_EXEC_CONTROL) = ~0u;
	for (size_t i = 0; i < COUNT(follow); i++)
		if (follow[i].control == CONTROL_SECONDARY)
			assert_false(is_l1s(&v, follow[i].reason));
	assert_false(is_l1s(&v, VMX_EXIT_PAUSE_INSTRUCTION));
	VMCS12(&v, CPU_BASED_VM_EXEC_CONTROL) = CPU_BASED_INVLPG_EXITING;
	assert_false(is_l1s(&v, VMX_EXIT_INVPCID));
}

/* SDM 26.1.3: PAUSE exits by itself or in a loop; INVPCID is a #UD without its own control. */
static void pause_and_invpcid_follow_two(void **state)
{
	(void)state;
	for (unsigned n = 0; n < 4; n++) {
		struct vmcs12 v = vmcs(false);

		VMCS12(&v, CPU_BASED_VM_EXEC_CONTROL) |= n & 1 ? CPU_BASED_PAUSE_EXITING | CPU_BASED_INVLPG_EXITING : 0;
		VMCS12(&v, SECONDARY_VM_EXEC_CONTROL) = n & 2 ? SECONDARY_EXEC_PAUSE_LOOP_EXITING |
									SECONDARY_EXEC_ENABLE_INVPCID
							      : 0;
		assert_int_equal(is_l1s(&v, VMX_EXIT_PAUSE_INSTRUCTION), n != 0);
		assert_int_equal(is_l1s(&v, VMX_EXIT_INVPCID), n == 3);
	}
}

/* The quick answer agrees with the long one. It has no answer where the owner must be looked up. */
static void the_bits_agree_with_the_owner(void **state)
{
	(void)state;
	for (int n = 0; n < 3000; n++) {
		struct vmcs12 v = {{0}};
		uint64_t reasons[2] = {~0ull, ~0ull};

		VMCS12(&v, PIN_BASED_VM_EXEC_CONTROL) = (uint32_t)random_number();
		VMCS12(&v, CPU_BASED_VM_EXEC_CONTROL) = (uint32_t)random_number();
		VMCS12(&v, SECONDARY_VM_EXEC_CONTROL) = (uint32_t)random_number();
		VMCS12(&v, EXCEPTION_BITMAP) = (uint32_t)random_number();
		vmx_exits_of_l1(&v, reasons);
		for (uint32_t reason = 0; reason < 128; reason++) {
			bool looked_up = is_among(reason, other, COUNT(other));
			bool bit = reasons[reason / 64] >> reason % 64 & 1;

			if (bit != (!looked_up && is_l1s(&v, reason)))
				fail_msg("%u: %s", reason, vmx_exit_reason_name(reason));
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_lists_here_name_no_reason_twice),
		cmocka_unit_test(some_are_l1s_whatever_it_asked_for),
		cmocka_unit_test(all_others_are_l0s_whatever_l1_asked_for),
		cmocka_unit_test(some_follow_a_control),
		cmocka_unit_test(secondary_controls_count_if_activated),
		cmocka_unit_test(pause_and_invpcid_follow_two),
		cmocka_unit_test(the_bits_agree_with_the_owner),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
