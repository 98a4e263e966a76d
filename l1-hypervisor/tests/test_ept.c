// SPDX-License-Identifier: GPL-2.0-only
/* Tests of the EPT that the hypervisor builds (SDM 29.3). */
#include "l1-hypervisor/tests/ept_fixture.h"

/* 25.6.11: bits 2:0 are the memory type, bits 5:3 the walk length minus 1. */
TEST(every_page_size_maps_all_of_memory_and_nothing_behind_it)
{
	for (size_t i = 0; i < COUNT(sizes); i++) {
		const uint64_t bytes = 3 * sizes[i];
		uint64_t eptp;

		fake_cpu_reset();
		eptp = ept_build(BASE, bytes, sizes[i]);
		assert_int_equal(eptp & 0xfff, 6 | 3 << 3);
		for (uint64_t guest = 0x123; guest < bytes; guest += sizes[i] / 2)
			assert_maps(eptp, guest, BASE + guest, sizes[i]);
		assert_maps(eptp, bytes - 1, BASE + bytes - 1, sizes[i]);
		assert_maps_nothing(eptp, bytes);
		assert_maps_nothing(eptp, 1ull << 39);
	}
}

TEST(the_size_is_rounded_up_to_a_page)
{
	uint64_t eptp;

	fake_cpu_reset();
	eptp = ept_build(BASE, EPT_PAGE_2M + 1, EPT_PAGE_2M);
	assert_maps(eptp, 2 * EPT_PAGE_2M - 1, BASE + 2 * EPT_PAGE_2M - 1, EPT_PAGE_2M);
	assert_maps_nothing(eptp, 2 * EPT_PAGE_2M);
}

static void assert_run_ends_without(uint64_t capability, uint64_t size, const char *reason)
{
	fake_cpu_reset();
	vmx.ept_vpid &= ~capability;
	assert_int_equal(ept_has_page(size), size == EPT_PAGE_4K);
	assert_run_ends(reason, ept_build(BASE, size, size));
}

/* A.10. */
TEST(what_the_cpus_ept_lacks_ends_the_run)
{
	static const struct {
		uint64_t bit, size;
		const char *reason;
	} rows[] = {{VMX_EPT_PAGE_WALK_4_BIT, EPT_PAGE_4K, "4-level walks"},
		    {VMX_EPTP_WB_BIT, EPT_PAGE_4K, "write-back"},
		    {VMX_EPT_2MB_PAGE_BIT, EPT_PAGE_2M, "no 2 MiB pages"},
		    {VMX_EPT_1GB_PAGE_BIT, EPT_PAGE_1G, "no 1 GiB pages"}};

	for (size_t i = 0; i < COUNT(rows); i++)
		assert_run_ends_without(rows[i].bit, rows[i].size, rows[i].reason);
}

TEST(a_base_that_is_no_multiple_of_the_page_ends_the_run)
{
	fake_cpu_reset();
	assert_run_ends("cannot be mapped", ept_build(BASE + EPT_PAGE_4K, EPT_PAGE_2M, EPT_PAGE_2M));
}

TEST(a_write_protected_page_keeps_its_other_rights_and_its_neighbours)
{
	for (size_t i = 0; i < COUNT(sizes); i++) {
		const uint64_t page_address = 5 * EPT_PAGE_4K;
		struct ept_page page;
		uint64_t eptp;

		fake_cpu_reset();
		eptp = ept_build(BASE, EPT_PAGE_2M * (i ? 1 : 0) + 16 * EPT_PAGE_4K, sizes[i]);
		ept_set_writable(page_address, false);
		assert_int_equal(walk_ept(eptp, page_address, EPT_READ | EPT_EXEC, &page), EPT_WALK_GOOD);
		assert_int_equal(page.physical, BASE + page_address);
		assert_int_equal(page.rights, EPT_READ | EPT_EXEC);
		assert_int_equal(page.type, WB);
		assert_int_equal(walk_ept(eptp, page_address, EPT_WRITE, &page), EPT_WALK_VIOLATION);
		/* A large page is split into pages that map the same memory. */
		assert_maps(eptp, page_address - 1, BASE + page_address - 1, EPT_PAGE_4K);
		assert_maps(eptp, page_address + EPT_PAGE_4K, BASE + page_address + EPT_PAGE_4K, EPT_PAGE_4K);
		if (sizes[i] == EPT_PAGE_1G)
			assert_maps(eptp, EPT_PAGE_1G - 1, BASE + EPT_PAGE_1G - 1, EPT_PAGE_2M);
		ept_set_writable(page_address, true);
		assert_maps(eptp, page_address, BASE + page_address, EPT_PAGE_4K);
	}
}

TEST(making_a_large_page_writable_does_not_split_it)
{
	uint64_t eptp;

	fake_cpu_reset();
	eptp = ept_build(BASE, EPT_PAGE_2M, EPT_PAGE_2M);
	ept_set_writable(0x5000, true);
	assert_maps(eptp, 0x5000, BASE + 0x5000, EPT_PAGE_2M);
}

TEST(a_page_of_any_size_can_go_and_come_back)
{
	for (size_t i = 0; i < COUNT(sizes); i++) {
		uint64_t eptp;

		fake_cpu_reset();
		eptp = ept_build(BASE, 2 * sizes[i], sizes[i]);
		assert_true(ept_set_present(sizes[i] + 8, false));
		assert_maps_nothing(eptp, sizes[i]);
		assert_maps(eptp, sizes[i] - 1, BASE + sizes[i] - 1, sizes[i]);
		assert_true(ept_set_present(sizes[i] + 8, true));
		assert_maps(eptp, sizes[i], BASE + sizes[i], sizes[i]);
		assert_false(ept_set_present(2 * sizes[i], true));
		assert_false(ept_set_present(1ull << 39, false));
	}
}

TEST(one_more_page_gets_exactly_the_bits_that_are_asked_for)
{
	struct ept_page page;
	uint64_t eptp;

	fake_cpu_reset();
	eptp = ept_build(BASE, EPT_PAGE_4K, EPT_PAGE_4K);
	ept_map_page(0xfee00000, 0xfee01000, EPT_READ | EPT_WRITE);
	assert_int_equal(walk_ept(eptp, 0xfee00123, EPT_WRITE, &page), EPT_WALK_GOOD);
	assert_int_equal(page.physical, 0xfee01123);
	assert_int_equal(page.type, 0); /* UC */
	assert_int_equal(page.rights, EPT_READ | EPT_WRITE);
	assert_ptr_equal(ept_entry(0xfee00000), ept_entry(0xfee00fff));
}

TEST(without_a_free_table_the_run_ends)
{
	fake_cpu_reset();
	assert_false(ept_set_tables(113));
	assert_true(ept_set_tables(112));
	assert_run_ends("out of EPT tables", ept_build(BASE, 256 << 20, EPT_PAGE_4K));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(every_page_size_maps_all_of_memory_and_nothing_behind_it),
		RUN(the_size_is_rounded_up_to_a_page),
		RUN(what_the_cpus_ept_lacks_ends_the_run),
		RUN(a_base_that_is_no_multiple_of_the_page_ends_the_run),
		RUN(a_write_protected_page_keeps_its_other_rights_and_its_neighbours),
		RUN(making_a_large_page_writable_does_not_split_it),
		RUN(a_page_of_any_size_can_go_and_come_back),
		RUN(one_more_page_gets_exactly_the_bits_that_are_asked_for),
		RUN(without_a_free_table_the_run_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
