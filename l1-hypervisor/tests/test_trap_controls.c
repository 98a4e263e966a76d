// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of trap requests: which ones this CPU supports, and the VM-execution controls of the
 * granted ones (SDM 25.6).
 */
#include "l1-hypervisor/tests/unit.h"

#include "l1-hypervisor/emulate/msr.h"
#include "l1-hypervisor/lab/trap_controls.h"
#include "microbench/trap_requests.h"

static struct vcpu vcpu;

static void begin(void)
{
	fake_cpu_reset();
	vcpu = (struct vcpu){.primary = CPU_BASED_HLT_EXITING, .secondary = SECONDARY_EXEC_ENABLE_EPT};
	FIELD(GUEST_CR0) = CR0_PE | CR0_WP;
	FIELD(GUEST_CR4) = CR4_PSE | CR4_PAE;
}

/* 25.6.1 to 25.6.3. */
TEST(each_request_sets_its_controls_and_its_end_clears_them)
{
	static const struct {
		uint32_t trap, primary, secondary, exceptions;
	} rows[] = {
		{NB_TRAP_RDTSC, 1u << 12, 0, 0},      {NB_TRAP_RDPMC, 1u << 11, 0, 0},
		{NB_TRAP_CR3_LOAD, 1u << 15, 0, 0},   {NB_TRAP_CR3_STORE, 1u << 16, 0, 0},
		{NB_TRAP_CR8, 3u << 19, 0, 0},        {NB_TRAP_DR, 1u << 23, 0, 0},
		{NB_TRAP_DESCRIPTORS, 0, 1u << 2, 0}, {NB_TRAP_INVLPG, 1u << 9, 0, 0},
		{NB_TRAP_WBINVD, 0, 1u << 6, 0},      {NB_TRAP_MWAIT, 1u << 29 | 1u << 10, 0, 0},
		{NB_TRAP_PAUSE, 1u << 30, 0, 0},      {NB_TRAP_UD, 0, 0, 1u << 6},
		{NB_TRAP_PF, 0, 0, 1u << 14},         {NB_TRAP_BP, 0, 0, 1u << 3},
		{NB_TRAP_GP, 0, 0, 1u << 13},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		begin();
		vcpu.exceptions_fixed = 1u << 18;
		assert_true(trap_controls_grant(&vcpu, rows[i].trap));
		assert_int_equal(FIELD(CPU_BASED_VM_EXEC_CONTROL), CPU_BASED_HLT_EXITING | rows[i].primary);
		assert_int_equal(FIELD(SECONDARY_VM_EXEC_CONTROL), SECONDARY_EXEC_ENABLE_EPT | rows[i].secondary);
		assert_int_equal(FIELD(EXCEPTION_BITMAP), 1u << 18 | rows[i].exceptions);
		assert_true(trap_controls_grant(&vcpu, 0));
		assert_int_equal(FIELD(CPU_BASED_VM_EXEC_CONTROL), CPU_BASED_HLT_EXITING);
		assert_int_equal(FIELD(SECONDARY_VM_EXEC_CONTROL), SECONDARY_EXEC_ENABLE_EPT);
		assert_int_equal(FIELD(EXCEPTION_BITMAP), 1u << 18);
	}
}

TEST(a_control_that_is_always_on_stays_on)
{
	begin();
	vcpu.primary_fixed = CPU_BASED_INVLPG_EXITING;
	vcpu.primary |= CPU_BASED_INVLPG_EXITING;
	assert_true(trap_controls_grant(&vcpu, 0));
	assert_true(vcpu.primary & CPU_BASED_INVLPG_EXITING);
}

/* A.3: bits 63:32 of a capability MSR are the controls that may be 1. */
TEST(a_request_without_its_control_is_not_offered_and_changes_nothing)
{
	begin();
	assert_true(trap_controls_offered(&vcpu) & NB_TRAP_CR8);
	vmx.primary &= ~((uint64_t)CPU_BASED_CR8_STORE_EXITING << 32);
	vmx.secondary &= ~((uint64_t)SECONDARY_EXEC_WBINVD_EXITING << 32);
	vmx.pin = 0;
	assert_false(trap_controls_offered(&vcpu) & (NB_TRAP_CR8 | NB_TRAP_WBINVD | NB_TRAP_PREEMPTION));
	assert_true(trap_controls_offered(&vcpu) & NB_TRAP_RDTSC);
	assert_false(trap_controls_grant(&vcpu, NB_TRAP_CR8 | NB_TRAP_RDTSC));
	assert_int_equal(vcpu.primary, CPU_BASED_HLT_EXITING);
	assert_int_equal(FIELD(CPU_BASED_VM_EXEC_CONTROL), 0);
}

