// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of entering VMX operation (SDM 24.7, 24.8, appendix A), of failed VMX instructions (31.2),
 * INVEPT, INVVPID and IA32_EFER.
 */
#include "l1-hypervisor/tests/unit.h"

#include "l1-hypervisor/backend/backend.h"

#define LOCKED  1ull /* IA32_FEATURE_CONTROL */
#define OUTSIDE 4ull

/*
 * A CPU with VMX whose firmware has left IA32_FEATURE_CONTROL open. Each capability MSR has its
 * number as its value.
 */
static void begin(uint64_t basic)
{
	fake_cpu_reset();
	memset(&vmx, 0, sizeof(vmx));
	fake_cpuid_set(1, 0, (struct cpuid_result){.ecx = LEAF_1_ECX_VMX});
	*fake_msr(MSR_IA32_FEATURE_CONTROL) = 0;
	for (uint32_t msr = 0x481; msr <= 0x490; msr++)
		if (msr != 0x48b && msr != 0x48c)
			*fake_msr(msr) = msr;
	*fake_msr(0x480) = basic;
}

TEST(a_machine_without_vmx_ends_the_run)
{
	begin(0);
	fake_cpuid_set(1, 0, (struct cpuid_result){0});
	assert_run_ends("no VMX", vmx_probe());
}

/* 24.7. */
TEST(an_open_feature_control_is_locked_with_vmx_on)
{
	begin(0);
	vmx_probe();
	assert_int_equal(*fake_msr(MSR_IA32_FEATURE_CONTROL), LOCKED | OUTSIDE);
}

TEST(a_feature_control_that_locks_vmx_out_ends_the_run)
{
	begin(0);
	*fake_msr(MSR_IA32_FEATURE_CONTROL) = LOCKED;
	assert_run_ends("locks it out", vmx_probe());
	assert_int_equal(*fake_msr(MSR_IA32_FEATURE_CONTROL), LOCKED);
}

/* A.2: bit 55 of IA32_VMX_BASIC says that the TRUE MSRs exist. */
TEST(the_true_capability_msrs_are_read_if_they_exist)
{
	begin(0);
	vmx_probe();
	assert_int_equal(vmx.pin, 0x481);
	assert_int_equal(vmx.primary, 0x482);
	assert_int_equal(vmx.exit, 0x483);
	assert_int_equal(vmx.entry, 0x484);
	begin(1ull << 55);
	vmx_probe();
	assert_int_equal(vmx.pin, 0x48d);
	assert_int_equal(vmx.primary, 0x48e);
	assert_int_equal(vmx.exit, 0x48f);
	assert_int_equal(vmx.entry, 0x490);
}

/* A.3.3, A.10: without its feature, RDMSR of the MSR is a #GP, which fails this test. */
TEST(msrs_of_a_feature_are_read_only_with_the_feature)
{
	begin(0);
	vmx_probe();
	assert_int_equal(vmx.secondary | vmx.ept_vpid, 0);
	begin(0);
	*fake_msr(0x482) = 1ull << 63;
	*fake_msr(0x48b) = 1ull << (32 + 5); /* VPID */
	*fake_msr(0x48c) = 0x48c;
	vmx_probe();
	assert_int_equal(vmx.secondary, 1ull << 37);
	assert_int_equal(vmx.ept_vpid, 0x48c);
}

/* 24.8, A.7, A.8: a bit is 1 if FIXED0 has it, and 0 if FIXED1 does not. */
TEST(vmxon_needs_the_fixed_bits_of_cr0_and_cr4)
{
	begin(0);
	vmx.cr0_fixed0 = CR0_PE | CR0_NE | CR0_PG;
	vmx.cr0_fixed1 = 0xffffffff;
	vmx.cr4_fixed0 = CR4_VMXE;
	vmx.cr4_fixed1 = CR4_VMXE | CR4_PAE;
	vmx.basic = 0x12345;
	fake.cr[0] = CR0_PE | CR0_PG;
	fake.cr[4] = CR4_PAE | CR4_PGE;
	vmx_on();
	assert_int_equal(fake.cr[0], CR0_PE | CR0_NE | CR0_PG);
	assert_int_equal(fake.cr[4], CR4_PAE | CR4_VMXE);
	assert_int_equal(*(const uint32_t *)(uintptr_t)vmx_on_address, 0x12345);
	assert_int_equal(vmx_on_address & 4095, 0);
}

