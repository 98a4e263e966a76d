// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of accesses to the guest's linear memory: page boundaries, faults, all or nothing (SDM 5.6,
 * 5.7, 5.8).
 */
#include "l1-hypervisor/tests/unit.h"

#include "l1-hypervisor/memory/guest_paging.h"
#include "l1-hypervisor/memory/linear.h"
#include "l1-hypervisor/memory/protected_shadow.h"
#include "l1-hypervisor/tests/fake_guest.h"

#define FIRST  0x400000ull /* two pages, whose frames are not neighbours */
#define FRAME0 0x900000ull
#define FRAME1 0x800000ull

static struct vcpu vcpu;

/* 64-bit code with nested paging: the walk takes its registers from the VMCS. */
static void begin(void)
{
	fake_cpu_reset();
	fake_guest_reset(&vcpu);
	fake_cpuid_set(0x80000000, 0, (struct cpuid_result){.eax = LEAF_ADDRESSES});
	fake_cpuid_set(LEAF_ADDRESSES, 0, (struct cpuid_result){.eax = 46});
	paging_init(&vcpu);
	FIELD(GUEST_CS_AR_BYTES) = AR_L;
	FIELD(GUEST_CR3) = FAKE_ROOT;
	FIELD(GUEST_CR0) = CR0_PE | CR0_PG | CR0_WP;
	fake_map(FIRST, FRAME0, 4096, PTE_P | PTE_W);
	fake_map(FIRST + 4096, FRAME1, 4096, PTE_P | PTE_W);
}

TEST(an_access_across_pages_uses_both_frames)
{
	uint8_t read[8];

	begin();
	assert_true(linear_write(&vcpu, FIRST + 4093, "abcdefgh", 8));
	assert_memory_equal(fake_memory + FRAME0 + 4093, "abc", 3);
	assert_memory_equal(fake_memory + FRAME1, "defgh", 5);
	assert_true(linear_read(&vcpu, FIRST + 4093, read, 8));
	assert_memory_equal(read, "abcdefgh", 8);
}

TEST(an_access_that_ends_with_a_page_needs_only_that_page)
{
	uint8_t read[8] = {0};

	begin();
	*fake_qword(fake_entry(FIRST + 4096, 12)) = 0;
	assert_true(linear_write(&vcpu, FIRST + 4088, "abcdefgh", 8));
	assert_true(linear_read(&vcpu, FIRST + 4088, read, 8));
	assert_memory_equal(read, "abcdefgh", 8);
}

TEST(a_whole_page_can_be_written_from_any_offset)
{
	static uint8_t data[4096];

	begin();
	memset(data, 0x5a, sizeof(data));
	assert_true(linear_write(&vcpu, FIRST + 100, data, sizeof(data)));
	assert_int_equal(fake_memory[FRAME0 + 99], 0);
	assert_int_equal(fake_memory[FRAME0 + 100], 0x5a);
	assert_int_equal(fake_memory[FRAME1 + 99], 0x5a);
	assert_int_equal(fake_memory[FRAME1 + 100], 0);
}

/* 5.7: the error code of an absent page is 0 for a read by the supervisor, and W for a write. */
TEST(a_read_stops_at_the_absent_page_and_names_it)
{
	uint8_t read[8] = {0};

	begin();
	*fake_qword(fake_entry(FIRST + 4096, 12)) = 0;
	memcpy(fake_memory + FRAME0 + 4092, "abcd", 4);
	linear_error = 99;
	assert_false(linear_read(&vcpu, FIRST + 4092, read, 8));
	assert_memory_equal(read, "abcd\0\0\0\0", 8);
	assert_int_equal(linear_error_address, FIRST + 4096);
	assert_int_equal(linear_error, 0);
}

TEST(a_write_with_one_bad_page_writes_nothing)
{
	begin();
	*fake_qword(fake_entry(FIRST + 4096, 12)) = 0;
	assert_false(linear_write(&vcpu, FIRST + 4092, "abcdefgh", 8));
	assert_int_equal(linear_error, WALK_WRITE);
	assert_int_equal(linear_error_address, FIRST + 4096);
	for (unsigned i = 4092; i < 4096; i++)
		assert_int_equal(fake_memory[FRAME0 + i], 0);
}

