// SPDX-License-Identifier: GPL-2.0-only
/* Tests of the shadow tables that act as a virtual TLB, and of their pool (SDM 5.5, 5.10.4). */
#include "l1-hypervisor/tests/unit.h"

#include "l1-hypervisor/memory/shadow.h"

#define PAGE_4K 0x1000ull
#define PAGE_2M 0x200000ull
#define RIGHTS  (SHADOW_WRITE | SHADOW_USER | SHADOW_NX)

static uint64_t cr3;

static void begin(bool four_levels)
{
	fake_cpu_reset();
	assert_true(shadow_pool_set(0));
	cr3 = shadow_begin(four_levels);
	fake.invalidations = 0;
}

/* --- What the tables map now ------------------------------------------------------------------ */

static struct {
	uint64_t linear, entry, size;
} found[16];
static unsigned pages;

static void note(uint64_t linear, uint64_t entry, uint64_t size)
{
	if (pages < COUNT(found)) {
		found[pages].linear = linear;
		found[pages].entry = entry;
		found[pages].size = size;
	}
	pages++;
}

static unsigned count(void)
{
	pages = 0;
	shadow_for_each(note);
	return pages;
}

/* The entry of the page that contains the address, or 0. */
static uint64_t entry_for(uint64_t linear)
{
	count();
	assert_true(pages <= COUNT(found));
	for (unsigned i = 0; i < pages; i++)
		if (found[i].linear == (linear & ~(found[i].size - 1)))
			return found[i].entry;
	return 0;
}

static void map(uint64_t linear, uint64_t host, uint64_t bits, uint64_t size, uint64_t guest_size)
{
	const struct shadow_page page = {
		.linear = linear, .host = host, .bits = bits, .size = size, .guest_size = guest_size};

	shadow_map(&page);
}

static void map_4k(uint64_t linear, uint64_t host, uint64_t bits)
{
	map(linear, host, bits, PAGE_4K, PAGE_4K);
}

static bool flushed(void)
{
	return fake_invalidations(FAKE_INVVPID, INVVPID_SINGLE_CONTEXT, GUEST_VPID) > 0;
}

/* --- Mapping ---------------------------------------------------------------------------------- */

TEST(only_the_pages_entry_restricts_access)
{
	static const uint64_t rights[] = {0, SHADOW_WRITE, SHADOW_USER, SHADOW_WRITE | SHADOW_USER, SHADOW_NX, RIGHTS};

	for (size_t i = 0; i < 2 * COUNT(rights); i++) {
		begin(i < COUNT(rights));
		map_4k(0x12345678, 0x7654321000, rights[i % COUNT(rights)]);
		assert_int_equal(entry_for(0x12345000) & RIGHTS, rights[i % COUNT(rights)]);
		assert_int_equal(entry_for(0x12345000) & SHADOW_ADDRESS, 0x7654321000);
		assert_int_equal(count(), 1);
	}
}

/* The CPU must not write to the tables, so both flags are set from the start (5.8). */
TEST(accessed_and_dirty_are_set_from_the_start)
{
	begin(true);
	map_4k(0x5000, 0x9000, 0);
	assert_int_equal(entry_for(0x5000) & (SHADOW_ACCESSED | SHADOW_DIRTY), SHADOW_ACCESSED | SHADOW_DIRTY);
}

TEST(uncached_pages_select_the_uncached_pat_entry)
{
	begin(true);
	map_4k(0x5000, 0x9000, SHADOW_UNCACHED);
	assert_int_equal(entry_for(0x5000) & (3ull << 3), 3ull << 3);
}

TEST(addresses_of_the_upper_half_are_canonical)
{
	begin(true);
	map_4k(0xffff800000001000, 0x9000, 0);
	map_4k(0xfffffffffffff000, 0xa000, 0);
	assert_int_equal(entry_for(0xffff800000001000) & SHADOW_ADDRESS, 0x9000);
	assert_int_equal(entry_for(0xfffffffffffff000) & SHADOW_ADDRESS, 0xa000);
}

/* 5.4.1: the CPU loads all four PDPTEs with CR3, and their rights bits are reserved. */
TEST(with_pae_paging_four_pdptes_are_present_from_the_start)
{
	const uint64_t *pdpte;

	begin(false);
	pdpte = (const uint64_t *)(uintptr_t)cr3;
	for (unsigned i = 0; i < 4; i++)
		assert_int_equal(pdpte[i] & ~SHADOW_ADDRESS, SHADOW_PRESENT);
	for (unsigned i = 4; i < SHADOW_ENTRIES; i++)
		assert_int_equal(pdpte[i], 0);
	map_4k(0xfffff000, 0x9000, SHADOW_USER);
	assert_int_equal(entry_for(0xfffff000) & SHADOW_ADDRESS, 0x9000);
}

TEST(a_large_page_is_aligned_at_both_ends)
{
	begin(true);
	map(0x40212345, 0x80212345, SHADOW_WRITE, PAGE_2M, PAGE_2M);
	assert_int_equal(entry_for(0x40212345) & (SHADOW_ADDRESS | SHADOW_LARGE), 0x80200000 | SHADOW_LARGE);
	assert_int_equal(found[0].size, PAGE_2M);
	assert_int_equal(found[0].linear, 0x40200000);
}