/* --- Failures (31.2, 31.4) -------------------------------------------------------------------- */

TEST(a_failed_instruction_is_named_with_its_error)
{
	fake_cpu_reset();
	fake.lacks[VMCS_INDEX_EPT_POINTER] = true;
	assert_run_ends("VMREAD EPT_POINTER failed: error 12", vmcs_read(EPT_POINTER));
	assert_run_ends("VMWRITE EPT_POINTER failed: error 12", vmcs_write(EPT_POINTER, 1));
	vmx.misc = 0;
	assert_run_ends("VMWRITE VM_EXIT_REASON failed: error 13", vmcs_write(VM_EXIT_REASON, 1));
}

TEST(without_a_current_vmcs_there_is_no_error_number)
{
	fake_cpu_reset();
	vmx_clear(fake.current);
	assert_null(fake.current);
	assert_null(vmx_loaded);
	assert_run_ends("VMREAD GUEST_RIP failed: VMfailInvalid", vmcs_read(GUEST_RIP));
}

TEST(a_field_that_may_be_missing_can_be_tried)
{
	uint64_t value = 5;

	fake_cpu_reset();
	fake.lacks[VMCS_INDEX_EPT_POINTER] = true;
	assert_false(vmcs_try_read(VMCS_EPT_POINTER, &value));
	assert_int_equal(value, 5);
	FIELD(GUEST_RIP) = 7;
	assert_true(vmcs_try_read(VMCS_GUEST_RIP, &value));
	assert_int_equal(value, 7);
}

TEST(accesses_are_counted_by_field)
{
	fake_cpu_reset();
	vmcs_write(GUEST_RIP, 1);
	vmcs_read(GUEST_RIP);
	vmcs_read(GUEST_RIP);
	vmcs_write_uncounted(GUEST_RIP, 2);
	assert_int_equal(counters.vmread[VMCS_INDEX_GUEST_RIP], 2);
	assert_int_equal(counters.vmwrite[VMCS_INDEX_GUEST_RIP], 1);
	assert_int_equal(FIELD(GUEST_RIP), 2);
}

/* --- INVEPT and INVVPID (31.3, A.10) ---------------------------------------------------------- */

TEST(invept_falls_back_to_all_contexts)
{
	fake_cpu_reset();
	tlb_flush_ept(0x5000);
	assert_int_equal(fake_invalidations(FAKE_INVEPT, 1, 0x5000), 1);
	assert_int_equal(counters.housekeeping, 1);
	vmx.ept_vpid = VMX_EPT_INVEPT_BIT | VMX_EPT_EXTENT_GLOBAL_BIT;
	tlb_flush_ept(0x5000);
	assert_int_equal(fake_invalidations(FAKE_INVEPT, 2, 0), 1);
	assert_int_equal(fake.invalidations, 2);
	vmx.ept_vpid = 0;
	tlb_flush_ept(0x5000);
	assert_int_equal(fake.invalidations, 2);
}

TEST(invvpid_of_an_address_falls_back_to_the_vpid_and_then_to_all)
{
	fake_cpu_reset();
	tlb_flush_address(0x123000);
	assert_true(fake_invalidated_address(0x123000));
	vmx.ept_vpid &= ~VMX_VPID_EXTENT_INDIVIDUAL_ADDR_BIT;
	tlb_flush_address(0x123000);
	assert_int_equal(fake_invalidations(FAKE_INVVPID, 1, GUEST_VPID), 1);
	vmx.ept_vpid &= ~VMX_VPID_EXTENT_SINGLE_CONTEXT_BIT;
	assert_true(vmx_has_invvpid());
	tlb_flush_guest();
	assert_int_equal(fake_invalidations(FAKE_INVVPID, 2, GUEST_VPID), 1);
	vmx.ept_vpid &= ~VMX_VPID_EXTENT_GLOBAL_CONTEXT_BIT;
	assert_false(vmx_has_invvpid());
	tlb_flush_guest();
	tlb_flush_address(0x123000);
	assert_int_equal(fake.invalidations, 3);
	assert_int_equal(counters.housekeeping, 3);
}

