// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of fields of vmcs02 that hold a value of the host for a while, and of how an emulated VMX
 * instruction ends (SDM 31.2).
 */
#include "l1-hypervisor/tests/unit.h"

#include "l1-hypervisor/nested/vmx/nested_result.h"
#include "l1-hypervisor/nested/vmx/nested_saved_fields.h"
#include "l1-hypervisor/tests/fake_guest.h"

#define INDEX(name)    VMCS_INDEX_##name
#define READ(name)     nested_vmcs_read(vmcs, INDEX(name))
#define WRITE(name, v) nested_vmcs_write(vmcs, INDEX(name), (v))
#define UD             (INTR_INFO_VALID_MASK | INTR_TYPE_HARD_EXCEPTION | VECTOR_UD)

static struct nested_vcpu both;
static struct vcpu *const vcpu = &both.vcpu;
static struct nested_vmcs *vmcs;
static struct vmx_region *vmcs01;

/* vmcs02 is current. */
static void begin(void)
{
	fake_cpu_reset();
	memset(&both, 0, sizeof(both));
	fake_guest_reset(vcpu);
	vmcs01 = vcpu->vmcs = fake.current;
	nested_vmcs_init(&vmx, SHADOW_POLICY_NONE, true);
	vmcs = nested_vmcs_get(vcpu, 0x100000, NULL);
	both.nested.current = both.nested.running = vmcs;
	nested_vmcs_make_vmcs02(vmcs);
	nested_vmcs_push(vmcs);
}

TEST(a_saved_field_keeps_the_guests_value_while_the_host_uses_it)
{
	begin();
	FIELD(GUEST_CR3) = 0x1000; /* the nested guest has changed it */
	nested_save_field(vmcs, INDEX(GUEST_CR3));
	vmcs_write(GUEST_CR3, 0x9999);
	assert_int_equal(READ(GUEST_CR3), 0x1000);
	nested_restore_fields(vmcs, false);
	assert_int_equal(FIELD(GUEST_CR3), 0x1000);
	assert_int_equal(READ(GUEST_CR3), 0x1000);
}

TEST(after_a_restore_the_region_has_the_value_again)
{
	begin();
	nested_save_field(vmcs, INDEX(GUEST_CR3));
	nested_restore_fields(vmcs, false);
	FIELD(GUEST_CR3) = 0x2000;
	assert_int_equal(READ(GUEST_CR3), 0x2000);
	nested_restore_fields(vmcs, false); /* nothing is saved any more */
	assert_int_equal(FIELD(GUEST_CR3), 0x2000);
}

/* 27.6: VM entry clears the valid bit, so the guest hypervisor sees its event as delivered. */
TEST(an_event_of_the_host_hides_behind_the_guests_own_which_is_delivered)
{
	begin();
	WRITE(VM_ENTRY_INTR_INFO_FIELD, UD);
	WRITE(VM_ENTRY_EXCEPTION_ERROR_CODE, 7);
	WRITE(VM_ENTRY_INSTRUCTION_LEN, 3);
	nested_vmcs_push(vmcs);
	nested_save_event_fields(vcpu);
	vmcs_write(VM_ENTRY_INTR_INFO_FIELD, INTR_INFO_VALID_MASK | 0x60);
	vmcs_write(VM_ENTRY_EXCEPTION_ERROR_CODE, 9);
	vmcs_write(VM_ENTRY_INSTRUCTION_LEN, 1);
	nested_save_event_fields(vcpu); /* a second event of the host saves nothing */
	assert_int_equal(READ(VM_ENTRY_INTR_INFO_FIELD), UD & ~INTR_INFO_VALID_MASK);
	nested_restore_fields(vmcs, false);
	assert_int_equal(FIELD(VM_ENTRY_INTR_INFO_FIELD), UD & ~INTR_INFO_VALID_MASK);
	assert_int_equal(FIELD(VM_ENTRY_EXCEPTION_ERROR_CODE), 7);
	assert_int_equal(FIELD(VM_ENTRY_INSTRUCTION_LEN), 3);
}

/* 27.3.2.1 and 28.3.1: "load IA32_EFER" and "save IA32_EFER". */
TEST(efer_that_the_exit_saves_keeps_its_new_value)
{
	for (unsigned saves = 0; saves < 2; saves++) {
		begin();
		WRITE(VM_EXIT_CONTROLS, saves ? VM_EXIT_SAVE_IA32_EFER : 0);
		FIELD(GUEST_IA32_EFER) = EFER_SCE;
		nested_save_field(vmcs, INDEX(GUEST_IA32_EFER));
		FIELD(GUEST_IA32_EFER) = EFER_NXE; /* of the nested guest */
		nested_restore_fields(vmcs, true);
		assert_int_equal(READ(GUEST_IA32_EFER), saves ? EFER_NXE : EFER_SCE);
	}
}

TEST(efer_that_no_exit_saved_goes_back)
{
	begin();
	WRITE(VM_EXIT_CONTROLS, VM_EXIT_SAVE_IA32_EFER);
	FIELD(GUEST_IA32_EFER) = EFER_SCE;
	nested_save_field(vmcs, INDEX(GUEST_IA32_EFER));
	FIELD(GUEST_IA32_EFER) = EFER_NXE;
	nested_restore_fields(vmcs, false); /* a failed entry */
	assert_int_equal(READ(GUEST_IA32_EFER), EFER_SCE);
}

/*
 * 27.3.2.1: without "load IA32_EFER" the MSR keeps the guest hypervisor's value, except for LMA and
 * LME.
 */
