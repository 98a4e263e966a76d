// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of MOV CR, MOV DR and XSETBV: which values raise an exception, and what the others change
 * (SDM 2.5, 2.6, 18.2; tables 28-3, 28-4).
 */
#include "l1-hypervisor/tests/unit.h"

#include "l1-hypervisor/backend/backend.h"
#include "l1-hypervisor/emulate/cr.h"
#include "l1-hypervisor/emulate/guest_cpuid.h"
#include "l1-hypervisor/emulate/vmx/register_exits.h"
#include "l1-hypervisor/events/vapic.h"
#include "l1-hypervisor/tests/fake_guest.h"

#define RIP       0x1000ull
#define PROTECTED (CR0_PE | CR0_NE)
#define PAGED     (PROTECTED | CR0_PG)
#define GP        (INTR_INFO_VALID_MASK | INTR_INFO_DELIVER_CODE_MASK | INTR_TYPE_HARD_EXCEPTION | VECTOR_GP)
#define UD        (INTR_INFO_VALID_MASK | INTR_TYPE_HARD_EXCEPTION | VECTOR_UD)

enum { RAX, RCX, RDX, RBX, RSP };

static struct vcpu vcpu;

/* A guest with nested paging, in protected mode without paging. */
static void begin(void)
{
	fake_cpu_reset();
	fake_guest_reset(&vcpu);
	vapic_reset(&vcpu);
	FIELD(GUEST_RIP) = RIP;
	FIELD(VM_EXIT_INSTRUCTION_LEN) = 3;
	FIELD(GUEST_CR0) = CR0_PE | CR0_NE;
}

/* Returns true if the instruction was emulated, false if it raised #GP(0). */
static bool emulated(void)
{
	if (FIELD(GUEST_RIP) == RIP + 3) {
		assert_int_equal(FIELD(VM_ENTRY_INTR_INFO_FIELD), 0);
		FIELD(GUEST_RIP) = RIP;
		return true;
	}
	assert_int_equal(FIELD(GUEST_RIP), RIP);
	assert_int_equal(FIELD(VM_ENTRY_INTR_INFO_FIELD), GP);
	assert_int_equal(FIELD(VM_ENTRY_EXCEPTION_ERROR_CODE), 0);
	FIELD(VM_ENTRY_INTR_INFO_FIELD) = 0;
	return false;
}

static bool write_cr(unsigned number, uint64_t value)
{
	assert_int_equal(cr_move_to(&vcpu, number, value), OUTCOME_RESUME);
	return emulated();
}

/* --- Control registers (SDM vol. 2, MOV to control registers) --------------------------------- */

TEST(cr0_values_that_raise_gp_change_nothing)
{
	static const uint64_t bad[] = {PAGED | 1ull << 32, CR0_NE | CR0_PG, PROTECTED | CR0_NW};

	for (size_t i = 0; i < COUNT(bad); i++) {
		begin();
		assert_false(write_cr(0, bad[i]));
		assert_int_equal(FIELD(GUEST_CR0), PROTECTED);
		assert_int_equal(FIELD(CR0_READ_SHADOW), 0);
	}
	begin();
	assert_true(write_cr(0, PROTECTED | CR0_NW | CR0_CD));
}

/* 24.8: VMX operation fixes bits of CR0, and a guest hypervisor in VMX operation must keep them. */
TEST(bits_that_vmx_operation_of_the_guest_fixes_cannot_change)
{
	begin();
	vcpu.cr0_must_be_1 = CR0_NE;
	assert_false(write_cr(0, CR0_PE));
	assert_true(write_cr(0, PROTECTED));
	vcpu.cr4_must_be_1 = CR4_VMXE;
	vcpu.cr4_must_be_0 = CR4_PCIDE;
	assert_false(write_cr(4, 0));
	assert_false(write_cr(4, CR4_VMXE | CR4_PCIDE));
	assert_true(write_cr(4, CR4_VMXE));
}

