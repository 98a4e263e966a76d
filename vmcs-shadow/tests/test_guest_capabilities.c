// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of what a guest hypervisor is offered: the most that any CPU allows, the parts
 * that a CPU can lack, and each MSR. The bits are written out here by hand, from the tables of
 * SDM 25.6 to 25.8 and from appendix A.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "vmcs-shadow/capability.h"
#include "vmcs-shadow/controls.h"
#include "vmcs-shadow/fields.h"
#include "vmcs-shadow/guest_capabilities.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define IN(member)   offsetof(struct vmx_capabilities, member)

/* For each control field: the bits offered on a CPU that can do everything, the bits that must be
 * 1, and the default1 class (A.2). */
static const struct control {
	size_t capability;
	uint32_t may, must, default1;
	uint32_t msr, true_msr; /* 0: there is none */
} controls[] = {
	{IN(pin), 0x0000007f, 0x00000016, 0x00000016, 0x481, 0x48d},
	{IN(primary), 0xffd9fffe, 0x04006172, 0x0401e172, 0x482, 0x48e},
	{IN(secondary), 0x02135cee, 0, 0, 0x48b, 0},
	{IN(exit), 0x0073efff, 0x00036fff, 0x00036dff, 0x483, 0x48f},
	{IN(entry), 0x000093ff, 0x000011ff, 0x000011ff, 0x484, 0x490},
};

static uint64_t value_of(const struct vmx_capabilities *c, size_t capability)
{
	return *(const uint64_t *)(const void *)((const char *)c + capability);
}

static uint32_t low(uint64_t value)
{
	return (uint32_t)value;
}

static uint32_t high(uint64_t value)
{
	return (uint32_t)(value >> 32);
}

static uint64_t random_number(void)
{
	static uint64_t seed = 1;

	seed = seed * 6364136223846793005ull + 1442695040888963407ull;
	return seed ^ seed >> 33;
}

static struct vmx_capabilities full_cpu(void)
{
	struct vmx_capabilities cpu;

	memset(&cpu, 0xff, sizeof(cpu));
	cpu.pin = 0xffffffff00000016ull;
	cpu.primary = 0xffffffff04006172ull;
	cpu.secondary = 0xffffffff00000000ull;
	cpu.exit = 0xffffffff00036dfbull;
	cpu.entry = 0xffffffff000011fbull;
	return cpu;
}

static struct vmx_capabilities random_cpu(void)
{
	struct vmx_capabilities cpu = {0};
	uint64_t *value = (uint64_t *)(void *)&cpu;

	for (size_t i = 0; i < sizeof(cpu) / sizeof(*value); i++)
		value[i] = random_number();
	/* A.10: without EPT, its capabilities are 0. */
	if (!(cpu.secondary >> 32 & SECONDARY_EXEC_ENABLE_EPT))
		cpu.ept_vpid &= ~0xffffffffull;
	return cpu;
}

static uint64_t msr(const struct vmx_capabilities *offered, uint32_t number)
{
	uint64_t value = 0x5a5a5a5a;

	if (!vmx_offered_msr(offered, number, &value))
		fail_msg("there is no MSR %x", number);
	return value;
}

static void a_cpu_with_everything(void **state)
{
	const struct vmx_capabilities cpu = full_cpu();
	struct vmx_capabilities offered;

	(void)state;
	vmx_offer(&cpu, &offered);
	for (size_t i = 0; i < COUNT(controls); i++) {
		uint64_t value = value_of(&offered, controls[i].capability);

		if (high(value) != controls[i].may || low(value) != controls[i].must)
			fail_msg("MSR %x: %08x, must be 1 %08x", controls[i].msr, high(value), low(value));
	}
}