/* 5.6.1: CR0.WP decides if a supervisor may write to a read-only page. */
TEST(a_read_only_page_refuses_a_write_only_with_wp)
{
	begin();
	fake_map(FIRST, FRAME0, 4096, PTE_P | PTE_U);
	assert_false(linear_write(&vcpu, FIRST, "a", 1));
	assert_int_equal(linear_error, WALK_PRESENT | WALK_WRITE);
	assert_int_equal(fake_memory[FRAME0], 0);
	FIELD(GUEST_CR0) &= ~CR0_WP;
	assert_true(linear_write(&vcpu, FIRST, "a", 1));
	assert_int_equal(fake_memory[FRAME0], 'a');
}

TEST(a_reserved_bit_is_in_the_error_code)
{
	uint8_t read;

	begin();
	fake_map(FIRST, FRAME0 | 1ull << 51, 4096, PTE_P | PTE_W);
	assert_false(linear_read(&vcpu, FIRST, &read, 1));
	assert_int_equal(linear_error, WALK_PRESENT | WALK_RESERVED);
}

/* 5.8. */
TEST(a_read_sets_accessed_and_a_write_sets_dirty_too)
{
	uint64_t entry;
	uint8_t read;

	begin();
	entry = fake_entry(FIRST, 12);
	*fake_qword(fake_entry(FIRST, 21)) &= ~PTE_A;
	assert_true(linear_read(&vcpu, FIRST, &read, 1));
	assert_int_equal(*fake_qword(entry) & (PTE_A | PTE_D), PTE_A);
	assert_int_equal(*fake_qword(fake_entry(FIRST, 21)) & (PTE_A | PTE_D), PTE_A);
	assert_true(linear_write(&vcpu, FIRST, &read, 1));
	assert_int_equal(*fake_qword(entry) & (PTE_A | PTE_D), PTE_A | PTE_D);
}

/* 3.3.7.1. */
TEST(an_address_that_is_not_canonical_fails_without_a_walk)
{
	static const struct {
		uint64_t linear, bytes, bad;
	} rows[] = {{0x0000800000000000, 1, 0x0000800000000000},
		    {0xffff7fffffffffff, 1, 0xffff7fffffffffff},
		    {0x00007ffffffffffc, 8, 0x0000800000000003},
		    {0x1234000000400000, 1, 0x1234000000400000}};
	uint8_t data[8] = {0};

	for (size_t i = 0; i < COUNT(rows); i++) {
		begin();
		fake_map(0x7ffffffff000, FRAME0, 4096, PTE_P | PTE_W);
		assert_false(linear_read(&vcpu, rows[i].linear, data, rows[i].bytes));
		assert_true(linear_error_address == rows[i].bad);
		assert_false(linear_write(&vcpu, rows[i].linear, "abcdefgh", rows[i].bytes));
		assert_true(linear_error_address == rows[i].bad);
		assert_int_equal(fake_memory[FRAME0 + 4095], 0);
	}
}

TEST(a_page_outside_of_memory_fails)
{
	uint8_t read;

	begin();
	fake_map(FIRST, vcpu.size, 4096, PTE_P | PTE_W);
	linear_error = 99;
	assert_false(linear_read(&vcpu, FIRST, &read, 1));
	assert_int_equal(linear_error, 0);
	assert_false(linear_write(&vcpu, FIRST, &read, 1));
	assert_int_equal(linear_error, WALK_WRITE);
	assert_int_equal(linear_error_address, FIRST);
}

static uint64_t shadow_host;

static void note(uint64_t linear, uint64_t entry, uint64_t size)
{
	(void)size;
	if (linear == FIRST + 4096)
		shadow_host = entry & SHADOW_ADDRESS;
}

