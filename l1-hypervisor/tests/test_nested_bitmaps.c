// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of merged bitmaps: what they contain, when they are merged again, and which pages are
 * write-protected for them (SDM 25.6.4, 25.6.9).
 */
#include "l1-hypervisor/tests/unit.h"

#include "l1-hypervisor/emulate/msr.h"
#include "l1-hypervisor/lab/ept_experiments.h"
#include "l1-hypervisor/nested/vmx/nested_bitmaps.h"
#include "l1-hypervisor/tests/fake_guest.h"

#define PAGE 0x400000ull /* a bitmap in the guest's memory */

static struct vcpu vcpu;
static bool protects;

static void begin(void)
{
	static uint64_t eptp;

	fake_cpu_reset();
	fake_guest_reset(&vcpu);
	if (!eptp)
		eptp = ept_build(vcpu.base, vcpu.size, EPT_PAGE_2M);
	vcpu.eptp = eptp;
	nested_bitmaps_forget(&vcpu);
	fake.invalidations = 0;
	protects = false;
}

static const uint8_t *merge(enum nested_bitmap kind, uint64_t address)
{
	return (const uint8_t *)(uintptr_t)nested_bitmap(&vcpu, kind, address, &protects);
}

static bool is_writable(uint64_t physical)
{
	const uint64_t *entry[EPT_LEVELS];
	unsigned levels = ept_path(ept_root(), physical, entry);

	return *entry[levels - 1] & EPT_WRITE;
}

TEST(a_bit_exits_if_the_host_or_the_guest_wants_it)
{
	const uint8_t *merged;

	begin();
	msr_trap(&vcpu, 0x10, true);
	msr_trap(&vcpu, 0x18, false);
	fake_memory[PAGE + 3] = 1; /* MSR 0x18, read */
	merged = merge(NESTED_MSR, PAGE);
	assert_int_equal(merged[2], 1);
	assert_int_equal(merged[3], 1);
	assert_int_equal(merged[4], 0);
	assert_int_equal(merged[2048 + 3], 0);
}

TEST(a_bitmap_outside_of_memory_reads_as_all_ones)
{
	const uint8_t *merged;

	begin();
	merged = merge(NESTED_MSR, vcpu.size);
	for (unsigned i = 0; i < 4096; i++)
		assert_int_equal(merged[i], 0xff);
	assert_false(protects);
	assert_false(nested_bitmaps_overlap_protected(vcpu.size, 1));
}

/*
 * 25.10: the fields that vmcs02 changes are not the guest's, so their VMREAD must exit to the host.
 */
TEST(a_guests_own_shadow_vmcs_lets_through_fields_of_origin_same_only)
{
	const uint8_t *merged;

	begin();
	merged = merge(NESTED_VMREAD, PAGE);
	assert_false(merged[VMCS_GUEST_RIP / 8] >> VMCS_GUEST_RIP % 8 & 1);
	assert_true(merged[VMCS_HOST_RIP / 8] >> VMCS_HOST_RIP % 8 & 1);
	assert_true(merged[VMCS_EXCEPTION_BITMAP / 8] >> VMCS_EXCEPTION_BITMAP % 8 & 1);
}

TEST(the_guests_page_is_write_protected_and_cached_translations_go)
{
	begin();
	assert_true(is_writable(PAGE));
	merge(NESTED_MSR, PAGE);
	assert_false(is_writable(PAGE));
	assert_true(is_writable(PAGE - 1) && is_writable(PAGE + 4096));
	assert_true(protects);
	assert_int_equal(fake_invalidations(FAKE_INVEPT, INVEPT_SINGLE_CONTEXT, vcpu.eptp), 1);
	assert_true(nested_bitmaps_overlap_protected(PAGE + 4095, 1));
	assert_true(nested_bitmaps_overlap_protected(PAGE - 1, 2));
	assert_false(nested_bitmaps_overlap_protected(PAGE - 1, 1));
	assert_false(nested_bitmaps_overlap_protected(PAGE + 4096, 1));
}

TEST(a_second_bitmap_in_the_same_page_protects_nothing_anew)
{
	begin();
	merge(NESTED_VMREAD, PAGE);
	protects = false;
	merge(NESTED_VMWRITE, PAGE);
	assert_false(protects);
	assert_int_equal(fake_invalidations(FAKE_INVEPT, INVEPT_SINGLE_CONTEXT, vcpu.eptp), 1);
}

