// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of shadow tables that are kept in step with the guest's: roots, the pool, large pages,
 * INVLPG (SDM 5.5, 5.8, 5.10.4).
 */
#include "l1-hypervisor/tests/protected_shadow_fixture.h"

/* --- Roots and the pool ----------------------------------------------------------------------- */

TEST(tables_stay_when_the_guest_changes_its_root)
{
	const uint64_t other = 0x700000;
	uint64_t first, second;

	begin();
	map(CODE, PAGE, ALL);
	first = protected_shadow_root(&vcpu, FAKE_ROOT);
	second = protected_shadow_root(&vcpu, other);
	assert_int_not_equal(first, second);
	assert_int_equal(shadow(CODE), 0);
	assert_true(protected_shadow_is_table(FAKE_ROOT) && protected_shadow_is_table(other));
	fake.invalidations = 0;
	assert_int_equal(protected_shadow_root(&vcpu, FAKE_ROOT), first);
	assert_int_equal(physical_of(CODE), PAGE);
	assert_true(flushed()); /* the shadow tables have no PCIDs */
}

TEST(two_roots_share_the_tables_below)
{
	const uint64_t other = 0x700000;
	uint64_t entry;

	begin();
	entry = map(CODE, PAGE, ALL);
	*fake_qword(other) = *fake_qword(FAKE_ROOT);
	protected_shadow_root(&vcpu, other);
	assert_int_equal(physical_of(CODE), PAGE);
	store(entry, (PAGE + 0x5000) | ALL);
	protected_shadow_root(&vcpu, FAKE_ROOT);
	assert_int_equal(physical_of(CODE), PAGE + 0x5000);
}

TEST(a_root_outside_of_memory_is_legal_and_maps_nothing)
{
	const uint64_t *table;

	begin();
	map(CODE, PAGE, ALL);
	table = (const uint64_t *)(uintptr_t)protected_shadow_root(&vcpu, vcpu.size);
	for (unsigned i = 0; i < SHADOW_ENTRIES; i++)
		assert_int_equal(table[i], 0);
	protected_shadow_root(&vcpu, FAKE_ROOT);
	assert_int_equal(physical_of(CODE), PAGE);
}

TEST(a_full_pool_starts_again_with_a_new_root)
{
	begin();
	assert_true(shadow_pool_set(4));
	map(CODE, PAGE, ALL); /* four tables */
	assert_int_equal(counters.shadow_reclaims, 0);
	map(DATA, PAGE + 0x1000, ALL);
	assert_int_equal(counters.shadow_reclaims, 1);
	assert_int_equal(physical_of(DATA), PAGE + 0x1000);
	assert_int_equal(shadow(CODE), 0);
	assert_int_equal(pages, 1);
	assert_true(protected_shadow_is_table(FAKE_ROOT));
	assert_false(protected_shadow_is_table(fake_entry(CODE, 12)));
	assert_int_equal(FIELD(GUEST_CR3), protected_shadow_root(&vcpu, FAKE_ROOT));
}

TEST(a_full_pool_makes_room_for_another_root)
{
	begin();
	assert_true(shadow_pool_set(4));
	map(CODE, PAGE, ALL);
	protected_shadow_root(&vcpu, 0x700000);
	assert_int_equal(counters.shadow_reclaims, 1);
	assert_true(protected_shadow_is_table(0x700000));
	assert_false(protected_shadow_is_table(FAKE_ROOT));
}

/* --- Large pages ------------------------------------------------------------------------------ */

static void map_large(uint64_t linear, uint64_t physical, uint64_t size, uint64_t bits)
{
	fake_map(linear, physical, size, bits);
	for (unsigned shift = size == EPT_PAGE_2M ? 21 : 30; shift <= 39; shift += 9)
		protected_shadow_written(&vcpu, fake_entry(linear, shift), 8);
	touch(linear);
}