/* 27.2.1.1: NMI-window exiting needs virtual NMIs. */
TEST(nmi_windows_and_devices_depend_on_more_than_one_control)
{
	begin();
	assert_false(trap_controls_offered(&vcpu) & (NB_TRAP_NMI_WINDOW | NB_TRAP_DEVICES));
	vcpu.pin = PIN_BASED_VIRTUAL_NMIS;
	vcpu.has_devices = true;
	assert_true(trap_controls_offered(&vcpu) & NB_TRAP_NMI_WINDOW);
	assert_true(trap_controls_offered(&vcpu) & NB_TRAP_DEVICES);
}

TEST(debug_registers_move_to_memory_and_back)
{
	begin();
	fake.dr[2] = 0x1234;
	assert_true(trap_controls_grant(&vcpu, NB_TRAP_DR));
	assert_int_equal(vcpu.dr[2], 0x1234);
	fake.dr[2] = 0;
	vcpu.dr[2] = 0x5678;
	assert_true(trap_controls_grant(&vcpu, NB_TRAP_DR | NB_TRAP_RDTSC)); /* it traps already */
	assert_int_equal(vcpu.dr[2], 0x5678);
	assert_int_equal(fake.dr[2], 0);
	assert_true(trap_controls_grant(&vcpu, 0));
	assert_int_equal(fake.dr[2], 0x5678);
}

/*
 * 25.6.6: the guest reads a bit of the mask from the read shadow, so the value that it sees stays.
 */
TEST(owning_a_bit_of_cr0_or_cr4_does_not_change_what_the_guest_reads)
{
	begin();
	assert_true(trap_controls_grant(&vcpu, NB_TRAP_CR0 | NB_TRAP_CR4));
	assert_int_equal(FIELD(CR0_GUEST_HOST_MASK), CR0_NE | CR0_WP);
	assert_int_equal(FIELD(CR0_READ_SHADOW) & CR0_WP, CR0_WP);
	assert_int_equal(FIELD(CR4_GUEST_HOST_MASK), CR4_VMXE | CR4_PSE);
	assert_int_equal(FIELD(CR4_READ_SHADOW), CR4_PSE);
	FIELD(GUEST_CR0) &= ~CR0_WP;
	assert_true(trap_controls_grant(&vcpu, 0));
	assert_int_equal(FIELD(CR0_GUEST_HOST_MASK), CR0_NE);
	assert_int_equal(FIELD(CR4_GUEST_HOST_MASK), CR4_VMXE);
}

TEST(with_shadow_tables_the_masks_belong_to_guest_paging)
{
	begin();
	vcpu.shadow = true;
	FIELD(CR0_GUEST_HOST_MASK) = 0x77;
	assert_true(trap_controls_grant(&vcpu, NB_TRAP_CR0 | NB_TRAP_CR4));
	assert_int_equal(FIELD(CR0_GUEST_HOST_MASK), 0x77);
	assert_int_equal(FIELD(CR4_GUEST_HOST_MASK), 0);
}

TEST(an_msr_request_traps_ia32_misc_enable)
{
	begin();
	assert_true(trap_controls_grant(&vcpu, NB_TRAP_MSR));
	assert_true(msr_is_trapped(MSR_MISC_ENABLE, false) && msr_is_trapped(MSR_MISC_ENABLE, true));
	assert_true(trap_controls_grant(&vcpu, 0));
	assert_false(msr_is_trapped(MSR_MISC_ENABLE, false) || msr_is_trapped(MSR_MISC_ENABLE, true));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(each_request_sets_its_controls_and_its_end_clears_them),
		RUN(a_control_that_is_always_on_stays_on),
		RUN(a_request_without_its_control_is_not_offered_and_changes_nothing),
		RUN(nmi_windows_and_devices_depend_on_more_than_one_control),
		RUN(debug_registers_move_to_memory_and_back),
		RUN(owning_a_bit_of_cr0_or_cr4_does_not_change_what_the_guest_reads),
		RUN(with_shadow_tables_the_masks_belong_to_guest_paging),
		RUN(an_msr_request_traps_ia32_misc_enable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