/* Symbolic names, so that a mistake would have to be in both this list and the table of bits. */
static void what_is_never_offered(void **state)
{
	const struct vmx_capabilities cpu = full_cpu();
	struct vmx_capabilities o;

	(void)state;
	vmx_offer(&cpu, &o);
	assert_false(high(o.pin) & PIN_BASED_POSTED_INTR);
	assert_false(high(o.primary) & (CPU_BASED_TPR_SHADOW | CPU_BASED_ACTIVATE_TERTIARY_CONTROLS));
	assert_false(high(o.secondary) &
		     (SECONDARY_EXEC_VIRTUALIZE_APIC_ACCESSES | SECONDARY_EXEC_VIRTUALIZE_X2APIC_MODE |
		      SECONDARY_EXEC_APIC_REGISTER_VIRT | SECONDARY_EXEC_VIRTUAL_INTR_DELIVERY |
		      SECONDARY_EXEC_ENABLE_VMFUNC | SECONDARY_EXEC_EPT_VIOLATION_VE | SECONDARY_EXEC_SUB_PAGE_WRITE |
		      SECONDARY_EXEC_MODE_BASED_EPT_EXEC | SECONDARY_EXEC_ENCLS_EXITING |
		      SECONDARY_EXEC_ENABLE_USR_WAIT_PAUSE | SECONDARY_EXEC_NOTIFY_VM_EXITING));
	assert_false(high(o.exit) & (VM_EXIT_LOAD_IA32_PAT | VM_EXIT_LOAD_IA32_PERF_GLOBAL_CTRL |
				     VM_EXIT_ACTIVATE_SECONDARY_CONTROLS));
	assert_false(high(o.entry) & (VM_ENTRY_LOAD_IA32_PAT | VM_ENTRY_LOAD_IA32_PERF_GLOBAL_CTRL | VM_ENTRY_SMM |
				      VM_ENTRY_DEACT_DUAL_MONITOR | VM_ENTRY_LOAD_BNDCFGS));
	assert_false(o.misc & (VMX_MISC_ACTIVITY_SHUTDOWN | VMX_MISC_ACTIVITY_WAIT_SIPI | VMX_MISC_INTEL_PT |
			       VMX_MISC_MSR_LIST_MASK | VMX_MISC_SMM_MONITOR_CTL | VMX_MISC_RDMSR_SMBASE));
	assert_int_equal(o.misc >> VMX_MISC_MSEG_REVISION_SHIFT, 0);
	assert_false(o.ept_vpid & (VMX_EPTP_UC_BIT | VMX_EPT_PAGE_WALK_5_BIT | VMX_EPT_ADVANCED_EXIT_INFO_BIT |
				   VMX_EPT_SUPERVISOR_SHADOW_STACK_BIT));
	assert_false(o.basic & (VMX_BASIC_DUAL_MONITOR | VMX_BASIC_32BIT_PHYS_ADDR));
}

/* Fields of controls that no capability here tells apart are never there for a guest. */
static void no_field_of_the_newest_features_is_offered(void **state)
{
	const struct vmx_capabilities cpu = full_cpu();
	struct vmx_capabilities offered;

	(void)state;
	vmx_offer(&cpu, &offered);
	for (unsigned i = 0; i < VMCS_FIELD_COUNT; i++) {
		unsigned feature = vmcs_field_info[i].feature;

		if (feature == VMCS_FEATURE_TERTIARY || feature == VMCS_FEATURE_SECONDARY_EXIT ||
		    feature == VMCS_FEATURE_FRED)
			assert_false(vmcs_field_exists((enum vmcs_field_index)i, &offered));
	}
}

static void on_any_cpu_it_is_a_subset_but_for_what_is_demanded(void **state)
{
	(void)state;
	for (int n = 0; n < 2000; n++) {
		const struct vmx_capabilities cpu = random_cpu();
		struct vmx_capabilities o;

		vmx_offer(&cpu, &o);
		for (size_t i = 0; i < COUNT(controls); i++) {
			uint64_t theirs = value_of(&cpu, controls[i].capability);
			uint64_t ours = value_of(&o, controls[i].capability);
			uint32_t may = (high(theirs) & controls[i].may) | controls[i].must;

			/* Two controls more may be taken away, as the next tests say. */
			if (controls[i].capability == IN(secondary))
				assert_int_equal((high(ours) ^ may) &
							 ~(SECONDARY_EXEC_SHADOW_VMCS | SECONDARY_EXEC_ENABLE_PML),
						 0);
			else
				assert_int_equal(high(ours), may);
			assert_int_equal(high(ours) & ~(high(theirs) | controls[i].must), 0);
			assert_int_equal(low(ours), controls[i].must);
			assert_int_equal(low(ours) & ~high(ours), 0);
		}
		assert_int_equal(o.misc & ~cpu.misc, 0);
		assert_int_equal(o.ept_vpid & ~cpu.ept_vpid, 0);
		assert_int_equal(o.cr0_fixed0, cpu.cr0_fixed0);
		assert_int_equal(o.cr0_fixed1, cpu.cr0_fixed1);
		assert_int_equal(o.cr4_fixed0, cpu.cr4_fixed0);
		assert_int_equal(o.cr4_fixed1, cpu.cr4_fixed1);
	}
}

/* If our hypervisor runs on the offered capabilities, it offers the same ones again. */
static void what_is_offered_is_offered_again(void **state)
{
	(void)state;
	for (int n = 0; n < 2000; n++) {
		const struct vmx_capabilities cpu = random_cpu();
		struct vmx_capabilities once, twice;

		vmx_offer(&cpu, &once);
		vmx_offer(&once, &twice);
		assert_memory_equal(&once, &twice, sizeof(once));
	}
}

#define EPT_BITS  0x0000000006334041ull
#define VPID_BITS 0x00000f0100000000ull