TEST(a_large_page_has_a_large_entry_if_the_hypervisor_may_use_them)
{
	begin();
	vcpu.ept_page = EPT_PAGE_2M;
	map_large(DATA, PAGE, EPT_PAGE_2M, ALL);
	assert_int_equal(physical_of(DATA), PAGE);
	assert_int_equal(found_size, EPT_PAGE_2M);
	assert_int_equal(found_entry & (SHADOW_LARGE | SHADOW_WRITE), SHADOW_LARGE | SHADOW_WRITE);
}

TEST(a_large_page_has_512_pieces_otherwise)
{
	begin();
	map_large(DATA, PAGE, EPT_PAGE_2M, ALL);
	assert_int_equal(physical_of(DATA + 0x5000), PAGE + 0x5000);
	assert_int_equal(found_size, EPT_PAGE_4K);
	assert_int_equal(pages, 512);
	assert_int_equal(found_entry & (SHADOW_WRITE | SHADOW_USER), SHADOW_WRITE | SHADOW_USER);
}

TEST(a_clean_large_page_is_not_writable)
{
	static const uint64_t sizes[] = {EPT_PAGE_4K, EPT_PAGE_2M};

	for (size_t i = 0; i < COUNT(sizes); i++) {
		begin();
		vcpu.ept_page = sizes[i];
		map_large(DATA, PAGE, EPT_PAGE_2M, ALL & ~PTE_D);
		assert_int_equal(physical_of(DATA + 0x5000) & ~0x5000ull, PAGE);
		assert_int_equal(found_entry & SHADOW_WRITE, 0);
		store(fake_entry(DATA, 21), PAGE | ALL | PTE_PS);
		assert_int_equal(shadow(DATA + 0x5000) & SHADOW_WRITE, SHADOW_WRITE);
	}
}

/* A table in the page is read-only, and its neighbours stay writable. */
TEST(a_large_page_that_contains_a_table_is_in_pieces)
{
	begin();
	vcpu.ept_page = EPT_PAGE_2M;
	map_large(DATA, 0, EPT_PAGE_2M, ALL);
	assert_int_equal(physical_of(DATA + FAKE_ROOT), FAKE_ROOT);
	assert_int_equal(found_size, EPT_PAGE_4K);
	assert_int_equal(found_entry & SHADOW_WRITE, 0);
	assert_int_equal(physical_of(DATA), 0);
	assert_int_equal(found_entry & SHADOW_WRITE, SHADOW_WRITE);
}

TEST(a_large_entry_goes_when_a_table_appears_in_its_page)
{
	begin();
	vcpu.ept_page = EPT_PAGE_2M;
	map_large(DATA, PAGE, EPT_PAGE_2M, ALL);
	assert_int_equal(physical_of(DATA + 0x1000) & ~0x1fffffull, PAGE);
	protected_shadow_root(&vcpu, PAGE + 0x1000);
	protected_shadow_root(&vcpu, FAKE_ROOT);
	assert_int_equal(shadow(DATA), 0);
	touch(DATA);
	assert_int_equal(physical_of(DATA + 0x1000), PAGE + 0x1000);
	assert_int_equal(found_entry & SHADOW_WRITE, 0);
}

TEST(a_page_of_1_gib_is_mapped_as_far_as_there_is_memory)
{
	begin();
	vcpu.ept_page = EPT_PAGE_2M;
	map_large(DATA, 0, EPT_PAGE_1G, ALL);
	touch(DATA + PAGE);
	assert_int_equal(physical_of(DATA + PAGE + 0x5000), PAGE);
	assert_int_equal(found_size, EPT_PAGE_2M);
	assert_int_equal(shadow(DATA + vcpu.size), 0);
	/* The first 2 MiB have the tables. */
	touch(DATA + FAKE_ROOT);
	assert_int_equal(physical_of(DATA + FAKE_ROOT), FAKE_ROOT);
	assert_int_equal(found_size, EPT_PAGE_4K);
	assert_int_equal(found_entry & SHADOW_WRITE, 0);
}

