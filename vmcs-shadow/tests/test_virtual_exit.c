// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the lists of a virtual exit: loaded into an array they give each field what SDM 28.5
 * says, once, and no other; and the state that comes of it is one that a VM entry takes.
 */
#include "vmcs-shadow/tests/entry_fixture.h"

#include "vmcs-shadow/virtual_exit.h"

struct loaded {
	struct vmcs12 vmcs;
	unsigned times[VMCS_FIELD_COUNT];
};

#define UNTOUCHED 0x5a5a5a5a5a5a5a5aull

static void load_state(const struct vmcs12 *v, struct loaded *to)
{
	memset(&to->vmcs, 0x5a, sizeof(to->vmcs));
	memset(to->times, 0, sizeof(to->times));
#define LOAD(field, value)                                                                                             \
	VMCS12(&to->vmcs, field) = (value);                                                                            \
	to->times[VMCS_INDEX_##field]++;
	VMX_HOST_STATE(LOAD, v)
	VMX_HOST_SEGMENTS(LOAD, v)
	VMX_HOST_TABLES(LOAD, v)
#undef LOAD
}

/* Host state with another value in each field. */
static struct vmcs12 host(void)
{
	struct vmcs12 v = {{0}};

	VMCS12(&v, HOST_CR0) = 0x80010033;
	VMCS12(&v, HOST_CR3) = 0x123000;
	VMCS12(&v, HOST_CR4) = 0x26e0;
	VMCS12(&v, HOST_CS_SELECTOR) = 0x08;
	VMCS12(&v, HOST_SS_SELECTOR) = 0x10;
	VMCS12(&v, HOST_DS_SELECTOR) = 0x18;
	VMCS12(&v, HOST_ES_SELECTOR) = 0x20;
	VMCS12(&v, HOST_FS_SELECTOR) = 0x28;
	VMCS12(&v, HOST_GS_SELECTOR) = 0x30;
	VMCS12(&v, HOST_TR_SELECTOR) = 0x38;
	VMCS12(&v, HOST_FS_BASE) = 0xffff800000001000;
	VMCS12(&v, HOST_GS_BASE) = 0xffff800000002000;
	VMCS12(&v, HOST_TR_BASE) = 0xffff800000003000;
	VMCS12(&v, HOST_GDTR_BASE) = 0xffff800000004000;
	VMCS12(&v, HOST_IDTR_BASE) = 0xffff800000005000;
	VMCS12(&v, HOST_IA32_SYSENTER_CS) = 0x40;
	VMCS12(&v, HOST_IA32_SYSENTER_ESP) = 0xffff800000006000;
	VMCS12(&v, HOST_IA32_SYSENTER_EIP) = 0xffff800000007000;
	VMCS12(&v, HOST_RSP) = 0xffff800000008000;
	VMCS12(&v, HOST_RIP) = 0xffff800000009000;
	return v;
}

static const struct {
	enum vmcs_field_index index;
	uint64_t value;
} expected[] = {
	/* 28.5.1 */
	{VMCS_INDEX_GUEST_CR0, 0x80010033},
	{VMCS_INDEX_GUEST_CR3, 0x123000},
	{VMCS_INDEX_GUEST_CR4, 0x26e0},
	{VMCS_INDEX_GUEST_DR7, 0x400},
	{VMCS_INDEX_GUEST_IA32_DEBUGCTL, 0},
	{VMCS_INDEX_GUEST_SYSENTER_CS, 0x40},
	{VMCS_INDEX_GUEST_SYSENTER_ESP, 0xffff800000006000},
	{VMCS_INDEX_GUEST_SYSENTER_EIP, 0xffff800000007000},
	/* 28.5.2: CS is 64-bit code, G; the others big data, G; TR a busy TSS; LDTR is unusable */
	{VMCS_INDEX_GUEST_CS_SELECTOR, 0x08},
	{VMCS_INDEX_GUEST_CS_BASE, 0},
	{VMCS_INDEX_GUEST_CS_LIMIT, 0xffffffff},
	{VMCS_INDEX_GUEST_CS_AR_BYTES, 0xa09b},
	{VMCS_INDEX_GUEST_SS_SELECTOR, 0x10},
	{VMCS_INDEX_GUEST_SS_BASE, 0},
	{VMCS_INDEX_GUEST_SS_LIMIT, 0xffffffff},
	{VMCS_INDEX_GUEST_SS_AR_BYTES, 0xc093},
	{VMCS_INDEX_GUEST_DS_SELECTOR, 0x18},
	{VMCS_INDEX_GUEST_DS_BASE, 0},
	{VMCS_INDEX_GUEST_DS_LIMIT, 0xffffffff},
	{VMCS_INDEX_GUEST_DS_AR_BYTES, 0xc093},
	{VMCS_INDEX_GUEST_ES_SELECTOR, 0x20},
	{VMCS_INDEX_GUEST_ES_BASE, 0},
	{VMCS_INDEX_GUEST_ES_LIMIT, 0xffffffff},
	{VMCS_INDEX_GUEST_ES_AR_BYTES, 0xc093},
	{VMCS_INDEX_GUEST_FS_SELECTOR, 0x28},
	{VMCS_INDEX_GUEST_FS_BASE, 0xffff800000001000},
	{VMCS_INDEX_GUEST_FS_LIMIT, 0xffffffff},
	{VMCS_INDEX_GUEST_FS_AR_BYTES, 0xc093},
	{VMCS_INDEX_GUEST_GS_SELECTOR, 0x30},
	{VMCS_INDEX_GUEST_GS_BASE, 0xffff800000002000},
	{VMCS_INDEX_GUEST_GS_LIMIT, 0xffffffff},
	{VMCS_INDEX_GUEST_GS_AR_BYTES, 0xc093},
	{VMCS_INDEX_GUEST_TR_SELECTOR, 0x38},
	{VMCS_INDEX_GUEST_TR_BASE, 0xffff800000003000},
	{VMCS_INDEX_GUEST_TR_LIMIT, 0x67},
	{VMCS_INDEX_GUEST_TR_AR_BYTES, 0x8b},
	{VMCS_INDEX_GUEST_LDTR_SELECTOR, 0},
	{VMCS_INDEX_GUEST_LDTR_BASE, 0},
	{VMCS_INDEX_GUEST_LDTR_LIMIT, 0},
	{VMCS_INDEX_GUEST_LDTR_AR_BYTES, 0x10000},
	{VMCS_INDEX_GUEST_GDTR_BASE, 0xffff800000004000},
	{VMCS_INDEX_GUEST_GDTR_LIMIT, 0xffff},
	{VMCS_INDEX_GUEST_IDTR_BASE, 0xffff800000005000},
	{VMCS_INDEX_GUEST_IDTR_LIMIT, 0xffff},
	/* 28.5.3 */
	{VMCS_INDEX_GUEST_RIP, 0xffff800000009000},
	{VMCS_INDEX_GUEST_RSP, 0xffff800000008000},
	{VMCS_INDEX_GUEST_RFLAGS, 2},
	/* 28.5.5; what blocks an NMI depends on the exit, so it is in no list */
	{VMCS_INDEX_GUEST_ACTIVITY_STATE, 0},
	{VMCS_INDEX_GUEST_PENDING_DBG_EXCEPTIONS, 0},
};

static void every_field_is_loaded_as_the_manual_says(void **state)
{
	const struct vmcs12 v = host();
	struct loaded loaded;
	size_t total = 0;

	(void)state;
	load_state(&v, &loaded);
	for (size_t i = 0; i < COUNT(expected); i++) {
		enum vmcs_field_index index = expected[i].index;

		if (loaded.times[index] != 1 || loaded.vmcs.field[index] != expected[i].value)
			fail_msg("%s: %u times, %lx", vmcs_field_info[index].name, loaded.times[index],
				 loaded.vmcs.field[index]);
	}
	for (unsigned i = 0; i < VMCS_FIELD_COUNT; i++) {
		total += loaded.times[i];
		assert_int_equal(loaded.times[i] == 0, loaded.vmcs.field[i] == UNTOUCHED);
	}
	assert_int_equal(total, COUNT(expected));
}

/* 28.5.2: a null selector makes a data segment unusable, that one alone; FS and GS keep their bases
 * (64-bit code uses them). */
static void null_selectors_are_unusable(void **state)
{
	static const struct {
		enum vmcs_field_index host, ar;
	} segments[] = {
		{VMCS_INDEX_HOST_SS_SELECTOR, VMCS_INDEX_GUEST_SS_AR_BYTES},
		{VMCS_INDEX_HOST_DS_SELECTOR, VMCS_INDEX_GUEST_DS_AR_BYTES},
		{VMCS_INDEX_HOST_ES_SELECTOR, VMCS_INDEX_GUEST_ES_AR_BYTES},
		{VMCS_INDEX_HOST_FS_SELECTOR, VMCS_INDEX_GUEST_FS_AR_BYTES},
		{VMCS_INDEX_HOST_GS_SELECTOR, VMCS_INDEX_GUEST_GS_AR_BYTES},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(segments); i++) {
		struct vmcs12 v = host();
		struct loaded loaded;

		v.field[segments[i].host] = 0;
		load_state(&v, &loaded);
		for (size_t j = 0; j < COUNT(segments); j++)
			assert_int_equal(loaded.vmcs.field[segments[j].ar] >> 16 & 1, i == j);
		assert_int_equal(VMCS12(&loaded.vmcs, GUEST_FS_BASE), VMCS12(&v, HOST_FS_BASE));
		assert_int_equal(VMCS12(&loaded.vmcs, GUEST_GS_BASE), VMCS12(&v, HOST_GS_BASE));
	}
}

/* 28.5.1: ET, CD, NW and bits 63:32, 28:19, 17 and 15:6 are not modified; they were 0, but for
 * ET. */
static void cr0_keeps_what_an_exit_does_not_load(void **state)
{
	static const struct {
		uint64_t host, guest;
	} rows[] = {
		{0x80010033, 0x80010033},         {0x80010023, 0x80010033}, /* ET is 1 */
		{0xe0010033, 0x80010033},                                   /* CD, NW */
		{0x8005003f, 0x8005003f},                                   /* AM, WP, TS, EM, MP */
		{0x9ffbfff3, 0x80010033},                                   /* but for AM all that is reserved */
		{0xffffffff80010033, 0x80010033},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct vmcs12 v = host();
		struct loaded loaded;

		VMCS12(&v, HOST_CR0) = rows[i].host;
		load_state(&v, &loaded);
		assert_int_equal(VMCS12(&loaded.vmcs, GUEST_CR0), rows[i].guest);
	}
}

/* With selectors that are null, and with ones that are not. */
static void a_vm_entry_takes_the_state(void **state)
{
	(void)state;
	for (unsigned n = 0; n < 2; n++) {
		struct vmcs12 v, entered;
		struct vmx_cpu cpu;
		struct loaded loaded;

		valid_vmcs(&v, &cpu, LONG);
		for (unsigned i = VMCS_INDEX_HOST_ES_SELECTOR; i <= VMCS_INDEX_HOST_GS_SELECTOR; i++)
			if (i != VMCS_INDEX_HOST_CS_SELECTOR)
				v.field[i] = n ? 0x10 : 0;
		load_state(&v, &loaded);
		entered = v;
		for (unsigned i = 0; i < VMCS_FIELD_COUNT; i++)
			if (loaded.times[i])
				entered.field[i] = loaded.vmcs.field[i];
		expect_legal(&(struct row){.line = __LINE__}, &entered, &cpu);
	}
}

/* 28.5.1: loaded, or LMA and LME are as the host's mode, which is 64 bits. */
static void efer_after_an_exit(void **state)
{
	static const struct {
		bool loaded;
		uint64_t field, l2, expected;
	} rows[] = {
		{true, 0xd01, 0, 0xd01},      {true, 0x500, 0xfff, 0x500}, {false, 0xd01, 0, 0x500},
		{false, 0xd01, 0x801, 0xd01}, {false, 0, 0xd00, 0xd00},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct vmcs12 v = {{0}};

		VMCS12(&v, VM_EXIT_CONTROLS) = VM_EXIT_HOST_ADDR_SPACE_SIZE |
					       (rows[i].loaded ? VM_EXIT_LOAD_IA32_EFER : 0);
		VMCS12(&v, HOST_IA32_EFER) = rows[i].field;
		assert_int_equal(vmx_host_efer(&v, rows[i].l2), rows[i].expected);
	}
}

/* 27.3.2.1: loaded, or LMA is "IA-32e mode guest", and LME with it if there is paging; the rest is
 * as in L1. */
static void efer_after_an_entry(void **state)
{
	static const struct {
		uint32_t controls;
		uint64_t field, l1, cr0, expected;
	} rows[] = {
		{VM_ENTRY_LOAD_IA32_EFER | VM_ENTRY_IA32E_MODE, 0xd01, 0, 0x80000001, 0xd01},
		{VM_ENTRY_LOAD_IA32_EFER, 0x801, 0xd00, 0x80000001, 0x801},
		{VM_ENTRY_LOAD_IA32_EFER, 0x100, 0xd00, 0, 0x100},
		{VM_ENTRY_IA32E_MODE, 0, 0xd01, 0x80000001, 0xd01},
		{VM_ENTRY_IA32E_MODE, 0, 0x801, 0x80000001, 0xd01},
		{0, 0xfff, 0xd01, 0x80000001, 0x801}, /* with paging, of 32 bits */
		{0, 0xfff, 0xd01, 0x1, 0x901},        /* without: LME stays as it was */
		{0, 0xfff, 0x801, 0x1, 0x801},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct vmcs12 v = {{0}};

		VMCS12(&v, VM_ENTRY_CONTROLS) = rows[i].controls;
		VMCS12(&v, GUEST_IA32_EFER) = rows[i].field;
		if (vmx_guest_efer(&v, rows[i].l1, rows[i].cr0) != rows[i].expected)
			fail_msg("row %zu: %lx", i, vmx_guest_efer(&v, rows[i].l1, rows[i].cr0));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_field_is_loaded_as_the_manual_says),
		cmocka_unit_test(null_selectors_are_unusable),
		cmocka_unit_test(cr0_keeps_what_an_exit_does_not_load),
		cmocka_unit_test(a_vm_entry_takes_the_state),
		cmocka_unit_test(efer_after_an_exit),
		cmocka_unit_test(efer_after_an_entry),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