static void a_cpu_that_lacks_something(void **state)
{
	static const struct {
		int line;
		size_t capability;
		uint64_t lacks; /* these bits */
		uint32_t secondary_gone;
		uint64_t ept_vpid;
	} rows[] = {
		{__LINE__, IN(misc), 0, 0, EPT_BITS | VPID_BITS},
		/* VMWRITE to all fields */
		{__LINE__, IN(misc), 1ull << 29, SECONDARY_EXEC_SHADOW_VMCS, EPT_BITS | VPID_BITS},
		/* accessed and dirty flags */
		{__LINE__, IN(ept_vpid), 1ull << 21, SECONDARY_EXEC_ENABLE_PML, (EPT_BITS | VPID_BITS) & ~(1ull << 21)},
		{__LINE__, IN(ept_vpid), 1ull << 0, 0, (EPT_BITS | VPID_BITS) & ~1ull},
		{__LINE__, IN(ept_vpid), 1ull << 17, 0, (EPT_BITS | VPID_BITS) & ~(1ull << 17)},
		{__LINE__, IN(ept_vpid), 1ull << 43, 0, (EPT_BITS | VPID_BITS) & ~(1ull << 43)},
		{__LINE__, IN(secondary), (uint64_t)SECONDARY_EXEC_ENABLE_EPT << 32, SECONDARY_EXEC_ENABLE_EPT,
		 VPID_BITS},
		{__LINE__, IN(secondary), (uint64_t)SECONDARY_EXEC_ENABLE_VPID << 32, SECONDARY_EXEC_ENABLE_VPID,
		 EPT_BITS},
		{__LINE__, IN(secondary), (uint64_t)(SECONDARY_EXEC_ENABLE_EPT | SECONDARY_EXEC_ENABLE_VPID) << 32,
		 SECONDARY_EXEC_ENABLE_EPT | SECONDARY_EXEC_ENABLE_VPID, 0},
		{__LINE__, IN(secondary), (uint64_t)SECONDARY_EXEC_UNRESTRICTED_GUEST << 32,
		 SECONDARY_EXEC_UNRESTRICTED_GUEST, EPT_BITS | VPID_BITS},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct vmx_capabilities cpu = full_cpu(), offered;
		uint32_t expected = controls[2].may & ~rows[i].secondary_gone;

		*(uint64_t *)(void *)((char *)&cpu + rows[i].capability) &= ~rows[i].lacks;
		vmx_offer(&cpu, &offered);
		if (offered.secondary != (uint64_t)expected << 32)
			fail_msg("line %d: secondary controls %lx", rows[i].line, offered.secondary);
		if (offered.ept_vpid != rows[i].ept_vpid)
			fail_msg("line %d: IA32_VMX_EPT_VPID_CAP %lx", rows[i].line, offered.ept_vpid);
	}
}

/* A.1: the revision, 4 KiB, write-back, the TRUE MSRs; INS and OUTS, and error codes, as the CPU
 * has them. A.6: what of it is kept. */
static void basic_and_misc(void **state)
{
	struct vmx_capabilities cpu = full_cpu(), offered;

	(void)state;
	vmx_offer(&cpu, &offered);
	assert_int_equal(msr(&offered, 0x480), 0x01d810006e620001ull);
	assert_int_equal(offered.misc, 0x0000000061ff007full);
	cpu.basic = 0;
	cpu.misc = VMX_MISC_ACTIVITY_HLT | 4ull << VMX_MISC_CR3_TARGETS_SHIFT | 5;
	vmx_offer(&cpu, &offered);
	assert_int_equal(msr(&offered, 0x480), 0x009810006e620001ull);
	assert_int_equal(msr(&offered, 0x485), 0x40045);
}

static void every_msr_is_there_or_not(void **state)
{
	static const struct {
		uint32_t number;
		size_t capability;
	} rows[] = {
		{0x485, IN(misc)},       {0x486, IN(cr0_fixed0)}, {0x487, IN(cr0_fixed1)}, {0x488, IN(cr4_fixed0)},
		{0x489, IN(cr4_fixed1)}, {0x48b, IN(secondary)},  {0x48c, IN(ept_vpid)},   {0x48d, IN(pin)},
		{0x48e, IN(primary)},    {0x48f, IN(exit)},       {0x490, IN(entry)},
	};
	struct vmx_capabilities cpu = full_cpu(), offered;

	(void)state;
	cpu.cr0_fixed0 = 0x80000021;
	cpu.cr0_fixed1 = 0xffffffff;
	cpu.cr4_fixed0 = 0x2000;
	cpu.cr4_fixed1 = 0x3727ff;
	vmx_offer(&cpu, &offered);
	for (size_t i = 0; i < COUNT(rows); i++)
		if (msr(&offered, rows[i].number) != value_of(&offered, rows[i].capability))
			fail_msg("MSR %x: %lx", rows[i].number, msr(&offered, rows[i].number));
	assert_int_equal(msr(&offered, 0x3a), 5); /* locked, and VMX outside SMX (24.7) */
	for (uint32_t number = 0; number < 0x1000; number++) {
		uint64_t value;
		bool expected = number == 0x3a || (number >= 0x480 && number <= 0x490);

		if (vmx_offered_msr(&offered, number, &value) != expected)
			fail_msg("MSR %x", number);
	}
}

