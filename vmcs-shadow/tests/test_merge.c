// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the merge: each bit of each control with every combination of what L1 and L0 want,
 * against rules written down here a second time, and that no exit which either wants is lost.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "vmcs-shadow/controls.h"
#include "vmcs-shadow/merge.h"
#include "vmcs-shadow/owner.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define BIT(n)       (1u << (n))
#define PF           BIT(14)

#define MERGE(name, v, l0) vmcs02_merged(VMCS_INDEX_##name, (v), (l0))

static uint64_t random_number(void)
{
	static uint64_t seed = 7;

	seed = seed * 6364136223846793005ull + 1442695040888963407ull;
	return seed ^ seed >> 33;
}

/*
 * The value of each control bit in vmcs02. A bit that no rule names is 1 if vmcs12 or L0 sets it.
 * I/O bitmaps (25 of the primary controls) and VPID (5 of the secondary ones) have separate rules
 * below.
 */
static const struct rule {
	enum vmcs_field_index index;
	uint32_t as_l1, as_l0, on, off, apart;
} rules[] = {
	/* virtual NMIs have a separate rule */
	{VMCS_INDEX_PIN_BASED_VM_EXEC_CONTROL, 0, 0, 0, BIT(5), BIT(5)},
	{VMCS_INDEX_CPU_BASED_VM_EXEC_CONTROL, BIT(28), 0, BIT(31), 0, BIT(25)},
	/* RDTSCP, unrestricted guest, INVPCID, VMCS shadowing, XSAVES, TSC scaling; EPT; PML */
	{VMCS_INDEX_SECONDARY_VM_EXEC_CONTROL, BIT(3) | BIT(7) | BIT(12) | BIT(14) | BIT(20) | BIT(25), 0, BIT(1),
	 BIT(17), BIT(5)},
	/* saving the preemption timer has a separate rule */
	{VMCS_INDEX_VM_EXIT_CONTROLS, 0, ~BIT(22), 0, BIT(22), BIT(22)},
	/* debug controls, IA-32e mode */
	{VMCS_INDEX_VM_ENTRY_CONTROLS, BIT(2) | BIT(9), ~(BIT(2) | BIT(9)), 0, 0, 0},
	{VMCS_INDEX_EXCEPTION_BITMAP, 0, 0, 0, 0, 0},
};

static uint32_t expected(const struct rule *rule, uint32_t l1, uint32_t l0)
{
	uint32_t either = ~(rule->as_l1 | rule->as_l0 | rule->on | rule->off);

	return ((l1 | l0) & either) | (l1 & rule->as_l1) | (l0 & rule->as_l0) | rule->on;
}

static uint32_t *control_of_l0(struct vmcs_l0 *l0, enum vmcs_field_index index)
{
	switch (index) {
	case VMCS_INDEX_PIN_BASED_VM_EXEC_CONTROL:
		return &l0->pin;
	case VMCS_INDEX_CPU_BASED_VM_EXEC_CONTROL:
		return &l0->primary;
	case VMCS_INDEX_SECONDARY_VM_EXEC_CONTROL:
		return &l0->secondary;
	case VMCS_INDEX_VM_EXIT_CONTROLS:
		return &l0->exit;
	case VMCS_INDEX_VM_ENTRY_CONTROLS:
		return &l0->entry;
	default:
		return &l0->exception_bitmap;
	}
}

static void check_control(const struct rule *rule, uint32_t l1, uint32_t l0_wants)
{
	struct vmcs12 v = {{0}};
	struct vmcs_l0 l0 = {0};
	uint64_t merged;

	VMCS12(&v, CPU_BASED_VM_EXEC_CONTROL) = CPU_BASED_ACTIVATE_SECONDARY_CONTROLS;
	v.field[rule->index] = l1;
	*control_of_l0(&l0, rule->index) = l0_wants;
	merged = vmcs02_merged(rule->index, &v, &l0);
	if ((merged ^ expected(rule, l1, l0_wants)) & ~(uint64_t)rule->apart)
		fail_msg("%s: %x and %x make %lx", vmcs_field_info[rule->index].name, l1, l0_wants, merged);
}

/* If L1 uses the timer, L0 saves it for exits that L1 does not see. L1's own setting applies to the
 * exits that L1 sees. */