TEST(a_large_page_that_becomes_a_table_is_no_large_page_any_more)
{
	begin();
	map_large(DATA, PAGE, EPT_PAGE_2M, ALL);
	*fake_qword(PAGE + 8) = 0x900000 | ALL; /* as a table: entry 1 */
	store(fake_entry(DATA, 21), PAGE | ALL);
	touch(DATA + 0x1000);
	assert_int_equal(physical_of(DATA + 0x1000), 0x900000);
	assert_true(protected_shadow_is_table(PAGE));
}

/* One frame is a table of the guest and the first frame of a page in pieces. */
TEST(a_table_that_begins_a_large_page_is_kept_in_step)
{
	begin();
	fake_map(CODE, 0, EPT_PAGE_4K, ALL);
	*fake_qword(fake_entry(CODE, 21)) = PAGE | ALL;
	*fake_qword(PAGE) = (PAGE + 0x1000) | ALL;
	for (unsigned shift = 21; shift <= 39; shift += 9)
		protected_shadow_written(&vcpu, fake_entry(CODE, shift), 8);
	touch(CODE);
	assert_int_equal(physical_of(CODE), PAGE + 0x1000);
	map_large(DATA, PAGE, EPT_PAGE_2M, ALL);
	assert_int_equal(physical_of(DATA), PAGE);
	assert_int_equal(found_entry & SHADOW_WRITE, 0);
	store(PAGE, (PAGE + 0x2000) | ALL);
	assert_int_equal(physical_of(CODE), PAGE + 0x2000);
	assert_int_equal(physical_of(DATA), PAGE);
}

/* The fault's page size says what the host may map, not what the guest's page is. */
TEST(a_small_page_of_the_guest_stays_small_whatever_size_the_fault_allows)
{
	const struct shadow_page fault = {.linear = CODE, .size = EPT_PAGE_2M};

	begin();
	map(CODE + 0x1000, PAGE + 0x1000, ALL);
	protected_shadow_begin(&vcpu, FAKE_ROOT);
	fake_map(CODE, PAGE + 0x5000, EPT_PAGE_4K, ALL);
	protected_shadow_map(&vcpu, &fault);
	assert_int_equal(physical_of(CODE), PAGE + 0x5000);
	assert_int_equal(found_size, EPT_PAGE_4K);
	assert_int_equal(physical_of(CODE + 0x1000), PAGE + 0x1000);
}

TEST(a_large_page_with_a_lost_page_inside_has_no_large_entry)
{
	begin();
	vcpu.ept_page = EPT_PAGE_2M;
	vcpu.lost.start = PAGE + 0x3000;
	vcpu.lost.size = 4096;
	map_large(DATA, PAGE, EPT_PAGE_2M, ALL);
	assert_int_equal(physical_of(DATA + 0x2000), PAGE + 0x2000);
	assert_int_equal(found_size, EPT_PAGE_4K);
	assert_int_equal(shadow(DATA + 0x3000), 0);
}

TEST(entries_lead_to_the_table_of_the_same_kind_and_level)
{
	uint64_t cr3, pd;

	begin();
	map(CODE, PAGE, ALL);
	cr3 = protected_shadow_root(&vcpu, FAKE_ROOT);
	pd = ((const uint64_t *)(uintptr_t)cr3)[0];
	assert_true(protected_shadow_leads_to(pd, fake_entry(CODE, 30), 30, false));
	assert_false(protected_shadow_leads_to(pd, fake_entry(CODE, 30), 30, true));
	assert_false(protected_shadow_leads_to(pd, fake_entry(CODE, 30), 21, false));
	assert_false(protected_shadow_leads_to(pd, fake_entry(CODE, 21), 30, false));
}

/* --- Invalidation ----------------------------------------------------------------------------- */

/*
 * 5.10.4.1: INVLPG also drops what the CPU has cached about tables. INVVPID of an address does not.
 */