TEST(an_unchanged_bitmap_is_not_merged_again)
{
	const uint8_t *merged;
	unsigned generation;

	begin();
	merged = merge(NESTED_MSR, PAGE);
	generation = nested_bitmaps_generation;
	fake_memory[PAGE + 5] = 1; /* behind the back of the host */
	assert_ptr_equal(merge(NESTED_MSR, PAGE), merged);
	assert_int_equal(merged[5], 0);
	assert_int_equal(nested_bitmaps_generation, generation);
}

TEST(a_write_of_the_guest_makes_the_page_writable_and_the_bitmap_out_of_date)
{
	const uint8_t *merged;
	unsigned generation;

	begin();
	merged = merge(NESTED_MSR, PAGE);
	generation = nested_bitmaps_generation;
	assert_false(nested_bitmaps_touched(&vcpu, PAGE + 4096));
	assert_int_equal(nested_bitmaps_generation, generation);
	assert_true(nested_bitmaps_touched(&vcpu, PAGE + 5));
	assert_true(is_writable(PAGE));
	assert_int_not_equal(nested_bitmaps_generation, generation);
	fake_memory[PAGE + 5] = 1;
	assert_ptr_equal(merge(NESTED_MSR, PAGE), merged);
	assert_int_equal(merged[5], 1);
	assert_false(is_writable(PAGE));
}

TEST(a_write_of_the_host_that_shares_a_byte_makes_the_bitmap_out_of_date)
{
	static const struct {
		uint64_t physical, bytes;
		bool shares;
	} rows[] = {{PAGE - 8, 8, false}, {PAGE - 8, 9, true}, {PAGE + 4095, 1, true}, {PAGE + 4096, 8, false}};

	for (size_t i = 0; i < COUNT(rows); i++) {
		begin();
		merge(NESTED_IO_A, PAGE);
		nested_bitmaps_written(&vcpu, rows[i].physical, rows[i].bytes);
		assert_int_equal(is_writable(PAGE), rows[i].shares);
		assert_int_equal(nested_bitmaps_overlap_protected(PAGE, 1), !rows[i].shares);
	}
}

TEST(a_change_of_the_hosts_bitmap_drops_all_of_them)
{
	const uint8_t *merged;

	begin();
	merged = merge(NESTED_MSR, PAGE);
	assert_false(merged[0x1000 / 8 & 1023] & 1);
	merge(NESTED_IO_B, PAGE + 4096);
	msr_trap(&vcpu, 0x1000, true);
	nested_bitmaps_forget(&vcpu);
	assert_true(is_writable(PAGE) && is_writable(PAGE + 4096));
	merged = merge(NESTED_MSR, PAGE);
	assert_true(merged[0x1000 / 8] & 1);
	msr_trap(&vcpu, 0x1000, false);
}

TEST(the_21st_bitmap_replaces_the_least_recently_used_one)
{
	unsigned generation;

	begin();
	for (unsigned i = 0; i < 20; i++)
		merge(NESTED_MSR, PAGE + i * 4096);
	merge(NESTED_MSR, PAGE);
	generation = nested_bitmaps_generation;
	merge(NESTED_MSR, PAGE + 20 * 4096);
	assert_true(is_writable(PAGE + 4096));
	assert_false(is_writable(PAGE) || is_writable(PAGE + 2 * 4096) || is_writable(PAGE + 20 * 4096));
	assert_int_not_equal(nested_bitmaps_generation, generation);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(a_bit_exits_if_the_host_or_the_guest_wants_it),
		RUN(a_bitmap_outside_of_memory_reads_as_all_ones),
		RUN(a_guests_own_shadow_vmcs_lets_through_fields_of_origin_same_only),
		RUN(the_guests_page_is_write_protected_and_cached_translations_go),
		RUN(a_second_bitmap_in_the_same_page_protects_nothing_anew),
		RUN(an_unchanged_bitmap_is_not_merged_again),
		RUN(a_write_of_the_guest_makes_the_page_writable_and_the_bitmap_out_of_date),
		RUN(a_write_of_the_host_that_shares_a_byte_makes_the_bitmap_out_of_date),
		RUN(a_change_of_the_hosts_bitmap_drops_all_of_them),
		RUN(the_21st_bitmap_replaces_the_least_recently_used_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