TEST(a_write_to_a_write_protected_table_changes_its_shadow)
{
	const uint64_t flags = PTE_P | PTE_W | PTE_U | PTE_A | PTE_D;
	const struct shadow_page page = {.linear = FIRST + 4096, .size = 4096};
	uint64_t entry, value = 0xa00000 | flags;

	begin();
	entry = fake_map(FIRST + 4096, FRAME1, 4096, flags);
	fake_map(FIRST, entry & ~0xfffull, 4096, flags);
	vcpu.shadow = true;
	vcpu.paging.state.mode = WALK_4LEVEL;
	vcpu.paging.state.root = FAKE_ROOT;
	vcpu.paging.write_protected = true;
	protected_shadow_begin(&vcpu, FAKE_ROOT);
	protected_shadow_map(&vcpu, &page);
	protected_shadow_for_each_page(note);
	assert_int_equal(shadow_host, vcpu.base + FRAME1);
	assert_true(linear_write(&vcpu, FIRST + (entry & 0xfff), &value, 8));
	protected_shadow_for_each_page(note);
	assert_int_equal(shadow_host, vcpu.base + 0xa00000);
}

/* --- While the guest is a hypervisor ---------------------------------------------------------- */

static struct {
	uint64_t physical, bytes;
} written[4];
static unsigned writes;

static void memory_written(struct vcpu *v, uint64_t physical, uint64_t bytes)
{
	(void)v;
	assert_true(writes < COUNT(written));
	written[writes].physical = physical;
	written[writes++].bytes = bytes;
}

/* The nested guest's memory begins 1 MiB higher in the guest's memory. */
static void *memory_of_nested(struct vcpu *v, uint64_t physical, uint64_t bytes)
{
	return guest_memory(v, physical + 0x100000, bytes);
}

static const struct nested_hooks hooks = {.memory_written = memory_written, .memory = memory_of_nested};

TEST(nesting_learns_of_each_piece_that_was_written)
{
	uint8_t read[8];

	begin();
	vcpu.nested = &hooks;
	writes = 0;
	assert_true(linear_read(&vcpu, FIRST + 4093, read, 8));
	assert_int_equal(writes, 0);
	assert_true(linear_write(&vcpu, FIRST + 4093, "abcdefgh", 8));
	assert_int_equal(writes, 2);
	assert_int_equal(written[0].physical, FRAME0 + 4093);
	assert_int_equal(written[0].bytes, 3);
	assert_int_equal(written[1].physical, FRAME1);
	assert_int_equal(written[1].bytes, 5);
}

TEST(while_the_nested_guest_runs_its_tables_and_pages_are_its_own)
{
	begin();
	vcpu.nested = &hooks;
	vcpu.nested_runs = true;
	writes = 0;
	memmove(fake_memory + 0x101000, fake_memory + 0x1000, 0x8000);
	memset(fake_memory + 0x1000, 0, 0x8000);
	assert_true(linear_write(&vcpu, FIRST, "a", 1));
	assert_int_equal(fake_memory[FRAME0 + 0x100000], 'a');
	assert_int_equal(written[0].physical, FRAME0 + 0x100000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(an_access_across_pages_uses_both_frames),
		RUN(an_access_that_ends_with_a_page_needs_only_that_page),
		RUN(a_whole_page_can_be_written_from_any_offset),
		RUN(a_read_stops_at_the_absent_page_and_names_it),
		RUN(a_write_with_one_bad_page_writes_nothing),
		RUN(a_read_only_page_refuses_a_write_only_with_wp),
		RUN(a_reserved_bit_is_in_the_error_code),
		RUN(a_read_sets_accessed_and_a_write_sets_dirty_too),
		RUN(an_address_that_is_not_canonical_fails_without_a_walk),
		RUN(a_page_outside_of_memory_fails),
		RUN(a_write_to_a_write_protected_table_changes_its_shadow),
		RUN(nesting_learns_of_each_piece_that_was_written),
		RUN(while_the_nested_guest_runs_its_tables_and_pages_are_its_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
