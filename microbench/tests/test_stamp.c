// SPDX-License-Identifier: GPL-2.0-only
/* Tests of the choice of the clock on this computer, and of the stamps that become jumps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "microbench/stamp.h"

static const uint8_t fence[3] = {0x0f, 0xae, 0xe8}, jump[3] = {0xeb, 0x01, 0x90};

static uint64_t __attribute__((noinline)) stamp_here(void)
{
	return nb_stamp();
}

/* Returns how often the bytes occur in the code of all stamps. */
static unsigned count(const uint8_t *bytes)
{
	uint8_t *begin, *end;
	unsigned n = 0;

	nb_stamps_range(&begin, &end);
	for (const uint8_t *p = begin; p && p + 3 <= end; p++)
		n += memcmp(p, bytes, 3) == 0;
	return n;
}

static void make_writable(bool writable)
{
	const uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
	uint8_t *begin, *end;
	uintptr_t first;

	nb_stamps_range(&begin, &end);
	assert_non_null(begin);
	first = (uintptr_t)begin & ~(page - 1);
	assert_return_code(mprotect((void *)first, (size_t)((uintptr_t)end - first),
				    PROT_READ | PROT_EXEC | (writable ? PROT_WRITE : 0)),
			   0);
}

static void the_clock_has_steps(void **state)
{
	struct nb_clock_steps steps = {0};

	(void)state;
	nb_clock_measure(&steps);
	assert_true(steps.plain >= 1);
	assert_true(steps.jump >= 1);
	/* Exact means that no step behind a branch is longer than one. */
	assert_true(!steps.exact || steps.jump == 1);
}

static void fences_stay_where_a_jump_is_of_no_use(void **state)
{
	static const struct nb_clock_steps useless[] = {
		{.plain = 1, .jump = 1, .exact = true},    /* fine as it is */
		{.plain = 26, .jump = 26, .exact = false}, /* coarse, jump or not: hardware */
	};
	const unsigned fences = count(fence), jumps = count(jump);

	(void)state;
	assert_true(fences > 0);
	/* Nothing is writable: a write would end this test. */
	for (size_t i = 0; i < sizeof(useless) / sizeof(useless[0]); i++)
		assert_false(nb_stamps_prepare(&useless[i]));
	assert_int_equal(count(fence), fences);
	assert_int_equal(count(jump), jumps);
}

static void stamps_begin_with_a_jump_where_that_is_exact(void **state)
{
	const struct nb_clock_steps coarse = {.plain = 32, .jump = 1, .exact = true};
	const unsigned fences = count(fence), jumps = count(jump);
	uint64_t before, after;

	(void)state;
	make_writable(true);
	assert_true(nb_stamps_prepare(&coarse));
	make_writable(false);
	/* Each stamp had two fences, and has a jump and one now. */
	assert_true(count(jump) > jumps);
	assert_int_equal(count(jump) - jumps, fences - count(fence));
	before = stamp_here();
	after = stamp_here();
	assert_true(after >= before);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_clock_has_steps),
		cmocka_unit_test(fences_stay_where_a_jump_is_of_no_use),
		cmocka_unit_test(stamps_begin_with_a_jump_where_that_is_exact),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