TEST(a_large_page_does_not_replace_a_table_of_small_pages)
{
	begin(true);
	map_4k(0x40201000, 0x5000, 0);
	map(0x40212345, 0x80212345, 0, PAGE_2M, PAGE_2M);
	assert_int_equal(count(), 2);
	assert_int_equal(entry_for(0x40201000) & SHADOW_ADDRESS, 0x5000);
	assert_int_equal(entry_for(0x40212000) & SHADOW_ADDRESS, 0x80212000);
	assert_int_equal(found[1].size, PAGE_4K);
}

TEST(a_small_page_replaces_a_large_one_and_the_tlb_forgets_it)
{
	begin(true);
	map(0x40200000, 0x80200000, 0, PAGE_2M, PAGE_2M);
	map_4k(0x40201000, 0x5000, 0);
	assert_int_equal(count(), 1);
	assert_int_equal(entry_for(0x40201000) & SHADOW_ADDRESS, 0x5000);
	assert_true(fake_invalidated_address(0x40201000));
}

/* --- Invalidation (5.10.4) -------------------------------------------------------------------- */

/* 5.10.4.3: more rights need no invalidation. An entry that faulted although it was right does. */
TEST(a_changed_entry_leaves_the_tlb_unless_it_only_allows_more)
{
	static const struct {
		uint64_t old, new;
		bool moved, invalidated;
	} rows[] = {
		{SHADOW_WRITE, 0, false, true},
		{0, SHADOW_WRITE, false, false},
		{SHADOW_USER, 0, false, true},
		{0, SHADOW_USER, false, false},
		{0, SHADOW_NX, false, true},
		{SHADOW_NX, 0, false, false},
		{SHADOW_WRITE, SHADOW_WRITE, false, true},
		{0, SHADOW_WRITE, true, true},
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		begin(true);
		map_4k(0x5000, 0x9000, rows[i].old);
		assert_false(fake_invalidated_address(0x5000)); /* the TLB holds no entry that is not present */
		map_4k(0x5000, rows[i].moved ? 0xa000 : 0x9000, rows[i].new);
		assert_int_equal(fake_invalidated_address(0x5000), rows[i].invalidated);
		assert_int_equal(count(), 1);
	}
}

TEST(invlpg_removes_one_translation)
{
	begin(true);
	map_4k(0x5000, 0x9000, 0);
	map_4k(0x6000, 0xa000, 0);
	shadow_invalidate(0x5678);
	assert_int_equal(entry_for(0x5000), 0);
	assert_int_equal(entry_for(0x6000) & SHADOW_ADDRESS, 0xa000);
	assert_true(fake_invalidated_address(0x5678));
	assert_false(flushed());
}

TEST(invlpg_finds_addresses_of_the_whole_range)
{
	begin(true);
	map_4k(0x7fff00005000, 0x9000, 0);
	shadow_invalidate(0x7fff00005000);
	assert_int_equal(count(), 0);
	begin(false);
	map_4k(0xfffff000, 0x9000, 0);
	shadow_invalidate(0xffffffff);
	assert_int_equal(count(), 0);
}

TEST(invlpg_of_an_address_that_is_not_mapped_does_nothing)
{
	begin(true);
	map_4k(0x5000, 0x9000, 0);
	shadow_invalidate(0x7000);
	shadow_invalidate(0x40000000);
	assert_int_equal(count(), 1);
	assert_int_equal(fake.invalidations, 0);
}

/* 5.10.4.1: INVLPG removes all translations of the page, also if they are cached in pieces. */
TEST(invlpg_removes_all_pieces_of_the_guests_page)
{
	begin(true);
	map(0x40201000, 0x9000, 0, PAGE_4K, PAGE_2M);
	map(0x403ff000, 0xa000, 0, PAGE_4K, PAGE_2M);
	map_4k(0x40400000, 0xb000, 0);
	shadow_invalidate(0x40201000);
	assert_int_equal(count(), 1);
	assert_int_equal(entry_for(0x40400000) & SHADOW_ADDRESS, 0xb000);
	assert_true(flushed());
}

TEST(invlpg_removes_all_pieces_of_a_page_of_1_gib)
{
	begin(true);
	map(0x40000000, 0x80000000, 0, PAGE_2M, 1ull << 30);
	map(0x7fe01000, 0x9000, 0, PAGE_4K, 1ull << 30);
	shadow_invalidate(0x50000000);
	assert_int_equal(count(), 0);
	assert_true(flushed());
}

TEST(mov_to_cr3_drops_everything_and_flushes_the_tlb)
{
	begin(true);
	map_4k(0x5000, 0x9000, 0);
	map(0x40200000, 0x80200000, 0, PAGE_2M, PAGE_2M);
	shadow_drop();
	assert_int_equal(count(), 0);
	assert_true(flushed());
	fake.invalidations = 0;
	shadow_drop(); /* nothing is mapped, so nothing is cached */
	assert_int_equal(fake.invalidations, 0);
}