static void a_timer_is_saved_if_it_runs(void **state)
{
	(void)state;
	for (unsigned n = 0; n < 8; n++) {
		struct vmcs12 v = {{0}};
		struct vmcs_l0 l0 = {.exit = n & 4 ? VM_EXIT_SAVE_VMX_PREEMPTION_TIMER : 0};

		VMCS12(&v, PIN_BASED_VM_EXEC_CONTROL) = n & 1 ? PIN_BASED_VMX_PREEMPTION_TIMER : 0;
		VMCS12(&v, VM_EXIT_CONTROLS) = n & 2 ? VM_EXIT_SAVE_VMX_PREEMPTION_TIMER : 0;
		assert_int_equal(MERGE(VM_EXIT_CONTROLS, &v, &l0), n & 1 ? VM_EXIT_SAVE_VMX_PREEMPTION_TIMER : 0);
	}
}

/* If NMIs are exits for L1, vmcs02 has L1's setting of virtual NMIs, otherwise L0's. */
static void virtual_nmis_are_of_who_has_nmis_exit(void **state)
{
	(void)state;
	for (unsigned n = 0; n < 8; n++) {
		struct vmcs12 v = {{0}};
		struct vmcs_l0 l0 = {.pin = PIN_BASED_NMI_EXITING | (n & 4 ? PIN_BASED_VIRTUAL_NMIS : 0)};
		uint32_t expect = n & 2 || (n & 4 && !(n & 1)) ? PIN_BASED_VIRTUAL_NMIS : 0;

		VMCS12(&v, PIN_BASED_VM_EXEC_CONTROL) = (n & 1 ? PIN_BASED_NMI_EXITING : 0) |
							(n & 2 ? PIN_BASED_VIRTUAL_NMIS : 0);
		assert_int_equal(MERGE(PIN_BASED_VM_EXEC_CONTROL, &v, &l0), PIN_BASED_NMI_EXITING | expect);
	}
}

static void every_bit_of_every_control(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(rules); i++)
		for (unsigned bit = 0; bit < 32; bit++)
			for (uint32_t others = 0; others < 4; others++) {
				uint32_t l1 = others & 1 ? ~BIT(bit) : 0, l0 = others & 2 ? ~BIT(bit) : 0;

				check_control(&rules[i], l1, l0);
				check_control(&rules[i], l1 | BIT(bit), l0);
				check_control(&rules[i], l1, l0 | BIT(bit));
				check_control(&rules[i], l1 | BIT(bit), l0 | BIT(bit));
			}
}

/* SDM 25.6.2: if bitmaps are used, they alone decide. */
static void io_bitmaps_are_used_unless_everything_exits(void **state)
{
	static const struct {
		bool unconditional, bitmaps, of_l0, expected;
	} rows[] = {
		{false, false, false, false}, {false, false, true, true},  {false, true, false, true},
		{false, true, true, true},    {true, false, false, false}, {true, false, true, false},
		{true, true, false, true},    {true, true, true, true},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct vmcs12 v = {{0}};
		struct vmcs_l0 l0 = {.primary = rows[i].of_l0 ? CPU_BASED_USE_IO_BITMAPS : 0};
		uint64_t merged;

		VMCS12(&v, CPU_BASED_VM_EXEC_CONTROL) = (rows[i].unconditional ? CPU_BASED_UNCOND_IO_EXITING : 0) |
							(rows[i].bitmaps ? CPU_BASED_USE_IO_BITMAPS : 0);
		merged = MERGE(CPU_BASED_VM_EXEC_CONTROL, &v, &l0);
		if (!(merged & CPU_BASED_USE_IO_BITMAPS) == rows[i].expected)
			fail_msg("row %zu: %lx", i, merged);
		assert_int_equal(!(merged & CPU_BASED_UNCOND_IO_EXITING), !rows[i].unconditional);
	}
}

