// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the owner of an exit that must be looked up in a table of L1: the bitmaps of ports, MSRs
 * and fields, the exception bitmap, and the accesses to control registers that L1 intercepts.
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

static uint8_t bitmap_a[4096], bitmap_b[4096];

static bool is_l1s(const struct vmcs12 *v, const struct vmx_exit *exit, const struct vmx_bitmaps *bitmaps)
{
	return vmx_exit_owner(v, exit, bitmaps) == VMX_OWNER_L1;
}

static void set_bit(uint8_t *bitmap, unsigned bit)
{
	bitmap[bit / 8] |= (uint8_t)(1u << bit % 8);
}

static void clear_bitmaps(void)
{
	memset(bitmap_a, 0, sizeof(bitmap_a));
	memset(bitmap_b, 0, sizeof(bitmap_b));
}

/* An OUT. All bits of the qualification that do not matter are set. */
static bool port_is_l1s(uint32_t controls, unsigned port, unsigned size, const uint8_t *a, const uint8_t *b)
{
	struct vmcs12 v = {{0}};
	static const uint8_t others[4096];
	const struct vmx_bitmaps bitmaps = {.io = {a, b}, .msr = others, .vmread = others, .vmwrite = others};
	const struct vmx_exit exit = {.reason = VMX_EXIT_IO_INSTRUCTION,
				      .qualification = 0xffffffff00000000ull | port << 16 | 0xfff8 | (size - 1)};

	VMCS12(&v, CPU_BASED_VM_EXEC_CONTROL) = controls;
	return is_l1s(&v, &exit, &bitmaps);
}