TEST(invlpg_after_a_changed_link_flushes_the_whole_tlb)
{
	uint64_t pde;

	begin();
	map(CODE, PAGE, ALL);
	pde = fake_entry(CODE, 21);
	store(pde, *fake_qword(pde) & ~PTE_W);
	fake.invalidations = 0;
	protected_shadow_invalidate(&vcpu, CODE);
	assert_true(flushed());
	fake.invalidations = 0;
	protected_shadow_invalidate(&vcpu, CODE);
	assert_false(flushed());
	assert_true(fake_invalidated_address(CODE));
}

/* The missing entry explains the fault, so the TLB needs no invalidation. */
TEST(a_fault_on_a_missing_link_drops_no_translation)
{
	const uint64_t other = 0x700000;

	begin();
	map(CODE, PAGE, ALL);
	protected_shadow_root(&vcpu, other);
	store(other, *fake_qword(FAKE_ROOT) & ~PTE_A);
	*fake_qword(other) |= PTE_A;
	fake.invalidations = 0;
	touch(CODE);
	assert_int_equal(physical_of(CODE), PAGE);
	assert_false(fake_invalidated_address(CODE));
}

/* 5.10.4.3: a spurious fault, because the CPU still had the old translation. */
TEST(a_fault_on_an_entry_that_was_right_drops_the_old_translation)
{
	begin();
	map(CODE, PAGE, ALL);
	fake.invalidations = 0;
	touch(CODE);
	assert_true(fake_invalidated_address(CODE));
}

/* --- What lab/ looks at ----------------------------------------------------------------------- */

static unsigned entries_of[4]; /* by level */

static void count(uint64_t guest_entry, uint64_t entry, unsigned shift)
{
	assert_true(!entry || guest_entry & PTE_P);
	entries_of[(shift - 12) / 9]++;
}

TEST(a_look_at_all_entries_leaves_out_unsynced_tables)
{
	uint64_t entry;

	begin();
	entry = map(CODE, PAGE, ALL);
	memset(entries_of, 0, sizeof(entries_of));
	protected_shadow_for_each(count);
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(entries_of[i], 512);
	protected_shadow_unprotect(&vcpu, entry);
	memset(entries_of, 0, sizeof(entries_of));
	protected_shadow_for_each(count);
	assert_int_equal(entries_of[0], 0);
	assert_int_equal(entries_of[1], 512);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(tables_stay_when_the_guest_changes_its_root),
		RUN(two_roots_share_the_tables_below),
		RUN(a_root_outside_of_memory_is_legal_and_maps_nothing),
		RUN(a_full_pool_starts_again_with_a_new_root),
		RUN(a_full_pool_makes_room_for_another_root),
		RUN(a_large_page_has_a_large_entry_if_the_hypervisor_may_use_them),
		RUN(a_large_page_has_512_pieces_otherwise),
		RUN(a_clean_large_page_is_not_writable),
		RUN(a_large_page_that_contains_a_table_is_in_pieces),
		RUN(a_large_entry_goes_when_a_table_appears_in_its_page),
		RUN(a_page_of_1_gib_is_mapped_as_far_as_there_is_memory),
		RUN(a_large_page_that_becomes_a_table_is_no_large_page_any_more),
		RUN(a_table_that_begins_a_large_page_is_kept_in_step),
		RUN(a_small_page_of_the_guest_stays_small_whatever_size_the_fault_allows),
		RUN(a_large_page_with_a_lost_page_inside_has_no_large_entry),
		RUN(entries_lead_to_the_table_of_the_same_kind_and_level),
		RUN(invlpg_after_a_changed_link_flushes_the_whole_tlb),
		RUN(a_fault_on_a_missing_link_drops_no_translation),
		RUN(a_fault_on_an_entry_that_was_right_drops_the_old_translation),
		RUN(a_look_at_all_entries_leaves_out_unsynced_tables),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
