// SPDX-License-Identifier: GPL-2.0-only
/* Tests of the memory for pointer chases: its distribution among levels, the parser of smaps, and
 * the page size of the memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "l0/vmm/chase_memory.h"

#define MIB (1ull << 20)
#define GIB (1ull << 30)

static uint64_t all(struct chase_shares s, bool process, unsigned guests)
{
	return process * 2 * s.process_set + guests * MIB * s.guest_mib;
}

static void who_is_alone_gets_what_it_wants(void **state)
{
	struct chase_shares s = chase_memory__share(4 * GIB, 64 * GIB, true, 0, "2M");

	(void)state;
	assert_int_equal(s.process_set, 4 * GIB);
	/* Twice 4 GiB, and tables, do not fit into three quarters of 8 GiB; twice 2 GiB do. */
	s = chase_memory__share(4 * GIB, 8 * GIB, true, 0, "2M");
	assert_int_equal(s.process_set, 2 * GIB);
	/* A kernel that does not tell is taken at the user's word. */
	s = chase_memory__share(4 * GIB, 0, true, 2, "2M");
	assert_int_equal(s.process_set, 4 * GIB);
}

static void shares_fit(void **state)
{
	(void)state;
	for (uint64_t available = 256 * MIB; available <= 256 * GIB; available *= 2)
		for (unsigned guests = 0; guests <= 2; guests++)
			for (uint64_t set = NB_CHASE_SET_MIN; set <= NB_CHASE_SET_MAX; set *= 2)
				for (int process = 0; process <= 1; process++) {
					struct chase_shares s = chase_memory__share(set, available, process, guests,
										    "2M");

					assert_true(all(s, process, guests) <= available / 4 * 3);
					assert_true(s.process_set >= NB_CHASE_SET_MIN && s.process_set <= set);
					assert_true(s.guest_mib >= 32 && s.nested_mib >= s.guest_mib + 32);
					/* Below the devices at the end of 4 GiB. */
					assert_true(s.nested_mib <= 3072);
				}
}

/* Then VMs get the least that they can start with, and whoever has less is told by the kernel. */
static void hardly_any_memory_is_no_endless_search(void **state)
{
	(void)state;
	for (unsigned guests = 0; guests <= 2; guests++)
		for (int process = 0; process <= 1; process++)
			assert_int_equal(chase_memory__share(4 * GIB, 4096, process, guests, "2M").guest_mib,
					 guests ? 32 : 2048 + 4 + 16);
}

static void a_guest_has_room_for_its_set_and_tables(void **state)
{
	struct chase_shares s = chase_memory__share(GIB, 64 * GIB, true, 2, "2M");

	(void)state;
	assert_in_range(s.guest_mib, 1024 + 2 + 2, 1024 + 2 + 32);
	s = chase_memory__share(4 * GIB, 64 * GIB, true, 2, "2M");
	assert_in_range(s.guest_mib, 2048 + 4 + 2, 2048 + 4 + 32);
	/* Our hypervisor has EPT tables of 4 KiB pages for 120 MiB, and 64 MiB where they are of 1
	 * GiB. */
	assert_in_range(chase_memory__share(4 * GIB, 64 * GIB, true, 2, "4K").guest_mib, 32, 64);
	assert_in_range(chase_memory__share(4 * GIB, 64 * GIB, true, 2, "1G").guest_mib, 32, 64);
}

static void smaps_is_read_by_mapping(void **state)
{
	static const char text[] = "10000-20000 rw-p 00000000 00:00 0 \n"
				   "Size:                 64 kB\n"
				   "AnonHugePages:      4096 kB\n"
				   "VmFlags: rd wr\n"
				   "7f0000200000-7f0000600000 rw-p 00000000 00:00 0 [anon: x]\n"
				   "Rss:                2048 kB\n"
				   "AnonHugePages:      2048 kB\n"
				   "7f0000600000-7f0000700000 ---p 00000000 00:00 0\n"
				   "Rss:                   0 kB\n";
	char path[] = "/tmp/test_chase_memory.XXXXXX";
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, sizeof(text) - 1), sizeof(text) - 1);
	close(fd);
	assert_int_equal(chase_memory__huge_kib(path, (void *)0x10000), 4096);
	assert_int_equal(chase_memory__huge_kib(path, (void *)0x1ffff), 4096);
	assert_int_equal(chase_memory__huge_kib(path, (void *)0x20000), -1);
	assert_int_equal(chase_memory__huge_kib(path, (void *)0x7f0000400000), 2048);
	assert_int_equal(chase_memory__huge_kib(path, (void *)0x7f0000600000), -1);
	unlink(path);
	assert_int_equal(chase_memory__huge_kib(path, (void *)0x10000), -1);
}

/* Whether the computer has huge pages does not matter here. The code must not claim huge pages that
 * are not there. */
static void what_is_given_is_proven(void **state)
{
	(void)state;
	chase_memory__limit(6 * MIB);
	for (unsigned page = NB_CHASE_4K; page <= NB_CHASE_2M; page++) {
		const struct nb_chase_memory m = chase_memory__get(page, 16 * MIB);
		const long kib = m.bytes ? chase_memory__huge_kib("/proc/self/smaps", m.base) : 0;

		assert_true(m.bytes <= 6 * MIB && strncmp(m.why, "skip=", 5) == 0);
		assert_int_equal(kib, page == NB_CHASE_2M ? (long)(m.bytes >> 10) : 0);
		for (uint64_t i = 0; i < m.bytes; i += 4096)
			((uint8_t *)m.base)[i] = 1;
		assert_ptr_equal(chase_memory__get(page, MIB).base, m.base);
	}
}

static void the_kernel_tells_what_is_free(void **state)
{
	(void)state;
	assert_true(chase_memory__available() > MIB);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_is_alone_gets_what_it_wants),
		cmocka_unit_test(shares_fit),
		cmocka_unit_test(hardly_any_memory_is_no_endless_search),
		cmocka_unit_test(a_guest_has_room_for_its_set_and_tables),
		cmocka_unit_test(smaps_is_read_by_mapping),
		cmocka_unit_test(what_is_given_is_proven),
		cmocka_unit_test(the_kernel_tells_what_is_free),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