static void a_vpid_is_used_if_l0_has_one(void **state)
{
	(void)state;
	for (unsigned n = 0; n < 8; n++) {
		struct vmcs12 v = {{0}};
		struct vmcs_l0 l0 = {.vpid = n & 1 ? 7 : 0, .secondary = n & 2 ? SECONDARY_EXEC_ENABLE_VPID : 0};

		VMCS12(&v, CPU_BASED_VM_EXEC_CONTROL) = CPU_BASED_ACTIVATE_SECONDARY_CONTROLS;
		VMCS12(&v, SECONDARY_VM_EXEC_CONTROL) = n & 4 ? SECONDARY_EXEC_ENABLE_VPID : 0;
		VMCS12(&v, VIRTUAL_PROCESSOR_ID) = 9;
		assert_int_equal(!(MERGE(SECONDARY_VM_EXEC_CONTROL, &v, &l0) & SECONDARY_EXEC_ENABLE_VPID), !(n & 1));
		assert_int_equal(MERGE(VIRTUAL_PROCESSOR_ID, &v, &l0), l0.vpid);
	}
}

/* SDM 25.6.2: as if they were all 0. */
static void secondary_controls_count_if_activated(void **state)
{
	const struct vmcs_l0 l0 = {.secondary = SECONDARY_EXEC_WBINVD_EXITING};
	struct vmcs12 v = {{0}};

	(void)state;
	VMCS12(&v, SECONDARY_VM_EXEC_CONTROL) = ~0u;
	assert_int_equal(vmcs12_secondary(&v), 0);
	assert_int_equal(MERGE(SECONDARY_VM_EXEC_CONTROL, &v, &l0),
			 SECONDARY_EXEC_WBINVD_EXITING | SECONDARY_EXEC_ENABLE_EPT);
	VMCS12(&v, CPU_BASED_VM_EXEC_CONTROL) = CPU_BASED_ACTIVATE_SECONDARY_CONTROLS;
	assert_int_equal(vmcs12_secondary(&v), ~0u);
}

static void tsc_offsets_add_up(void **state)
{
	static const struct {
		bool used;
		uint64_t l1, l0, expected;
	} rows[] = {
		{false, 0, 0, 0},      {false, 1000, 0, 0},          {false, 1000, 5, 5},
		{true, 1000, 5, 1005}, {true, -1000ull, 5, -995ull}, {true, 1ull << 63, 1ull << 63, 0},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct vmcs12 v = {{0}};
		const struct vmcs_l0 l0 = {.tsc_offset = rows[i].l0};

		VMCS12(&v, CPU_BASED_VM_EXEC_CONTROL) = rows[i].used ? CPU_BASED_USE_TSC_OFFSETTING : 0;
		VMCS12(&v, TSC_OFFSET) = rows[i].l1;
		VMCS12(&v, TSC_MULTIPLIER) = 3; /* which does not count */
		assert_int_equal(MERGE(TSC_OFFSET, &v, &l0), rows[i].expected);
		assert_int_equal(MERGE(TSC_MULTIPLIER, &v, &l0),
				 0x0001000000000000ull); /* 48 bits are the fraction (25.6.5) */
	}
}

/* L1's time is L0's time plus an offset. L2's time is L1's time, scaled, plus another offset. */
static void scaled_time_is_of_l1s(void **state)
{
	static const struct {
		uint32_t primary, secondary;
		uint64_t multiplier, o12, o01, expected_multiplier, expected_offset;
	} rows[] = {
		/* twice and half, and what has no use for a multiplier */
		{CPU_BASED_USE_TSC_OFFSETTING, SECONDARY_EXEC_TSC_SCALING, 2ull << 48, 7, 1000, 2ull << 48, 2007},
		{CPU_BASED_USE_TSC_OFFSETTING, SECONDARY_EXEC_TSC_SCALING, 1ull << 47, 7, 1001, 1ull << 47, 507},
		{0, SECONDARY_EXEC_TSC_SCALING, 2ull << 48, 7, 1000, 1ull << 48, 1000},
		{CPU_BASED_USE_TSC_OFFSETTING, 0, 2ull << 48, 7, 1000, 1ull << 48, 1007},
		/* offsets are signed, the multiplier is not */
		{CPU_BASED_USE_TSC_OFFSETTING, SECONDARY_EXEC_TSC_SCALING, 3ull << 47, -5ull, -1000ull, 3ull << 47,
		 -1505ull},
		{CPU_BASED_USE_TSC_OFFSETTING, SECONDARY_EXEC_TSC_SCALING, 0xffffull << 48, 0, -1ull, 0xffffull << 48,
		 -0xffffull},
		{CPU_BASED_USE_TSC_OFFSETTING, SECONDARY_EXEC_TSC_SCALING, 1, 0, -1ull, 1, -1ull}, /* rounded down */
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct vmcs12 v = {{0}};
		const struct vmcs_l0 l0 = {.tsc_offset = rows[i].o01};

		VMCS12(&v, CPU_BASED_VM_EXEC_CONTROL) = CPU_BASED_ACTIVATE_SECONDARY_CONTROLS | rows[i].primary;
		VMCS12(&v, SECONDARY_VM_EXEC_CONTROL) = rows[i].secondary;
		VMCS12(&v, TSC_MULTIPLIER) = rows[i].multiplier;
		VMCS12(&v, TSC_OFFSET) = rows[i].o12;
		assert_int_equal(MERGE(TSC_MULTIPLIER, &v, &l0), rows[i].expected_multiplier);
		assert_int_equal(MERGE(TSC_OFFSET, &v, &l0), rows[i].expected_offset);
		assert_int_equal((uint32_t)MERGE(SECONDARY_VM_EXEC_CONTROL, &v, &l0) & SECONDARY_EXEC_TSC_SCALING,
				 rows[i].secondary);
	}
}

