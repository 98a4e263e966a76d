// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the memory operand of an instruction that exited: its address (SDM table 28-14), and its
 * faults.
 */
#include "l1-hypervisor/tests/unit.h"

#include "l1-hypervisor/backend/backend.h"
#include "l1-hypervisor/emulate/vmx/memory_operand.h"
#include "l1-hypervisor/memory/linear.h"
#include "l1-hypervisor/memory/protected_shadow.h"
#include "l1-hypervisor/tests/fake_guest.h"

enum { ES, CS, SS, DS, FS, GS };
enum { SIZE_16, SIZE_32, SIZE_64 };
enum { RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI };

#define EXCEPTION (INTR_INFO_VALID_MASK | INTR_INFO_DELIVER_CODE_MASK | INTR_TYPE_HARD_EXCEPTION)

static struct vcpu vcpu;

/*
 * Bits 1:0 scale, 9:7 address size, 17:15 segment, 21:18 index, 22 no index, 26:23 base, 27 no
 * base.
 */
static uint32_t info(unsigned size, unsigned segment)
{
	return size << 7 | segment << 15 | 1u << 22 | 1u << 27;
}

static uint32_t with_base(uint32_t i, unsigned base)
{
	return (i & ~(1u << 27)) | base << 23;
}

static uint32_t with_index(uint32_t i, unsigned index, unsigned scale)
{
	return (i & ~(1u << 22)) | index << 18 | scale;
}

static void begin(void)
{
	fake_cpu_reset();
	fake_guest_reset(&vcpu);
	vcpu.regs.rbx = 0x123400001000;
	vcpu.regs.r13 = 0x10;
	FIELD(GUEST_RSP) = 0x8000;
	FIELD(EXIT_QUALIFICATION) = 0x55;
	FIELD(GUEST_DS_BASE) = 0x100000;
	FIELD(GUEST_SS_BASE) = 0x200000;
	FIELD(GUEST_FS_BASE) = 0x300000;
	FIELD(GUEST_GS_BASE) = 0xffff888000000000;
}

TEST(base_index_scale_and_displacement_are_added)
{
	begin();
	assert_int_equal(operand_address(&vcpu, info(SIZE_64, DS)), 0x55);
	assert_int_equal(operand_address(&vcpu, with_base(info(SIZE_64, DS), RBX)), 0x123400001055);
	for (unsigned scale = 0; scale < 4; scale++)
		assert_int_equal(operand_address(&vcpu, with_index(with_base(info(SIZE_64, DS), RBX), 13, scale)),
				 0x123400001055 + (0x10u << scale));
	assert_int_equal(operand_address(&vcpu, with_base(info(SIZE_64, SS), RSP)), 0x8055);
	FIELD(EXIT_QUALIFICATION) = (uint64_t)-0x10;
	assert_int_equal(operand_address(&vcpu, with_base(info(SIZE_64, SS), RSP)), 0x7ff0);
}

/* 3.4.4: in 64-bit mode only FS and GS have a base. */
TEST(in_64_bit_code_only_fs_and_gs_have_a_base)
{
	begin();
	assert_int_equal(operand_address(&vcpu, info(SIZE_64, SS)), 0x55);
	assert_int_equal(operand_address(&vcpu, info(SIZE_64, FS)), 0x300055);
	assert_true(operand_address(&vcpu, info(SIZE_64, GS)) == 0xffff888000000055);
}

TEST(the_address_size_cuts_the_offset_before_the_base_is_added)
{
	begin();
	vcpu.regs.rbx = 0x12345678ffffffff;
	assert_int_equal(operand_address(&vcpu, with_base(info(SIZE_32, FS), RBX)), 0x300054);
	assert_int_equal(operand_address(&vcpu, with_base(info(SIZE_16, FS), RBX)), 0x300054);
	vcpu.regs.rbx = 0x12345;
	assert_int_equal(operand_address(&vcpu, with_base(info(SIZE_16, FS), RBX)), 0x300000 + 0x239a);
}

