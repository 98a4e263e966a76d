// SPDX-License-Identifier: GPL-2.0-only
/* Tests of a page that was taken from the guest and is given back. */
#include "l1-hypervisor/tests/unit.h"

#include "l1-hypervisor/lab/ept_experiments.h"
#include "l1-hypervisor/memory/lost_page.h"
#include "l1-hypervisor/tests/fake_guest.h"

static struct vcpu vcpu;

/* A guest that has lost the page of this size at this address. */
static void begin(uint64_t size, uint64_t start)
{
	fake_cpu_reset();
	fake_guest_reset(&vcpu);
	vcpu.ept_page = size;
	vcpu.eptp = ept_build(vcpu.base, vcpu.size, size);
	assert_true(ept_set_present(start, false));
	vcpu.lost.start = start;
	vcpu.lost.size = size;
}

static bool is_present(uint64_t physical)
{
	const uint64_t *entry[EPT_LEVELS];
	unsigned levels = ept_path((const uint64_t *)(uintptr_t)(vcpu.eptp & ~4095ull), physical, entry);

	return *entry[levels - 1] & EPT_RWX;
}

TEST(a_lost_page_comes_back_when_any_of_its_bytes_is_touched)
{
	static const uint64_t sizes[] = {EPT_PAGE_4K, EPT_PAGE_2M};

	for (size_t i = 0; i < 2 * COUNT(sizes); i++) {
		const uint64_t size = sizes[i / 2], start = 3 * size;

		begin(size, start);
		assert_false(is_present(start));
		assert_true(lost_page_restore(&vcpu, i % 2 ? start : start + size - 1));
		assert_true(is_present(start));
		assert_false(lost_page_restore(&vcpu, start)); /* it is lost no more */
	}
}

TEST(a_touch_of_another_page_does_not_bring_it_back)
{
	const uint64_t start = 3 * EPT_PAGE_4K;

	begin(EPT_PAGE_4K, start);
	assert_false(lost_page_restore(&vcpu, start - 1));
	assert_false(lost_page_restore(&vcpu, start + EPT_PAGE_4K));
	assert_false(is_present(start));
	assert_true(is_present(start - 1) && is_present(start + EPT_PAGE_4K));
}

TEST(a_range_overlaps_the_lost_page_if_it_shares_a_byte)
{
	const uint64_t start = 3 * EPT_PAGE_4K;

	begin(EPT_PAGE_4K, start);
	assert_true(lost_page_overlaps(&vcpu, start - 1, 2));
	assert_false(lost_page_overlaps(&vcpu, start - 1, 1));
	assert_true(lost_page_overlaps(&vcpu, start + EPT_PAGE_4K - 1, 1));
	assert_false(lost_page_overlaps(&vcpu, start + EPT_PAGE_4K, 1));
	vcpu.lost.size = 0;
	assert_false(lost_page_overlaps(&vcpu, start, 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(a_lost_page_comes_back_when_any_of_its_bytes_is_touched),
		RUN(a_touch_of_another_page_does_not_bring_it_back),
		RUN(a_range_overlaps_the_lost_page_if_it_shares_a_byte),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