/* A.7, and 26.6.6: "unrestricted guest" allows PE and PG to be 0. NE stays 1 in the CPU, unseen. */
TEST(the_guest_reads_its_own_cr0_and_the_cpu_has_the_fixed_bits)
{
	begin();
	assert_true(write_cr(0, 0));
	assert_int_equal(FIELD(CR0_READ_SHADOW), 0);
	assert_int_equal(FIELD(GUEST_CR0), CR0_NE);
	assert_true(write_cr(4, CR4_PAE));
	assert_int_equal(FIELD(CR4_READ_SHADOW), CR4_PAE);
	assert_int_equal(FIELD(GUEST_CR4), CR4_PAE | CR4_VMXE);
}

/* 10.8.5, 27.3.1.1. */
TEST(paging_with_lme_enters_ia32e_mode_and_needs_pae)
{
	begin();
	FIELD(GUEST_IA32_EFER) = EFER_LME;
	assert_false(write_cr(0, PAGED));
	FIELD(GUEST_CR4) = CR4_PAE;
	assert_true(write_cr(0, PAGED));
	assert_int_equal(FIELD(GUEST_IA32_EFER), EFER_LME | EFER_LMA);
	assert_int_equal(FIELD(VM_ENTRY_CONTROLS), VM_ENTRY_IA32E_MODE);
	FIELD(GUEST_CS_AR_BYTES) = AR_L;
	assert_false(write_cr(0, PROTECTED)); /* 64-bit code cannot turn paging off */
	FIELD(GUEST_CS_AR_BYTES) = AR_DB;
	assert_true(write_cr(0, PROTECTED));
	assert_int_equal(FIELD(GUEST_IA32_EFER), EFER_LME);
	assert_int_equal(FIELD(VM_ENTRY_CONTROLS), 0);
}

TEST(paging_without_lme_stays_in_legacy_mode)
{
	begin();
	assert_true(write_cr(0, PAGED));
	assert_int_equal(FIELD(GUEST_IA32_EFER), 0);
	assert_int_equal(FIELD(VM_ENTRY_CONTROLS), 0);
}

TEST(cr4_values_that_raise_gp)
{
	begin();
	assert_false(write_cr(4, 1ull << 30)); /* not in IA32_VMX_CR4_FIXED1 */
	FIELD(VM_ENTRY_CONTROLS) = VM_ENTRY_IA32E_MODE;
	assert_false(write_cr(4, 0)); /* PAE cannot be cleared in IA-32e mode */
	assert_true(write_cr(4, CR4_PAE | CR4_PGE));
}

/* 5.10.4.1: bit 63 asks for no flush and is not stored. Bits 52 to 62 are reserved. */
TEST(mov_to_cr3_flushes_the_guests_translations_unless_bit_63_is_set)
{
	begin();
	for (unsigned bit = 52; bit < 63; bit++)
		assert_false(write_cr(3, 1ull << bit));
	assert_true(write_cr(3, CR3_NO_FLUSH | 0x5001));
	assert_int_equal(FIELD(GUEST_CR3), 0x5001);
	assert_int_equal(fake.invalidations, 0);
	assert_true(write_cr(3, 0x5002));
	assert_int_equal(FIELD(GUEST_CR3), 0x5002);
	assert_int_equal(fake_invalidations(FAKE_INVVPID, INVVPID_SINGLE_CONTEXT, GUEST_VPID), 1);
}

/* 11.8.6: CR8 is bits 7:4 of TPR. */
TEST(cr8_is_the_priority_class_of_tpr)
{
	begin();
	assert_false(write_cr(8, 16));
	assert_int_equal(vcpu.apic.tpr, 0);
	assert_true(write_cr(8, 15));
	assert_int_equal(vcpu.apic.tpr, 0xf0);
	assert_int_equal(cr_move_from(&vcpu, 8, RDX), OUTCOME_RESUME);
	assert_int_equal(vcpu.regs.rdx, 15);
	assert_true(emulated());
}

