// SPDX-License-Identifier: GPL-2.0-only
/* Tests of the EPTs of the experiments (SDM 29.3). */
#include "l1-hypervisor/tests/ept_fixture.h"

#include "l1-hypervisor/lab/ept_experiments.h"
#include "microbench/abi/services.h"

static uint64_t *root_of(uint64_t eptp)
{
	return (uint64_t *)(uintptr_t)(eptp & ~4095ull);
}

TEST(a_path_ends_at_the_page_or_at_the_first_empty_entry)
{
	const uint64_t *entry[EPT_LEVELS];

	for (size_t i = 0; i < COUNT(sizes); i++) {
		uint64_t *root;

		fake_cpu_reset();
		root = root_of(ept_build(BASE, sizes[i], sizes[i]));
		assert_int_equal(ept_path(root, 0x678, entry), EPT_LEVELS - i);
		assert_int_equal(*entry[EPT_LEVELS - i - 1] & ~0xfffull, BASE);
		assert_int_equal(ept_path(root, 1ull << 39, entry), 1);
		assert_int_equal(*entry[0], 0);
	}
}

/* 29.3.5: accessed flags are bit 8 of the entries of the walk. */
TEST(accessed_flags_are_counted_and_cleared)
{
	uint64_t *root;
	const uint64_t *entry[EPT_LEVELS];

	fake_cpu_reset();
	root = root_of(ept_build(BASE, 4 * EPT_PAGE_4K, EPT_PAGE_4K));
	ept_forget_accessed();
	assert_int_equal(ept_accessed(root, 0x1000), 0);
	ept_path(root, 0x1000, entry);
	for (unsigned i = 0; i < EPT_LEVELS; i++)
		*(uint64_t *)(uintptr_t)entry[i] |= EPT_ACCESSED;
	assert_int_equal(ept_accessed(root, 0x1000), 4);
	assert_int_equal(ept_accessed(root, 0x2000), 3); /* its own last entry has none */
	assert_int_equal(ept_all_accessed(), 4);
	ept_forget_accessed();
	assert_int_equal(ept_all_accessed(), 0);
}

TEST(fresh_pages_appear_one_by_one_and_vanish_together)
{
	static const uint64_t places[] = {NB_FRESH, NB_FRESH + EPT_PAGE_1G, NB_FRESH + 2 * EPT_PAGE_1G, 512ull << 30};
	uint64_t eptp;

	fake_cpu_reset();
	eptp = ept_build(BASE, EPT_PAGE_4K, EPT_PAGE_4K);
	ept_fresh_begin(eptp);
	assert_int_equal(fake_invalidations(FAKE_INVEPT, INVEPT_SINGLE_CONTEXT, eptp), 1);
	for (size_t i = 0; i < COUNT(places); i++) {
		assert_maps_nothing(eptp, places[i]);
		assert_true(ept_fresh_map(places[i], BASE, sizes[i % COUNT(sizes)]));
		assert_maps(eptp, places[i], BASE, sizes[i % COUNT(sizes)]);
	}
	assert_maps_nothing(eptp, places[0] + EPT_PAGE_4K);
	ept_fresh_begin(eptp);
	for (size_t i = 0; i < COUNT(places); i++)
		assert_maps_nothing(eptp, places[i]);
	assert_maps(eptp, 0, BASE, EPT_PAGE_4K);
}

TEST(fresh_pages_end_with_their_tables)
{
	uint64_t eptp;

	fake_cpu_reset();
	eptp = ept_build(BASE, EPT_PAGE_4K, EPT_PAGE_4K);
	ept_fresh_begin(eptp);
	assert_false(ept_fresh_set_tables(2 * NB_FRESH_TOUCHES + 9));
	assert_true(ept_fresh_set_tables(2));
	assert_true(ept_fresh_map(NB_FRESH, BASE, EPT_PAGE_4K)); /* two tables */
	assert_true(ept_fresh_map(NB_FRESH + EPT_PAGE_4K, BASE, EPT_PAGE_4K));
	assert_false(ept_fresh_map(NB_FRESH + EPT_PAGE_2M, BASE, EPT_PAGE_4K));
	assert_maps_nothing(eptp, NB_FRESH + EPT_PAGE_2M);
	assert_true(ept_fresh_set_tables(0));
}

/* The last test, because the scratch EPT begins behind all other tables. */
TEST(the_scratch_ept_is_separate_from_the_guests)
{
	uint64_t eptp, *pml4;
	unsigned used;

	fake_cpu_reset();
	eptp = ept_build(BASE, EPT_PAGE_4K, EPT_PAGE_4K);
	pml4 = ept_scratch_begin();
	ept_scratch_map(pml4, 0x40001234, BASE + 0x123456, EPT_PAGE_2M);
	assert_maps((uintptr_t)pml4 | (eptp & 0xfff), 0x40000000, BASE, EPT_PAGE_2M);
	assert_maps_nothing(eptp, 0x40000000);
	pml4[0] |= EPT_ACCESSED;
	assert_int_equal(ept_scratch_accessed(), 1);
	assert_int_equal(ept_all_accessed(), 0);
	used = ept_tables_used();
	assert_ptr_equal(ept_scratch_begin(), pml4);
	assert_int_equal(ept_tables_used(), used - 2); /* PDPT and PD are free again */
	assert_maps_nothing((uintptr_t)pml4 | (eptp & 0xfff), 0x40000000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(a_path_ends_at_the_page_or_at_the_first_empty_entry), RUN(accessed_flags_are_counted_and_cleared),
		RUN(fresh_pages_appear_one_by_one_and_vanish_together),   RUN(fresh_pages_end_with_their_tables),
		RUN(the_scratch_ept_is_separate_from_the_guests),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