/* A.3.3: only if they may be activated; A.10: only with EPT or VPID. */
static void msrs_that_a_cpu_may_lack(void **state)
{
	static const struct {
		int line;
		uint32_t primary, secondary;
		bool has_secondary, has_ept_vpid;
	} rows[] = {
		{__LINE__, CPU_BASED_ACTIVATE_SECONDARY_CONTROLS, SECONDARY_EXEC_ENABLE_EPT, true, true},
		{__LINE__, CPU_BASED_ACTIVATE_SECONDARY_CONTROLS, SECONDARY_EXEC_ENABLE_VPID, true, true},
		{__LINE__, CPU_BASED_ACTIVATE_SECONDARY_CONTROLS, SECONDARY_EXEC_DESC, true, false},
		{__LINE__, CPU_BASED_HLT_EXITING, 0, false, false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct vmx_capabilities cpu = full_cpu(), offered;
		uint64_t value;

		cpu.primary = (uint64_t)rows[i].primary << 32;
		cpu.secondary = (uint64_t)rows[i].secondary << 32;
		vmx_offer(&cpu, &offered);
		if (vmx_offered_msr(&offered, 0x48b, &value) != rows[i].has_secondary ||
		    vmx_offered_msr(&offered, 0x48c, &value) != rows[i].has_ept_vpid)
			fail_msg("line %d", rows[i].line);
	}
}

/* A.2: without the TRUE MSRs all of the default1 class must be 1, and else there is no
 * difference. */
static void msrs_that_are_not_true_have_default1(void **state)
{
	(void)state;
	for (int n = 0; n < 500; n++) {
		const struct vmx_capabilities cpu = random_cpu();
		struct vmx_capabilities offered;

		vmx_offer(&cpu, &offered);
		for (size_t i = 0; i < COUNT(controls); i++) {
			uint64_t value, without;

			if (!controls[i].true_msr)
				continue;
			value = msr(&offered, controls[i].true_msr);
			without = msr(&offered, controls[i].msr);
			assert_int_equal(low(without), low(value) | controls[i].default1);
			assert_int_equal(high(without), high(value) | controls[i].default1);
		}
	}
}

/* A.9: the highest index of any existing field. */
static void vmcs_enum_is_of_the_fields_that_are_offered(void **state)
{
	static const struct {
		int line;
		uint32_t pin, secondary;
		uint32_t expected;
	} rows[] = {
		/* the TSC multiplier is 2032H */
		{__LINE__, ~0u, ~0u, 0x32},
		/* the preemption timer's value 482EH */
		{__LINE__, ~0u, ~SECONDARY_EXEC_TSC_SCALING, 0x2e},
		{__LINE__, PIN_BASED_VMX_PREEMPTION_TIMER, 0, 0x2e},
		/* the XSS-exiting bitmap 202CH */
		{__LINE__, ~PIN_BASED_VMX_PREEMPTION_TIMER, ~SECONDARY_EXEC_TSC_SCALING, 0x2c},
		/* guest IA32_SYSENTER_CS 482AH */
		{__LINE__, ~PIN_BASED_VMX_PREEMPTION_TIMER, ~(SECONDARY_EXEC_XSAVES | SECONDARY_EXEC_TSC_SCALING),
		 0x2a},
		{__LINE__, 0, 0, 0x2a},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct vmx_capabilities cpu = full_cpu(), offered;

		cpu.pin = (uint64_t)rows[i].pin << 32;
		cpu.secondary = (uint64_t)rows[i].secondary << 32;
		vmx_offer(&cpu, &offered);
		if (msr(&offered, 0x48a) != rows[i].expected)
			fail_msg("line %d: %lx", rows[i].line, msr(&offered, 0x48a));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_cpu_with_everything),
		cmocka_unit_test(what_is_never_offered),
		cmocka_unit_test(no_field_of_the_newest_features_is_offered),
		cmocka_unit_test(on_any_cpu_it_is_a_subset_but_for_what_is_demanded),
		cmocka_unit_test(what_is_offered_is_offered_again),
		cmocka_unit_test(a_cpu_that_lacks_something),
		cmocka_unit_test(basic_and_misc),
		cmocka_unit_test(every_msr_is_there_or_not),
		cmocka_unit_test(msrs_that_a_cpu_may_lack),
		cmocka_unit_test(msrs_that_are_not_true_have_default1),
		cmocka_unit_test(vmcs_enum_is_of_the_fields_that_are_offered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