/* Table 28-3: bits 3:0 register, 5:4 type, 11:8 general-purpose register. RSP is in the VMCS. */
TEST(the_exit_qualification_names_both_registers)
{
	uint64_t *const register_of[16] = {&vcpu.regs.rax, &vcpu.regs.rcx, &vcpu.regs.rdx, &vcpu.regs.rbx,
					   NULL,           &vcpu.regs.rbp, &vcpu.regs.rsi, &vcpu.regs.rdi,
					   &vcpu.regs.r8,  &vcpu.regs.r9,  &vcpu.regs.r10, &vcpu.regs.r11,
					   &vcpu.regs.r12, &vcpu.regs.r13, &vcpu.regs.r14, &vcpu.regs.r15};

	for (unsigned i = 0; i < 16; i++) {
		uint64_t *slot = register_of[i];

		begin();
		*(slot ? slot : fake_field(fake.current, VMCS_INDEX_GUEST_RSP)) = 0x7000 + i;
		FIELD(EXIT_QUALIFICATION) = 3 | i << 8;
		cr_exit(&vcpu, VMX_EXIT_CR_ACCESS);
		assert_int_equal(FIELD(GUEST_CR3), 0x7000 + i);
		FIELD(GUEST_CR3) = 0x8000 + i;
		FIELD(EXIT_QUALIFICATION) = 3 | 1 << 4 | i << 8;
		cr_exit(&vcpu, VMX_EXIT_CR_ACCESS);
		assert_int_equal(slot ? *slot : FIELD(GUEST_RSP), 0x8000 + i);
	}
}

TEST(clts_and_lmsw_end_the_run)
{
	begin();
	FIELD(EXIT_QUALIFICATION) = 2 << 4;
	assert_run_ends("CLTS or LMSW", cr_exit(&vcpu, VMX_EXIT_CR_ACCESS));
	FIELD(EXIT_QUALIFICATION) = 3 << 4;
	assert_run_ends("CLTS or LMSW", cr_exit(&vcpu, VMX_EXIT_CR_ACCESS));
}

/* --- Debug registers -------------------------------------------------------------------------- */

TEST(dr0_to_dr3_are_in_memory_while_mov_dr_traps)
{
	begin();
	for (unsigned i = 0; i < 4; i++)
		fake.dr[i] = 0x100 + i;
	dr_save(&vcpu);
	dr_move_from(&vcpu, 3, RBX);
	assert_int_equal(vcpu.regs.rbx, 0x103);
	dr_move_to(&vcpu, 1, 0x777);
	assert_int_equal(fake.dr[1], 0x101);
	dr_restore(&vcpu);
	assert_int_equal(fake.dr[0], 0x100);
	assert_int_equal(fake.dr[1], 0x777);
	assert_int_equal(fake.dr[3], 0x103);
}

/* 18.2.3: bits 11:4 and 31:16 of DR6 read as 1, bit 12 and bits 63:32 as 0. */
TEST(dr6_keeps_its_fixed_bits)
{
	begin();
	dr_move_to(&vcpu, 6, ~0ull);
	assert_int_equal(fake.dr[6], 0xffffefff);
	dr_move_to(&vcpu, 6, 0);
	assert_int_equal(fake.dr[6], 0xffff0ff0);
	dr_move_from(&vcpu, 6, RSP);
	assert_int_equal(FIELD(GUEST_RSP), 0xffff0ff0);
}

TEST(dr7_is_in_the_vmcs_and_takes_no_breakpoint)
{
	begin();
	dr_move_to(&vcpu, 7, 0x400);
	assert_true(emulated());
	dr_move_from(&vcpu, 7, RAX);
	assert_int_equal(vcpu.regs.rax, 0x400);
	assert_run_ends("breakpoint", dr_move_to(&vcpu, 7, 0x401));
	assert_run_ends("breakpoint", dr_move_to(&vcpu, 7, 0x480));
}

/* 18.2.2. Table 28-4: bits 2:0 debug register, 4 direction, 11:8 general-purpose register. */
TEST(dr4_and_dr5_raise_ud)
{
	for (unsigned i = 0; i < 4; i++) {
		begin();
		vcpu.regs.rax = 1;
		FIELD(EXIT_QUALIFICATION) = (4 + i / 2) | (i % 2) << 4;
		dr_exit(&vcpu, VMX_EXIT_DR_ACCESS);
		assert_int_equal(FIELD(VM_ENTRY_INTR_INFO_FIELD), UD);
		assert_int_equal(FIELD(GUEST_RIP), RIP);
		assert_int_equal(vcpu.regs.rax, 1);
	}
}

