// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the search for free RAM. The hypervisor's image ends where image_end of fake_bare.c is.
 */
#include "l1-hypervisor/tests/unit.h"

#include "l1-hypervisor/memory/free_memory.h"

#define PAGE 0x1000ull
#define MIB  0x100000ull

static struct vcpu vcpu;
static struct nb_pvh_module modules[2];
static struct nb_pvh_range ranges[3];
static struct nb_pvh_start_info info;
static uint64_t image; /* the first page behind the image */

static void begin(void)
{
	image = ((uintptr_t)image_end + PAGE - 1) & ~(PAGE - 1);
	vcpu = (struct vcpu){0};
	memset(modules, 0, sizeof(modules));
	modules[0].address = MIB; /* below the image */
	modules[0].size = PAGE;
	ranges[0] = (struct nb_pvh_range){0, image + 64 * MIB, NB_PVH_RAM, 0};
	info = (struct nb_pvh_start_info){.magic = NB_PVH_MAGIC,
					  .modules = 1,
					  .module_list = (uintptr_t)modules,
					  .memory_map = (uintptr_t)ranges,
					  .ranges = 1};
}

TEST(the_first_page_behind_the_image_is_free)
{
	begin();
	assert_int_equal(find_free_memory(&vcpu, &info, MIB, PAGE), image);
}

TEST(the_result_is_aligned)
{
	begin();
	assert_int_equal(find_free_memory(&vcpu, &info, MIB, 2 * MIB), (image + 2 * MIB - 1) & ~(2 * MIB - 1));
}

TEST(a_module_in_the_way_is_left_out)
{
	begin();
	info.modules = 2;
	modules[1].address = image + PAGE;
	modules[1].size = PAGE + 1;
	assert_int_equal(find_free_memory(&vcpu, &info, PAGE, PAGE), image);
	assert_int_equal(find_free_memory(&vcpu, &info, 2 * PAGE, PAGE), image + 3 * PAGE);
}

TEST(the_guests_memory_and_a_module_behind_it_are_left_out)
{
	begin();
	vcpu.base = image;
	vcpu.size = 16 * MIB;
	modules[0].address = image + 16 * MIB;
	modules[0].size = MIB;
	assert_int_equal(find_free_memory(&vcpu, &info, PAGE, PAGE), image + 17 * MIB);
}

TEST(only_ram_is_taken_and_the_lowest_range_that_is_large_enough)
{
	begin();
	info.ranges = 3;
	ranges[0] = (struct nb_pvh_range){image, 2 * MIB, NB_PVH_RESERVED, 0};
	ranges[1] = (struct nb_pvh_range){image + 4 * MIB, MIB, NB_PVH_RAM, 0};
	ranges[2] = (struct nb_pvh_range){image + 8 * MIB, 2 * MIB, NB_PVH_RAM, 0};
	assert_int_equal(find_free_memory(&vcpu, &info, MIB, PAGE), image + 4 * MIB);
	assert_int_equal(find_free_memory(&vcpu, &info, MIB + 1, PAGE), image + 8 * MIB);
	assert_int_equal(find_free_memory(&vcpu, &info, 2 * MIB + 1, PAGE), 0);
}

TEST(a_range_that_ends_with_the_last_byte_is_large_enough)
{
	begin();
	ranges[0].size = image + MIB;
	assert_int_equal(find_free_memory(&vcpu, &info, MIB, PAGE), image);
	ranges[0].size--;
	assert_int_equal(find_free_memory(&vcpu, &info, MIB, PAGE), 0);
}

TEST(the_guests_image_is_module_0)
{
	begin();
	assert_ptr_equal(guest_module(&info), modules);
}

TEST(a_start_without_pvh_or_without_a_module_ends_the_run)
{
	begin();
	info.magic++;
	assert_run_ends("not started by PVH", guest_module(&info));
	begin();
	info.modules = 0;
	assert_run_ends("no guest image", guest_module(&info));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(the_first_page_behind_the_image_is_free),
		RUN(the_result_is_aligned),
		RUN(a_module_in_the_way_is_left_out),
		RUN(the_guests_memory_and_a_module_behind_it_are_left_out),
		RUN(only_ram_is_taken_and_the_lowest_range_that_is_large_enough),
		RUN(a_range_that_ends_with_the_last_byte_is_large_enough),
		RUN(the_guests_image_is_module_0),
		RUN(a_start_without_pvh_or_without_a_module_ends_the_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