/* One bit is set for a port. Bitmap A has the lower half of the ports, B the upper half. */
static void ports_by_bitmap(void **state)
{
	static const struct {
		int line;
		unsigned set, port, size;
		bool expected;
	} rows[] = {
		{__LINE__, 0x0, 0x0, 1, true},
		{__LINE__, 0x0, 0x1, 1, false},
		{__LINE__, 0x80, 0x80, 1, true},
		{__LINE__, 0x81, 0x80, 1, false},
		{__LINE__, 0x81, 0x80, 2, true},
		{__LINE__, 0x82, 0x80, 2, false},
		{__LINE__, 0x83, 0x80, 4, true},
		{__LINE__, 0x84, 0x80, 4, false},
		{__LINE__, 0x7f, 0x80, 4, false},
		{__LINE__, 0x7fff, 0x7fff, 1, true},
		{__LINE__, 0x8000, 0x8000, 1, true},
		{__LINE__, 0x8000, 0x0, 1, false},
		{__LINE__, 0x0, 0x8000, 1, false},
		/* across both bitmaps */
		{__LINE__, 0x8000, 0x7fff, 1, false},
		{__LINE__, 0x8000, 0x7fff, 2, true},
		{__LINE__, 0x7ffe, 0x7ffe, 4, true},
		{__LINE__, 0x8001, 0x7ffe, 4, true},
		{__LINE__, 0x8002, 0x7ffe, 4, false},
		{__LINE__, 0xffff, 0xffff, 1, true},
		{__LINE__, 0xfffe, 0xffff, 1, false},
		{__LINE__, 0xffff, 0xfffc, 4, true},
		/* around the end */
		{__LINE__, 0x1234, 0xffff, 2, true},
		{__LINE__, 0x1234, 0xfffd, 4, true},
		{__LINE__, 0x1234, 0xfffc, 4, false},
		{__LINE__, 0x1234, 0xfffe, 2, false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		clear_bitmaps();
		set_bit(rows[i].set < 0x8000 ? bitmap_a : bitmap_b, rows[i].set & 0x7fff);
		/* SDM 25.6.2: the other control is ignored then. */
		for (uint32_t also = 0; also <= CPU_BASED_UNCOND_IO_EXITING; also += CPU_BASED_UNCOND_IO_EXITING)
			if (port_is_l1s(CPU_BASED_USE_IO_BITMAPS | also, rows[i].port, rows[i].size, bitmap_a,
					bitmap_b) != rows[i].expected)
				fail_msg("line %d", rows[i].line);
	}
}

static void ports_without_bitmaps(void **state)
{
	(void)state;
	clear_bitmaps();
	memset(bitmap_b, 0xff, sizeof(bitmap_b));
	assert_false(port_is_l1s(0, 0x80, 1, bitmap_b, bitmap_b));
	assert_false(port_is_l1s(0, 0xffff, 4, bitmap_b, bitmap_b));
	assert_true(port_is_l1s(CPU_BASED_UNCOND_IO_EXITING, 0x80, 1, bitmap_a, bitmap_a));
	/* No memory where L1 says a bitmap is. */
	clear_bitmaps();
	assert_true(port_is_l1s(CPU_BASED_USE_IO_BITMAPS, 0x80, 1, NULL, bitmap_b));
	assert_false(port_is_l1s(CPU_BASED_USE_IO_BITMAPS, 0x8000, 1, NULL, bitmap_b));
	assert_true(port_is_l1s(CPU_BASED_USE_IO_BITMAPS, 0x8000, 1, bitmap_a, NULL));
	assert_true(port_is_l1s(CPU_BASED_USE_IO_BITMAPS, 0x7fff, 2, bitmap_a, NULL));
	assert_false(port_is_l1s(CPU_BASED_USE_IO_BITMAPS, 0x7fff, 1, bitmap_a, NULL));
}

static bool msr_is_l1s(uint32_t controls, uint32_t msr, bool write, const uint8_t *bitmap)
{
	struct vmcs12 v = {{0}};
	const struct vmx_bitmaps bitmaps = {.msr = bitmap};
	const struct vmx_exit exit = {.reason = write ? VMX_EXIT_MSR_WRITE : VMX_EXIT_MSR_READ, .msr = msr};

	VMCS12(&v, CPU_BASED_VM_EXEC_CONTROL) = controls;
	return is_l1s(&v, &exit, &bitmaps);
}

/* SDM 25.6.9: four bitmaps of 1 KiB, for reads of low MSRs, of high ones, and writes of either. One
 * bit of a quarter is set, or none. */
static void msrs_by_bitmap(void **state)
{
	enum { NONE = -1, READ_LOW, READ_HIGH, WRITE_LOW, WRITE_HIGH };
	static const struct {
		int line, quarter;
		uint32_t bit, msr;
		bool read, write;
	} rows[] = {
		{__LINE__, READ_LOW, 0x10, 0x10, true, false},
		{__LINE__, WRITE_LOW, 0x10, 0x10, false, true},
		{__LINE__, READ_HIGH, 0x10, 0x10, false, false},
		{__LINE__, WRITE_HIGH, 0x10, 0x10, false, false},
		{__LINE__, READ_LOW, 0x80, 0xc0000080, false, false},
		{__LINE__, READ_HIGH, 0x80, 0xc0000080, true, false},
		{__LINE__, WRITE_HIGH, 0x80, 0xc0000080, false, true},
		{__LINE__, WRITE_LOW, 0x80, 0xc0000080, false, false},
		{__LINE__, READ_LOW, 0, 0, true, false},
		{__LINE__, WRITE_LOW, 0x1fff, 0x1fff, false, true},
		{__LINE__, READ_HIGH, 0, 0xc0000000, true, false},
		{__LINE__, WRITE_HIGH, 0x1fff, 0xc0001fff, false, true},
		{__LINE__, READ_LOW, 0x11, 0x10, false, false},
		/* of no range: they always exit */
		{__LINE__, NONE, 0, 0x2000, true, true},
		{__LINE__, NONE, 0, 0x3fffffff, true, true},
		{__LINE__, NONE, 0, 0x40000000, true, true},
		{__LINE__, NONE, 0, 0x40000010, true, true},
		{__LINE__, NONE, 0, 0x80000000, true, true},
		{__LINE__, NONE, 0, 0xbfffffff, true, true},
		{__LINE__, NONE, 0, 0xc0002000, true, true},
		{__LINE__, NONE, 0, 0xffffffff, true, true},
		{__LINE__, NONE, 0, 0x1fff, false, false},
		{__LINE__, NONE, 0, 0xc0001fff, false, false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		clear_bitmaps();
		if (rows[i].quarter != NONE)
			set_bit(bitmap_a + 1024 * rows[i].quarter, rows[i].bit);
		if (msr_is_l1s(CPU_BASED_USE_MSR_BITMAPS, rows[i].msr, false, bitmap_a) != rows[i].read ||
		    msr_is_l1s(CPU_BASED_USE_MSR_BITMAPS, rows[i].msr, true, bitmap_a) != rows[i].write)
			fail_msg("line %d", rows[i].line);
		/* Without the control, or without memory, every access exits. */
		assert_true(msr_is_l1s(0, rows[i].msr, i % 2, bitmap_a));
		assert_true(msr_is_l1s(CPU_BASED_USE_MSR_BITMAPS, rows[i].msr, i % 2, NULL));
	}
}

static bool exception_is_l1s(const struct vmcs12 *v, uint32_t type, unsigned vector, uint32_t code)
{
	const struct vmx_exit exit = {.reason = VMX_EXIT_EXCEPTION_NMI,
				      .interruption = INTR_INFO_VALID_MASK | INTR_INFO_DELIVER_CODE_MASK |
						      INTR_INFO_UNBLOCK_NMI | type | vector,
				      .error_code = code};

	return is_l1s(v, &exit, NULL);
}

/* The source does not matter: hardware, INT1, INT3 or INTO (25.6.3). An NMI is not an exception,
 * although it has a vector in the same range. */
static void exceptions_by_bitmap(void **state)
{
	static const uint32_t types[] = {INTR_TYPE_HARD_EXCEPTION, INTR_TYPE_PRIV_SW_EXCEPTION,
					 INTR_TYPE_SOFT_EXCEPTION};

	(void)state;
	for (unsigned set = 0; set < 32; set++)
		for (unsigned vector = 0; vector < 32; vector++) {
			struct vmcs12 v = {{0}};

			VMCS12(&v, EXCEPTION_BITMAP) = 1ull << set;
			for (size_t i = 0; i < COUNT(types); i++)
				assert_int_equal(exception_is_l1s(&v, types[i], vector, 0), vector == set);
			assert_int_equal(vmx_exception_exits(&v, vector, 0), vector == set);
			assert_false(exception_is_l1s(&v, INTR_TYPE_NMI_INTR, vector, 0));
		}
}

/* SDM 25.6.3: with the bit a match exits, without it everything else. */
static void page_faults_by_mask_and_match(void **state)
{
	static const struct {
		int line;
		uint32_t mask, match, code;
		bool matches;
	} rows[] = {
		{__LINE__, 0, 0, 0, true},        {__LINE__, 0, 0, 0x1f, true},
		{__LINE__, 0, 1, 0, false},       {__LINE__, 0, 1, 1, false},
		{__LINE__, 1, 1, 1, true},        {__LINE__, 1, 1, 0, false},
		{__LINE__, 1, 1, 0x1f, true},     {__LINE__, 1, 0, 0x1e, true},
		{__LINE__, 0x1f, 3, 3, true},     {__LINE__, 0x1f, 3, 7, false},
		{__LINE__, 0x3, 7, 7, false},     {__LINE__, ~0u, ~0u, ~0u, true},
		{__LINE__, 1u << 15, 0, 7, true}, {__LINE__, 1u << 15, 0, 1u << 15, false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		for (unsigned set = 0; set < 2; set++) {
			struct vmcs12 v = {{0}};

			VMCS12(&v, EXCEPTION_BITMAP) = set ? 1u << 14 : ~(1u << 14);
			VMCS12(&v, PAGE_FAULT_ERROR_CODE_MASK) = rows[i].mask;
			VMCS12(&v, PAGE_FAULT_ERROR_CODE_MATCH) = rows[i].match;
			if (exception_is_l1s(&v, INTR_TYPE_HARD_EXCEPTION, 14, rows[i].code) !=
			    (rows[i].matches == set))
				fail_msg("line %d, bit %u", rows[i].line, set);
		}
}

/* SDM table 28-3. Only L1 has masks for CR0 and CR4, so all their exits belong to L1. */
static void control_registers_by_access(void **state)
{
	enum { MOV_TO, MOV_FROM, CLTS, LMSW };
	static const struct {
		int line;
		unsigned number, type;
		uint32_t control; /* that makes it L1's; 0: none is needed */
	} rows[] = {
		{__LINE__, 0, MOV_TO, 0},
		{__LINE__, 0, CLTS, 0},
		{__LINE__, 0, LMSW, 0},
		{__LINE__, 4, MOV_TO, 0},
		{__LINE__, 3, MOV_TO, CPU_BASED_CR3_LOAD_EXITING},
		{__LINE__, 3, MOV_FROM, CPU_BASED_CR3_STORE_EXITING},
		{__LINE__, 8, MOV_TO, CPU_BASED_CR8_LOAD_EXITING},
		{__LINE__, 8, MOV_FROM, CPU_BASED_CR8_STORE_EXITING},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		/* The register, LMSW's kind of operand and its data are somebody else's. */
		const struct vmx_exit exit = {.reason = VMX_EXIT_CR_ACCESS,
					      .qualification = 0xffff0f40 | rows[i].type << 4 | rows[i].number};
		struct vmcs12 v = {{0}};

		if (is_l1s(&v, &exit, NULL) != !rows[i].control)
			fail_msg("line %d without a control", rows[i].line);
		VMCS12(&v, CPU_BASED_VM_EXEC_CONTROL) = rows[i].control;
		if (!is_l1s(&v, &exit, NULL))
			fail_msg("line %d with its control", rows[i].line);
		VMCS12(&v, CPU_BASED_VM_EXEC_CONTROL) = ~rows[i].control;
		if (is_l1s(&v, &exit, NULL) != !rows[i].control)
			fail_msg("line %d with all others", rows[i].line);
	}
}

static bool field_is_l1s(const struct vmcs12 *v, uint64_t field, bool write, const uint8_t *vmread,
			 const uint8_t *vmwrite)
{
	const struct vmx_bitmaps bitmaps = {.vmread = vmread, .vmwrite = vmwrite};
	const struct vmx_exit exit = {.reason = write ? VMX_EXIT_VMWRITE : VMX_EXIT_VMREAD, .field = field};

	return is_l1s(v, &exit, &bitmaps);
}

/* SDM 26.1.3: if the upper bits are 0, bits 14:0 are looked up. Each instruction has its own
 * bitmap. */
static void fields_by_bitmap(void **state)
{
	static const struct {
		int line;
		uint64_t field;
		bool read, write;
	} rows[] = {
		{__LINE__, VMCS_GUEST_RIP, true, false},
		{__LINE__, VMCS_GUEST_RSP, false, true},
		{__LINE__, VMCS_GUEST_RFLAGS, false, false},
		{__LINE__, 0, false, false},
		{__LINE__, 0x7fff, false, false},
		{__LINE__, 0x8000, true, true},
		{__LINE__, 0x10000 | VMCS_GUEST_RFLAGS, true, true},
		{__LINE__, 1ull << 32 | VMCS_GUEST_RFLAGS, true, true},
		{__LINE__, 1ull << 63 | VMCS_GUEST_RFLAGS, true, true},
	};
	struct vmcs12 v = {{0}}, without = {{0}};

	(void)state;
	clear_bitmaps();
	set_bit(bitmap_a, VMCS_GUEST_RIP);
	set_bit(bitmap_b, VMCS_GUEST_RSP);
	VMCS12(&v, CPU_BASED_VM_EXEC_CONTROL) = CPU_BASED_ACTIVATE_SECONDARY_CONTROLS;
	VMCS12(&v, SECONDARY_VM_EXEC_CONTROL) = SECONDARY_EXEC_SHADOW_VMCS;
	VMCS12(&without, SECONDARY_VM_EXEC_CONTROL) = SECONDARY_EXEC_SHADOW_VMCS;
	for (size_t i = 0; i < COUNT(rows); i++) {
		uint64_t field = rows[i].field;

		if (field_is_l1s(&v, field, false, bitmap_a, bitmap_b) != rows[i].read ||
		    field_is_l1s(&v, field, true, bitmap_a, bitmap_b) != rows[i].write)
			fail_msg("line %d", rows[i].line);
		/* Without shadowing, or without memory, every access exits. */
		assert_true(field_is_l1s(&without, field, i % 2, bitmap_a, bitmap_b));
		assert_true(field_is_l1s(&v, field, false, NULL, bitmap_b));
		assert_true(field_is_l1s(&v, field, true, bitmap_a, NULL));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ports_by_bitmap),
		cmocka_unit_test(ports_without_bitmaps),
		cmocka_unit_test(msrs_by_bitmap),
		cmocka_unit_test(exceptions_by_bitmap),
		cmocka_unit_test(page_faults_by_mask_and_match),
		cmocka_unit_test(control_registers_by_access),
		cmocka_unit_test(fields_by_bitmap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