TEST(a_page_that_was_removed_and_mapped_again_is_dropped_once_more)
{
	begin(true);
	map_4k(0x5000, 0x9000, 0);
	shadow_invalidate(0x5000);
	map_4k(0x5000, 0xa000, 0);
	assert_int_equal(entry_for(0x5000) & SHADOW_ADDRESS, 0xa000);
	shadow_drop();
	assert_int_equal(count(), 0);
	map(0x40200000, 0x80200000, 0, PAGE_2M, PAGE_2M);
	map_4k(0x40200000, 0x9000, 0); /* the entry of the large page leads to a table now */
	shadow_drop();
	assert_int_equal(count(), 0);
	map_4k(0x40200000, 0xb000, 0);
	assert_int_equal(count(), 1);
}

/* --- The pool --------------------------------------------------------------------------------- */

TEST(a_full_pool_starts_again_and_maps_the_page)
{
	begin(true);
	assert_true(shadow_pool_set(4));
	map_4k(0x5000, 0x9000, 0);   /* three tables */
	map_4k(0x200000, 0xa000, 0); /* one more */
	assert_int_equal(counters.shadow_reclaims, 0);
	map_4k(0x400000, 0xb000, 0);
	assert_int_equal(counters.shadow_reclaims, 1);
	assert_int_equal(count(), 1);
	assert_int_equal(entry_for(0x400000) & SHADOW_ADDRESS, 0xb000);
	assert_true(flushed());
}

TEST(with_pae_paging_the_four_tables_do_not_count)
{
	begin(false);
	assert_true(shadow_pool_set(4));
	for (uint64_t i = 0; i < 4; i++)
		map_4k(i << 30, 0x9000, 0);
	assert_int_equal(counters.shadow_reclaims, 0);
	assert_int_equal(count(), 4);
	map_4k(0x200000, 0xa000, 0);
	assert_int_equal(counters.shadow_reclaims, 1);
	assert_int_equal(count(), 1);
}

TEST(more_pages_than_the_list_holds_start_again)
{
	begin(true);
	for (uint64_t i = 0; i < 8192; i++)
		map_4k(i << 12, i << 12, 0);
	assert_int_equal(count(), 8192);
	assert_int_equal(counters.shadow_reclaims, 0);
	map_4k(8192ull << 12, 0x9000, 0);
	assert_int_equal(counters.shadow_reclaims, 1);
	assert_int_equal(count(), 1);
}

TEST(the_pool_has_4_to_192_tables)
{
	fake_cpu_reset();
	assert_false(shadow_pool_set(3));
	assert_false(shadow_pool_set(193));
	assert_true(shadow_pool_set(192) && shadow_pool_set(4));
	assert_int_equal(shadow_pool_size(), 4);
	assert_true(shadow_pool_set(0));
	assert_int_equal(shadow_pool_size(), SHADOW_TABLES_MAX);
}

TEST(a_table_of_the_pool_is_empty_whatever_it_held_before)
{
	uint64_t *table;

	fake_cpu_reset();
	shadow_pool_reset();
	table = shadow_pool_take(0);
	assert_int_equal(shadow_pool_number(table), 0);
	table[7] = 1;
	assert_int_equal(shadow_pool_number(shadow_pool_take(0)), 1);
	shadow_pool_reset();
	assert_ptr_equal(shadow_pool_take(0), table);
	assert_int_equal(table[7], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(only_the_pages_entry_restricts_access),
		RUN(accessed_and_dirty_are_set_from_the_start),
		RUN(uncached_pages_select_the_uncached_pat_entry),
		RUN(addresses_of_the_upper_half_are_canonical),
		RUN(with_pae_paging_four_pdptes_are_present_from_the_start),
		RUN(a_large_page_is_aligned_at_both_ends),
		RUN(a_large_page_does_not_replace_a_table_of_small_pages),
		RUN(a_small_page_replaces_a_large_one_and_the_tlb_forgets_it),
		RUN(a_changed_entry_leaves_the_tlb_unless_it_only_allows_more),
		RUN(invlpg_removes_one_translation),
		RUN(invlpg_finds_addresses_of_the_whole_range),
		RUN(invlpg_of_an_address_that_is_not_mapped_does_nothing),
		RUN(invlpg_removes_all_pieces_of_the_guests_page),
		RUN(invlpg_removes_all_pieces_of_a_page_of_1_gib),
		RUN(mov_to_cr3_drops_everything_and_flushes_the_tlb),
		RUN(a_page_that_was_removed_and_mapped_again_is_dropped_once_more),
		RUN(a_full_pool_starts_again_and_maps_the_page),
		RUN(with_pae_paging_the_four_tables_do_not_count),
		RUN(more_pages_than_the_list_holds_start_again),
		RUN(the_pool_has_4_to_192_tables),
		RUN(a_table_of_the_pool_is_empty_whatever_it_held_before),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
