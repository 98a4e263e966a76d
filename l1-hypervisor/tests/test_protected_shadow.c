// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of shadow tables that are kept in step with the guest's write-protected tables: pages,
 * stores, unsynced tables (SDM 5.5, 5.8, 5.10.4).
 */
#include "l1-hypervisor/tests/protected_shadow_fixture.h"

/* --- Pages ------------------------------------------------------------------------------------ */

TEST(a_page_has_the_rights_of_the_guests_entry)
{
	static const struct {
		uint64_t guest, rights;
	} rows[] = {
		{ALL, SHADOW_WRITE | SHADOW_USER}, {ALL & ~PTE_W, SHADOW_USER},
		{ALL & ~PTE_U, SHADOW_WRITE},      {ALL | PTE_NX, SHADOW_WRITE | SHADOW_USER | SHADOW_NX},
		{ALL & ~PTE_D, SHADOW_USER}, /* the first write must fault, to set D (5.8) */
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		begin();
		map(CODE, PAGE, rows[i].guest);
		assert_int_equal(physical_of(CODE), PAGE);
		assert_int_equal(found_entry & (SHADOW_WRITE | SHADOW_USER | SHADOW_NX), rows[i].rights);
	}
}

TEST(a_link_to_a_table_restricts_access_as_the_guests_does)
{
	uint64_t pde;

	begin();
	map(CODE, PAGE, ALL);
	pde = fake_entry(CODE, 21);
	store(pde, *fake_qword(pde) & ~PTE_W);
	assert_int_equal(shadow(CODE) & (SHADOW_WRITE | SHADOW_USER), SHADOW_USER);
	store(pde, (*fake_qword(pde) & ~PTE_U) | PTE_NX);
	assert_int_equal(shadow(CODE) & (SHADOW_WRITE | SHADOW_USER | SHADOW_NX), SHADOW_NX);
}

/* 5.5.4: bit 51 is reserved with 46 physical address bits. NX is reserved without EFER.NXE. */
TEST(entries_that_would_fault_have_no_shadow)
{
	static const uint64_t values[] = {0, ALL & ~PTE_P, ALL & ~PTE_A, ALL | 1ull << 51};

	for (size_t i = 0; i < COUNT(values); i++) {
		uint64_t entry;

		begin();
		entry = map(CODE, PAGE, ALL);
		store(entry, PAGE | values[i]);
		assert_int_equal(shadow(CODE), 0);
	}
	begin();
	vcpu.paging.state.nxe = false;
	store(map(CODE, PAGE, ALL), PAGE | ALL | PTE_NX);
	assert_int_equal(shadow(CODE), 0);
}

TEST(a_page_outside_of_memory_has_no_shadow_unless_the_fault_brings_one)
{
	const struct shadow_page device = {
		.linear = DATA, .host = 0xfee00000, .bits = SHADOW_UNCACHED, .size = EPT_PAGE_4K, .outside = true};
	uint64_t entry;

	begin();
	entry = map(CODE, PAGE, ALL);
	store(entry, vcpu.size | ALL);
	assert_int_equal(shadow(CODE), 0);

	map(DATA, PAGE, ALL);
	store(fake_entry(DATA, 12), 0xfee00000 | ALL);
	protected_shadow_map(&vcpu, &device);
	assert_int_equal(shadow(DATA) & (SHADOW_ADDRESS | SHADOW_UNCACHED | SHADOW_WRITE),
			 0xfee00000 | SHADOW_UNCACHED);
}

TEST(a_lost_page_has_no_shadow)
{
	uint64_t entry;

	begin();
	entry = map(CODE, PAGE, ALL);
	vcpu.lost.start = PAGE;
	vcpu.lost.size = 4096;
	store(entry, PAGE | ALL);
	assert_int_equal(shadow(CODE), 0);
}

/* --- Tables ----------------------------------------------------------------------------------- */

TEST(every_shadowed_table_is_write_protected)
{
	begin();
	assert_true(protected_shadow_is_table(FAKE_ROOT));
	map(CODE, PAGE, ALL);
	for (unsigned shift = 12; shift <= 39; shift += 9)
		assert_true(protected_shadow_is_table(fake_entry(CODE, shift)));
	assert_false(protected_shadow_is_table(PAGE));
	assert_false(protected_shadow_is_table(vcpu.size));
	assert_true(protected_shadow_is_near_table(FAKE_ROOT));
	assert_false(protected_shadow_is_near_table(PAGE));
}

TEST(a_table_is_never_mapped_writable)
{
	begin();
	map(CODE, PAGE, ALL);
	map(CODE + 0x1000, fake_entry(CODE, 12) & ~0xfffull, ALL);
	assert_int_equal(shadow(CODE + 0x1000) & SHADOW_WRITE, 0);
	assert_int_equal(shadow(CODE) & SHADOW_WRITE, SHADOW_WRITE);
}