static void the_link_is_there_for_shadowing_alone(void **state)
{
	const struct vmcs_l0 l0 = {.link = 0x7000};
	struct vmcs12 v = {{0}};

	(void)state;
	VMCS12(&v, VMCS_LINK_POINTER) = 0x5000;
	assert_int_equal(MERGE(VMCS_LINK_POINTER, &v, &l0), UINT64_MAX);
	VMCS12(&v, SECONDARY_VM_EXEC_CONTROL) = SECONDARY_EXEC_SHADOW_VMCS;
	assert_int_equal(MERGE(VMCS_LINK_POINTER, &v, &l0), UINT64_MAX);
	VMCS12(&v, CPU_BASED_VM_EXEC_CONTROL) = CPU_BASED_ACTIVATE_SECONDARY_CONTROLS;
	assert_int_equal(MERGE(VMCS_LINK_POINTER, &v, &l0), 0x7000);
}

/* L0 owns the addresses, whatever L1 wrote. L1's value is used where L0 has no value. */
static void addresses_are_of_l0(void **state)
{
	const struct vmcs_l0 l0 = {
		.io_bitmap = {0x1000, 0x2000},
		.msr_bitmap = 0x3000,
		.eptp = 0x401e,
		.vmread_bitmap = 0x5000,
		.vmwrite_bitmap = 0x6000,
	};
	struct vmcs12 v;

	(void)state;
	memset(&v, 0xab, sizeof(v));
	assert_int_equal(MERGE(IO_BITMAP_A, &v, &l0), 0x1000);
	assert_int_equal(MERGE(IO_BITMAP_B, &v, &l0), 0x2000);
	assert_int_equal(MERGE(MSR_BITMAP, &v, &l0), 0x3000);
	assert_int_equal(MERGE(EPT_POINTER, &v, &l0), 0x401e);
	assert_int_equal(MERGE(VMREAD_BITMAP, &v, &l0), 0x5000);
	assert_int_equal(MERGE(VMWRITE_BITMAP, &v, &l0), 0x6000);
	assert_int_equal(MERGE(XSS_EXIT_BITMAP, &v, &l0), VMCS12(&v, XSS_EXIT_BITMAP));
}

static void fields_of_other_origins_are_not_merged(void **state)
{
	const struct vmcs_l0 l0 = {0};
	struct vmcs12 v;

	(void)state;
	memset(&v, 0xff, sizeof(v));
	for (unsigned i = 0; i < VMCS_FIELD_COUNT; i++)
		if (vmcs_field_info[i].vmcs02 != VMCS_ORIGIN_MERGED)
			assert_int_equal(vmcs02_merged((enum vmcs_field_index)i, &v, &l0), 0);
}

/* If L0 intercepts page faults, every page fault exits to L0 first. Otherwise L1's settings
 * decide. */