TEST(the_exit_qualification_of_mov_dr_names_register_and_direction)
{
	begin();
	vcpu.regs.rcx = 0x99;
	FIELD(EXIT_QUALIFICATION) = 2 | RCX << 8;
	dr_exit(&vcpu, VMX_EXIT_DR_ACCESS);
	assert_int_equal(vcpu.dr[2], 0x99);
	FIELD(EXIT_QUALIFICATION) = 2 | 1 << 4 | RDX << 8;
	dr_exit(&vcpu, VMX_EXIT_DR_ACCESS);
	assert_int_equal(vcpu.regs.rdx, 0x99);
}

/* --- XSETBV (SDM 13.3) ------------------------------------------------------------------------ */

static bool xsetbv(uint64_t number, uint64_t value)
{
	vcpu.regs.rcx = number;
	vcpu.regs.rax = 0xdead00000000 | (uint32_t)value;
	vcpu.regs.rdx = value >> 32;
	assert_int_equal(xsetbv_exit(&vcpu, VMX_EXIT_XSETBV), OUTCOME_RESUME);
	return emulated();
}

static void begin_xsave(void)
{
	static bool ready;

	begin();
	/* x87, SSE, AVX, MPX, AVX-512, PKRU, AMX */
	fake_cpuid_set(0, 0, (struct cpuid_result){.eax = 0xd});
	fake_cpuid_set(0xd, 0, (struct cpuid_result){.eax = 0x602ff, .edx = 1u << 30});
	if (!ready)
		guest_cpuid_init(&vcpu);
	ready = true;
}

TEST(xcr0_values_that_raise_gp)
{
	static const uint64_t bad[] = {
		0, /* x87 is always on */
		6, /* likewise */
		5, /* AVX without SSE */
		0x0f,
		0x17, /* one half of MPX */
		0xe3, /* AVX-512 without AVX */
		0x67,
		0xa7, /* parts of AVX-512 */
		0x20007,
		0x40007, /* one half of AMX */
		0x107,   /* not in CPUID */
		1ull << 61 | 7,
	};

	for (size_t i = 0; i < COUNT(bad); i++) {
		begin_xsave();
		assert_false(xsetbv(0, bad[i]));
		assert_int_equal(fake.xcr0, 0);
		assert_int_equal(vcpu.xcr0, 0);
	}
	begin_xsave();
	assert_false(xsetbv(1, 7)); /* only XCR0 */
}

TEST(good_values_of_xcr0_reach_the_cpu)
{
	static const uint64_t good[] = {1, 3, 7, 0x1f, 0xe7, 0x207, 0x60007, 0x602ff, 1ull << 62 | 7};

	for (size_t i = 0; i < COUNT(good); i++) {
		begin_xsave();
		assert_true(xsetbv(0, good[i]));
		assert_int_equal(fake.xcr0, good[i]);
		assert_true(fake.cr[4] & CR4_OSXSAVE);
	}
}

TEST(an_unchanged_xcr0_costs_no_privileged_instruction)
{
	begin_xsave();
	assert_true(xsetbv(0, 7));
	fake.xcr0 = 99;
	counters.housekeeping = 0;
	assert_true(xsetbv(0, 7));
	assert_int_equal(fake.xcr0, 99);
	assert_int_equal(counters.housekeeping, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(cr0_values_that_raise_gp_change_nothing),
		RUN(bits_that_vmx_operation_of_the_guest_fixes_cannot_change),
		RUN(the_guest_reads_its_own_cr0_and_the_cpu_has_the_fixed_bits),
		RUN(paging_with_lme_enters_ia32e_mode_and_needs_pae),
		RUN(paging_without_lme_stays_in_legacy_mode),
		RUN(cr4_values_that_raise_gp),
		RUN(mov_to_cr3_flushes_the_guests_translations_unless_bit_63_is_set),
		RUN(cr8_is_the_priority_class_of_tpr),
		RUN(the_exit_qualification_names_both_registers),
		RUN(clts_and_lmsw_end_the_run),
		RUN(dr0_to_dr3_are_in_memory_while_mov_dr_traps),
		RUN(dr6_keeps_its_fixed_bits),
		RUN(dr7_is_in_the_vmcs_and_takes_no_breakpoint),
		RUN(dr4_and_dr5_raise_ud),
		RUN(the_exit_qualification_of_mov_dr_names_register_and_direction),
		RUN(xcr0_values_that_raise_gp),
		RUN(good_values_of_xcr0_reach_the_cpu),
		RUN(an_unchanged_xcr0_costs_no_privileged_instruction),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