TEST(without_a_load_the_nested_guest_gets_efer_of_its_hypervisor)
{
	begin();
	FIELD_OF(vmcs01, GUEST_IA32_EFER) = EFER_SCE | EFER_NXE | EFER_LME | EFER_LMA;
	FIELD(GUEST_IA32_EFER) = 0x1234;
	WRITE(VM_ENTRY_CONTROLS, VM_ENTRY_IA32E_MODE);
	FIELD(GUEST_CR0) = CR0_PE | CR0_PG;
	nested_set_special_efer(vcpu, vmcs);
	assert_ptr_equal(fake.current, vmcs->region);
	assert_int_equal(FIELD(GUEST_IA32_EFER), EFER_SCE | EFER_NXE | EFER_LME | EFER_LMA);
	assert_int_equal(READ(GUEST_IA32_EFER), 0x1234);
	WRITE(VM_ENTRY_CONTROLS, 0);
	nested_restore_fields(vmcs, false);
	nested_set_special_efer(vcpu, vmcs);
	assert_int_equal(FIELD(GUEST_IA32_EFER) & (EFER_LMA | EFER_SCE | EFER_NXE), EFER_SCE | EFER_NXE);
}

/* 27.3.2.4: without EPT in vmcs12, VM entry loads the PDPTEs from memory. */
TEST(pdptes_come_from_memory_with_pae_paging_only)
{
	static const struct {
		uint64_t cr0, cr4, controls;
		bool loads;
	} rows[] = {{CR0_PE | CR0_PG, CR4_PAE, 0, true},
		    {CR0_PE, CR4_PAE, 0, false},
		    {CR0_PE | CR0_PG, 0, 0, false},
		    {CR0_PE | CR0_PG, CR4_PAE, VM_ENTRY_IA32E_MODE, false}};

	for (size_t i = 0; i < COUNT(rows); i++) {
		begin();
		for (unsigned n = 0; n < 4; n++)
			*fake_qword(0x5020 + 8 * n) = 0x6001 + 0x1000 * n;
		FIELD(GUEST_CR3) = 0x503f; /* bits 4:0 are ignored */
		FIELD(GUEST_CR0) = rows[i].cr0;
		FIELD(GUEST_CR4) = rows[i].cr4;
		FIELD(GUEST_PDPTR3) = 0x77;
		WRITE(VM_ENTRY_CONTROLS, rows[i].controls);
		nested_load_pdptes(vcpu, vmcs);
		assert_int_equal(FIELD(GUEST_PDPTR0), rows[i].loads ? 0x6001 : 0);
		assert_int_equal(FIELD(GUEST_PDPTR3), rows[i].loads ? 0x9001 : 0x77);
		assert_int_equal(READ(GUEST_PDPTR3), 0x77);
	}
}

TEST(pdptes_outside_of_memory_read_as_all_ones)
{
	begin();
	FIELD(GUEST_CR3) = 0x20000000;
	FIELD(GUEST_CR0) = CR0_PE | CR0_PG;
	FIELD(GUEST_CR4) = CR4_PAE;
	nested_load_pdptes(vcpu, vmcs);
	assert_true(FIELD(GUEST_PDPTR2) == ~0ull);
}

/* --- Results (31.2) --------------------------------------------------------------------------- */

#define ARITHMETIC 0x8d5ull /* CF, PF, AF, ZF, SF, OF */

static void begin_instruction(void)
{
	begin();
	vmx_load(vmcs01);
	FIELD(GUEST_RIP) = 0x1000;
	FIELD(VM_EXIT_INSTRUCTION_LEN) = 3;
	FIELD(GUEST_RFLAGS) = ARITHMETIC | RFLAGS_IF | 2;
}

TEST(success_clears_the_arithmetic_flags_and_moves_on)
{
	begin_instruction();
	nested_succeed();
	assert_int_equal(FIELD(GUEST_RFLAGS), RFLAGS_IF | 2);
	assert_int_equal(FIELD(GUEST_RIP), 0x1003);
}

TEST(vmfailinvalid_sets_cf_only)
{
	begin_instruction();
	nested_fail_invalid();
	assert_int_equal(FIELD(GUEST_RFLAGS), RFLAGS_IF | RFLAGS_CF | 2);
	assert_int_equal(FIELD(GUEST_RIP), 0x1003);
}

TEST(vmfailvalid_sets_zf_only_and_stores_the_error_in_the_current_vmcs)
{
	begin_instruction();
	nested_fail(vcpu, 12);
	assert_int_equal(FIELD(GUEST_RFLAGS), RFLAGS_IF | RFLAGS_ZF | 2);
	assert_int_equal(READ(VM_INSTRUCTION_ERROR), 12);
}

TEST(without_a_current_vmcs_a_failure_is_vmfailinvalid)
{
	begin_instruction();
	both.nested.current = NULL;
	nested_fail(vcpu, 12);
	assert_int_equal(FIELD(GUEST_RFLAGS), RFLAGS_IF | RFLAGS_CF | 2);
	assert_int_equal(READ(VM_INSTRUCTION_ERROR), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(a_saved_field_keeps_the_guests_value_while_the_host_uses_it),
		RUN(after_a_restore_the_region_has_the_value_again),
		RUN(an_event_of_the_host_hides_behind_the_guests_own_which_is_delivered),
		RUN(efer_that_the_exit_saves_keeps_its_new_value),
		RUN(efer_that_no_exit_saved_goes_back),
		RUN(without_a_load_the_nested_guest_gets_efer_of_its_hypervisor),
		RUN(pdptes_come_from_memory_with_pae_paging_only),
		RUN(pdptes_outside_of_memory_read_as_all_ones),
		RUN(success_clears_the_arithmetic_flags_and_moves_on),
		RUN(vmfailinvalid_sets_cf_only),
		RUN(vmfailvalid_sets_zf_only_and_stores_the_error_in_the_current_vmcs),
		RUN(without_a_current_vmcs_a_failure_is_vmfailinvalid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