TEST(in_32_bit_code_every_segment_has_a_base_and_addresses_wrap)
{
	begin();
	assert_int_equal(operand_address_32(&vcpu, info(SIZE_32, DS)), 0x100055);
	assert_int_equal(operand_address_32(&vcpu, info(SIZE_32, SS)), 0x200055);
	assert_int_equal(operand_address_32(&vcpu, info(SIZE_32, FS)), 0x300055);
	assert_int_equal(operand_address_32(&vcpu, info(SIZE_32, CS)), 0x55);
	FIELD(GUEST_ES_BASE) = 0xfffffff0;
	assert_int_equal(operand_address_32(&vcpu, info(SIZE_32, ES)), 0x45);
}

TEST(a_good_access_injects_nothing)
{
	begin();
	assert_true(operand_complete_access(&vcpu, true, 0x5000));
	assert_int_equal(FIELD(VM_ENTRY_INTR_INFO_FIELD), 0);
}

static uint64_t shadow_entry;

static void note(uint64_t linear, uint64_t entry, uint64_t size)
{
	(void)linear, (void)size;
	shadow_entry = entry;
}

/* The access has set D, so the shadow of the page becomes writable. */
TEST(a_good_access_updates_write_protected_tables)
{
	const struct shadow_page page = {.linear = 0x400000, .size = 4096};
	uint64_t entry;

	begin();
	entry = fake_map(0x400000, 0x800000, 4096, PTE_P | PTE_W | PTE_A);
	vcpu.paging.state = (struct walk_paging){.mode = WALK_4LEVEL, .physical_bits = 46};
	vcpu.paging.write_protected = true;
	protected_shadow_begin(&vcpu, FAKE_ROOT);
	protected_shadow_map(&vcpu, &page);
	*fake_qword(entry) |= PTE_D;
	assert_true(operand_complete_access(&vcpu, true, 0x400008));
	protected_shadow_for_each_page(note);
	assert_true(shadow_entry & SHADOW_WRITE);
}

TEST(a_page_fault_has_the_address_and_error_of_the_failed_access)
{
	begin();
	linear_error = WALK_PRESENT | WALK_WRITE;
	linear_error_address = 0x401000;
	assert_false(operand_complete_access(&vcpu, false, 0x400ffc));
	assert_int_equal(FIELD(VM_ENTRY_INTR_INFO_FIELD), EXCEPTION | VECTOR_PF);
	assert_int_equal(FIELD(VM_ENTRY_EXCEPTION_ERROR_CODE), 3);
	assert_int_equal(fake.cr[2], 0x401000);
}

/* 7.15, #SS: a stack reference that is not canonical. Any other one is #GP. */
TEST(an_address_that_is_not_canonical_raises_ss_through_ss_and_gp_otherwise)
{
	for (unsigned segment = ES; segment <= GS; segment++) {
		begin();
		linear_error_address = 1ull << 47;
		FIELD(VMX_INSTRUCTION_INFO) = info(SIZE_64, segment);
		assert_false(operand_complete_access(&vcpu, false, 1ull << 47));
		assert_int_equal(FIELD(VM_ENTRY_INTR_INFO_FIELD), EXCEPTION | (segment == SS ? VECTOR_SS : VECTOR_GP));
		assert_int_equal(FIELD(VM_ENTRY_EXCEPTION_ERROR_CODE), 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(base_index_scale_and_displacement_are_added),
		RUN(in_64_bit_code_only_fs_and_gs_have_a_base),
		RUN(the_address_size_cuts_the_offset_before_the_base_is_added),
		RUN(in_32_bit_code_every_segment_has_a_base_and_addresses_wrap),
		RUN(a_good_access_injects_nothing),
		RUN(a_good_access_updates_write_protected_tables),
		RUN(a_page_fault_has_the_address_and_error_of_the_failed_access),
		RUN(an_address_that_is_not_canonical_raises_ss_through_ss_and_gp_otherwise),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