TEST(a_page_that_becomes_a_table_loses_its_write_access_and_the_tlb_is_flushed)
{
	begin();
	map(CODE, PAGE, ALL);
	fake.invalidations = 0;
	/* The page becomes the last table of another address. */
	fake_map(DATA, PAGE, EPT_PAGE_4K, ALL);
	*fake_qword(fake_entry(DATA, 21)) = PAGE | ALL;
	*fake_qword(PAGE) = (PAGE + 0x1000) | ALL;
	for (unsigned shift = 21; shift <= 39; shift += 9)
		protected_shadow_written(&vcpu, fake_entry(DATA, shift), 8);
	touch(DATA);
	assert_int_equal(physical_of(DATA), PAGE + 0x1000);
	assert_int_equal(physical_of(CODE), PAGE);
	assert_int_equal(found_entry & SHADOW_WRITE, 0);
	assert_true(flushed());
}

TEST(a_store_to_a_table_changes_its_shadow_at_once)
{
	uint64_t entry;

	begin();
	entry = map(CODE, PAGE, ALL);
	store(entry, (PAGE + 0x5000) | ALL);
	assert_int_equal(physical_of(CODE), PAGE + 0x5000);
}

TEST(a_store_of_several_bytes_changes_each_entry_that_it_touches)
{
	uint64_t entry;

	begin();
	entry = map(CODE, PAGE, ALL);
	map(CODE + 0x1000, PAGE + 0x1000, ALL);
	*fake_qword(entry) = (PAGE + 0x5000) | ALL;
	*fake_qword(entry + 8) = (PAGE + 0x6000) | ALL;
	protected_shadow_written(&vcpu, entry + 7, 2);
	assert_int_equal(physical_of(CODE), PAGE + 0x5000);
	assert_int_equal(physical_of(CODE + 0x1000), PAGE + 0x6000);
}

TEST(a_store_outside_of_tables_changes_nothing)
{
	uint64_t entry;

	begin();
	entry = map(CODE, PAGE, ALL);
	*fake_qword(entry) = 0;
	protected_shadow_written(&vcpu, PAGE, 8);
	assert_int_equal(physical_of(CODE), PAGE);
}

TEST(a_frame_that_is_a_table_of_two_levels_changes_in_both)
{
	const uint64_t self = 0xffffff8000000000; /* the last entry of the root leads to the root */
	uint64_t entry;

	begin();
	entry = map(CODE, PAGE, ALL);
	store(FAKE_ROOT + 511 * 8, FAKE_ROOT | ALL);
	touch(self | CODE >> 9); /* the last table of CODE, as a page */
	assert_int_equal(physical_of(self | CODE >> 9), entry & ~0xfffull);
	assert_int_equal(found_entry & SHADOW_WRITE, 0);
	store(fake_entry(CODE, 21), 0);
	assert_int_equal(shadow(CODE), 0);
	assert_int_equal(shadow(self | CODE >> 9), 0);
}

/* The host accessed the address for the guest, and the walk has set D. */
TEST(a_dirty_flag_of_an_emulated_access_makes_the_page_writable)
{
	uint64_t entry;

	begin();
	entry = map(CODE, PAGE, ALL & ~PTE_D);
	*fake_qword(entry) |= PTE_D;
	assert_int_equal(shadow(CODE) & SHADOW_WRITE, 0);
	protected_shadow_accessed(&vcpu, CODE);
	assert_int_equal(shadow(CODE) & SHADOW_WRITE, SHADOW_WRITE);
}

/* --- Unsynced tables -------------------------------------------------------------------------- */

/* 5.10.4.1: MOV to CR3 makes the guest's changes take effect. Before it, the TLB may be stale. */
TEST(an_unsynced_table_takes_effect_at_the_next_mov_to_cr3)
{
	uint64_t entry;

	begin();
	entry = map(CODE, PAGE, ALL);
	protected_shadow_unprotect(&vcpu, entry);
	assert_false(protected_shadow_is_table(entry));
	*fake_qword(entry) = (PAGE + 0x5000) | ALL;
	assert_int_equal(physical_of(CODE), PAGE);
	fake.invalidations = 0;
	protected_shadow_root(&vcpu, FAKE_ROOT);
	assert_int_equal(physical_of(CODE), PAGE + 0x5000);
	assert_true(protected_shadow_is_table(entry));
	assert_true(flushed());
}

TEST(an_unsynced_table_may_be_mapped_writable_until_it_is_synced)
{
	uint64_t entry, table;

	begin();
	entry = map(CODE, PAGE, ALL);
	table = entry & ~0xfffull;
	map(DATA, table, ALL);
	assert_int_equal(shadow(DATA) & SHADOW_WRITE, 0);
	protected_shadow_unprotect(&vcpu, entry);
	touch(DATA);
	assert_int_equal(shadow(DATA) & SHADOW_WRITE, SHADOW_WRITE);
	protected_shadow_root(&vcpu, FAKE_ROOT);
	assert_int_equal(physical_of(DATA), table);
	assert_int_equal(found_entry & SHADOW_WRITE, 0);
}