static void page_faults(void **state)
{
	static const struct {
		uint32_t l1, l0, mask, match;
	} rows[] = {
		{0, 0, 0x1f, 3}, {PF, 0, 0x1f, 3}, {0, PF, 0, 0}, {PF, PF, 0, 0}, {PF, ~PF, 0x1f, 3},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct vmcs12 v = {{0}};
		const struct vmcs_l0 l0 = {.exception_bitmap = rows[i].l0};

		VMCS12(&v, EXCEPTION_BITMAP) = rows[i].l1;
		VMCS12(&v, PAGE_FAULT_ERROR_CODE_MASK) = 0x1f;
		VMCS12(&v, PAGE_FAULT_ERROR_CODE_MATCH) = 3;
		assert_int_equal(MERGE(EXCEPTION_BITMAP, &v, &l0), rows[i].l1 | rows[i].l0);
		assert_int_equal(MERGE(PAGE_FAULT_ERROR_CODE_MASK, &v, &l0), rows[i].mask);
		assert_int_equal(MERGE(PAGE_FAULT_ERROR_CODE_MATCH, &v, &l0), rows[i].match);
	}
}

static void no_exception_that_either_wants_is_lost(void **state)
{
	(void)state;
	for (int n = 0; n < 5000; n++) {
		struct vmcs12 v = {{0}}, vmcs02 = {{0}};
		struct vmcs_l0 l0 = {.exception_bitmap = (uint32_t)random_number()};

		VMCS12(&v, EXCEPTION_BITMAP) = (uint32_t)random_number();
		VMCS12(&v, PAGE_FAULT_ERROR_CODE_MASK) = random_number() & 0x1f;
		VMCS12(&v, PAGE_FAULT_ERROR_CODE_MATCH) = random_number() & 0x1f;
		VMCS12(&vmcs02, EXCEPTION_BITMAP) = MERGE(EXCEPTION_BITMAP, &v, &l0);
		VMCS12(&vmcs02, PAGE_FAULT_ERROR_CODE_MASK) = MERGE(PAGE_FAULT_ERROR_CODE_MASK, &v, &l0);
		VMCS12(&vmcs02, PAGE_FAULT_ERROR_CODE_MATCH) = MERGE(PAGE_FAULT_ERROR_CODE_MATCH, &v, &l0);
		for (unsigned vector = 0; vector < 32; vector++)
			for (uint32_t code = 0; code < (vector == 14 ? 32 : 1); code++) {
				bool wanted = vmx_exception_exits(&v, vector, code) ||
					      l0.exception_bitmap >> vector & 1;

				assert_int_equal(vmx_exception_exits(&vmcs02, vector, code), wanted);
			}
	}
}

static void bitmaps_let_pass_what_both_let_pass(void **state)
{
	static uint64_t a[512], b[512], to[512];
	const uint64_t *const sides[2] = {a, b};

	(void)state;
	for (unsigned i = 0; i < 512; i++) {
		a[i] = random_number();
		b[i] = random_number();
	}
	vmcs_merge_bitmaps(to, a, b);
	for (unsigned i = 0; i < 512; i++)
		assert_int_equal(to[i], a[i] | b[i]);
	for (unsigned n = 0; n < 3; n++) {
		memset(to, 0, sizeof(to));
		vmcs_merge_bitmaps(to, n & 1 ? sides[0] : NULL, n & 2 ? sides[1] : NULL);
		for (unsigned i = 0; i < 512; i++)
			assert_int_equal(to[i], ~0ull);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_bit_of_every_control),
		cmocka_unit_test(virtual_nmis_are_of_who_has_nmis_exit),
		cmocka_unit_test(a_timer_is_saved_if_it_runs),
		cmocka_unit_test(io_bitmaps_are_used_unless_everything_exits),
		cmocka_unit_test(a_vpid_is_used_if_l0_has_one),
		cmocka_unit_test(secondary_controls_count_if_activated),
		cmocka_unit_test(tsc_offsets_add_up),
		cmocka_unit_test(scaled_time_is_of_l1s),
		cmocka_unit_test(the_link_is_there_for_shadowing_alone),
		cmocka_unit_test(addresses_are_of_l0),
		cmocka_unit_test(fields_of_other_origins_are_not_merged),
		cmocka_unit_test(page_faults),
		cmocka_unit_test(no_exception_that_either_wants_is_lost),
		cmocka_unit_test(bitmaps_let_pass_what_both_let_pass),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