TEST(a_failed_invalidation_ends_the_run_and_is_named)
{
	fake_cpu_reset();
	fake.refuses_invalidation = true;
	assert_run_ends("INVEPT of a single context failed: error 28", tlb_flush_ept(0x5000));
	assert_run_ends("INVVPID of an address failed: error 28", tlb_flush_address(0x5000));
	assert_run_ends("INVVPID of a guest failed: error 28", tlb_flush_guest());
	assert_run_ends("INVEPT of all contexts failed: error 28", vmx_invalidate_all());
	vmx.ept_vpid &= ~VMX_EPT_INVEPT_BIT;
	assert_run_ends("INVVPID of all contexts failed: error 28", vmx_invalidate_all());
}

TEST(everything_is_discarded_as_far_as_the_cpu_can)
{
	fake_cpu_reset();
	vmx_invalidate_all();
	assert_int_equal(fake_invalidations(FAKE_INVEPT, 2, 0), 1);
	assert_int_equal(fake_invalidations(FAKE_INVVPID, 2, 0), 1);
	vmx.ept_vpid = VMX_VPID_INVVPID_BIT | VMX_VPID_EXTENT_GLOBAL_CONTEXT_BIT;
	vmx_invalidate_all();
	assert_int_equal(fake.invalidations, 3);
	assert_int_equal(counters.housekeeping, 0);
}

/* --- IA32_EFER (27.3.2.1, 28.5.1) ------------------------------------------------------------- */

TEST(efer_is_in_the_vmcs_if_the_cpu_switches_it)
{
	fake_cpu_reset();
	assert_true(vmx_switches_efer());
	state_set_efer(EFER_SCE | EFER_LME);
	assert_int_equal(FIELD(GUEST_IA32_EFER), EFER_SCE | EFER_LME);
}

TEST(on_an_old_cpu_the_msr_has_sce_and_nxe_of_the_guest_and_the_rest_of_the_host)
{
	fake_cpu_reset();
	vmx.exit &= ~((uint64_t)VM_EXIT_SAVE_IA32_EFER << 32);
	assert_false(vmx_switches_efer());
	*fake_msr(MSR_EFER) = EFER_LME | EFER_LMA | EFER_NXE;
	state_set_efer(EFER_SCE);
	assert_int_equal(*fake_msr(MSR_EFER), EFER_LME | EFER_LMA | EFER_SCE);
	assert_int_equal(FIELD(GUEST_IA32_EFER), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(a_machine_without_vmx_ends_the_run),
		RUN(an_open_feature_control_is_locked_with_vmx_on),
		RUN(a_feature_control_that_locks_vmx_out_ends_the_run),
		RUN(the_true_capability_msrs_are_read_if_they_exist),
		RUN(msrs_of_a_feature_are_read_only_with_the_feature),
		RUN(vmxon_needs_the_fixed_bits_of_cr0_and_cr4),
		RUN(a_failed_instruction_is_named_with_its_error),
		RUN(without_a_current_vmcs_there_is_no_error_number),
		RUN(a_field_that_may_be_missing_can_be_tried),
		RUN(accesses_are_counted_by_field),
		RUN(invept_falls_back_to_all_contexts),
		RUN(invvpid_of_an_address_falls_back_to_the_vpid_and_then_to_all),
		RUN(a_failed_invalidation_ends_the_run_and_is_named),
		RUN(everything_is_discarded_as_far_as_the_cpu_can),
		RUN(efer_is_in_the_vmcs_if_the_cpu_switches_it),
		RUN(on_an_old_cpu_the_msr_has_sce_and_nxe_of_the_guest_and_the_rest_of_the_host),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