TEST(a_sync_takes_write_access_from_tables_only)
{
	uint64_t entry;

	begin();
	entry = map(CODE, PAGE, ALL);
	map(DATA, entry & ~0xfffull, ALL);
	protected_shadow_unprotect(&vcpu, entry);
	touch(DATA);
	protected_shadow_root(&vcpu, FAKE_ROOT);
	store(fake_entry(DATA, 12), PAGE | ALL); /* an ordinary page now */
	protected_shadow_unprotect(&vcpu, entry);
	protected_shadow_root(&vcpu, FAKE_ROOT);
	assert_int_equal(physical_of(DATA), PAGE);
	assert_true(found_entry & SHADOW_WRITE);
}

TEST(more_writable_mappings_than_the_list_holds_are_found_all_the_same)
{
	const unsigned mappings = 100;
	uint64_t entry;

	begin();
	entry = map(CODE, PAGE, ALL);
	protected_shadow_unprotect(&vcpu, entry);
	for (unsigned i = 0; i < mappings; i++)
		map(DATA + i * 4096, entry & ~0xfffull, ALL);
	assert_int_equal(shadow(DATA + (mappings - 1) * 4096) & SHADOW_WRITE, SHADOW_WRITE);
	protected_shadow_root(&vcpu, FAKE_ROOT);
	for (unsigned i = 0; i < mappings; i++) {
		assert_int_not_equal(shadow(DATA + i * 4096), 0);
		assert_int_equal(found_entry & SHADOW_WRITE, 0);
	}
}

TEST(invlpg_makes_one_entry_of_an_unsynced_table_take_effect)
{
	uint64_t entry;

	begin();
	entry = map(CODE, PAGE, ALL);
	map(CODE + 0x1000, PAGE + 0x1000, ALL);
	protected_shadow_unprotect(&vcpu, entry);
	*fake_qword(entry) = *fake_qword(entry + 8) = (PAGE + 0x5000) | ALL;
	fake.invalidations = 0;
	protected_shadow_invalidate(&vcpu, CODE);
	assert_int_equal(physical_of(CODE), PAGE + 0x5000);
	assert_int_equal(physical_of(CODE + 0x1000), PAGE + 0x1000);
	assert_true(fake_invalidated_address(CODE));
}

TEST(a_33rd_unsynced_table_syncs_the_first_32)
{
	uint64_t entry[33];

	begin();
	for (unsigned i = 0; i < COUNT(entry); i++)
		entry[i] = map(DATA + i * EPT_PAGE_2M, PAGE, ALL);
	for (unsigned i = 0; i < 32; i++)
		protected_shadow_unprotect(&vcpu, entry[i]);
	for (unsigned i = 0; i < 32; i++)
		assert_false(protected_shadow_is_table(entry[i]));
	*fake_qword(entry[31]) = (PAGE + 0x5000) | ALL;
	protected_shadow_unprotect(&vcpu, entry[32]);
	for (unsigned i = 0; i < 32; i++)
		assert_true(protected_shadow_is_table(entry[i]));
	assert_false(protected_shadow_is_table(entry[32]));
	assert_int_equal(physical_of(DATA + 31 * EPT_PAGE_2M), PAGE + 0x5000);
}

/* An INVLPG that came before the link cannot have synced the entry. */
TEST(a_new_link_to_an_unsynced_table_syncs_it)
{
	uint64_t entry, pde;

	begin();
	entry = map(CODE, PAGE, ALL);
	pde = fake_entry(CODE, 21);
	protected_shadow_unprotect(&vcpu, entry);
	store(pde, 0);
	*fake_qword(entry) = (PAGE + 0x5000) | ALL;
	store(pde, (entry & ~0xfffull) | ALL);
	assert_int_equal(physical_of(CODE), PAGE + 0x5000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(a_page_has_the_rights_of_the_guests_entry),
		RUN(a_link_to_a_table_restricts_access_as_the_guests_does),
		RUN(entries_that_would_fault_have_no_shadow),
		RUN(a_page_outside_of_memory_has_no_shadow_unless_the_fault_brings_one),
		RUN(a_lost_page_has_no_shadow),
		RUN(every_shadowed_table_is_write_protected),
		RUN(a_table_is_never_mapped_writable),
		RUN(a_page_that_becomes_a_table_loses_its_write_access_and_the_tlb_is_flushed),
		RUN(a_store_to_a_table_changes_its_shadow_at_once),
		RUN(a_store_of_several_bytes_changes_each_entry_that_it_touches),
		RUN(a_store_outside_of_tables_changes_nothing),
		RUN(a_frame_that_is_a_table_of_two_levels_changes_in_both),
		RUN(a_dirty_flag_of_an_emulated_access_makes_the_page_writable),
		RUN(an_unsynced_table_takes_effect_at_the_next_mov_to_cr3),
		RUN(an_unsynced_table_may_be_mapped_writable_until_it_is_synced),
		RUN(a_sync_takes_write_access_from_tables_only),
		RUN(more_writable_mappings_than_the_list_holds_are_found_all_the_same),
		RUN(invlpg_makes_one_entry_of_an_unsynced_table_take_effect),
		RUN(a_33rd_unsynced_table_syncs_the_first_32),
		RUN(a_new_link_to_an_unsynced_table_syncs_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
