// SPDX-License-Identifier: GPL-2.0-only
/* Tests of taking pages away from a guest, with the kernel's own userfaultfd where it is allowed. A
 * returned page has its old content. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "l0/vmm/page_removal.h"

#define PAGE  4096
#define PAGES 3

static uint8_t *memory;

static int begin(void **state)
{
	(void)state;
	memory = mmap(NULL, (size_t)PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		return -1;
	for (int i = 0; i < PAGES; i++)
		memset(memory + (ptrdiff_t)i * PAGE, 'a' + i, PAGE);
	return 0;
}

static int end(void **state)
{
	(void)state;
	return munmap(memory, (size_t)PAGES * PAGE);
}

static void all_is_there(void)
{
	for (int i = 0; i < PAGES * PAGE; i++)
		assert_int_equal(memory[i], 'a' + i / PAGE);
}

static void a_page_that_is_taken_comes_back_as_it_was(void **state)
{
	(void)state;
	for (int i = 0; i < 5; i++)
		assert_true(taker__take(memory + PAGE));
	all_is_there();
}

static bool resident(const uint8_t *page)
{
	unsigned char there;

	assert_int_equal(mincore((void *)(uintptr_t)page, PAGE, &there), 0);
	return there & 1;
}

static void an_awaited_page_is_away_until_it_is_touched(void **state)
{
	(void)state;
	if (taker__awaited() == UINT32_MAX)
		skip();
	for (int i = 0; i < 3; i++) {
		uint32_t before = taker__awaited();

		assert_true(taker__await(memory + PAGE));
		assert_false(resident(memory + PAGE));
		assert_int_equal(taker__awaited(), before);
		all_is_there();
		assert_int_equal(taker__awaited(), before + 1);
	}
}

static void the_next_one_brings_it_back_too(void **state)
{
	uint32_t before = taker__awaited();

	(void)state;
	if (before == UINT32_MAX)
		skip();
	assert_true(taker__await(memory + PAGE));
	assert_true(taker__await(memory));
	assert_true(resident(memory + PAGE));
	assert_int_equal(taker__awaited(), before);
	assert_true(taker__await(memory)); /* which is missing at that time */
	all_is_there();
	assert_int_equal(taker__awaited(), before + 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_page_that_is_taken_comes_back_as_it_was, begin, end),
		cmocka_unit_test_setup_teardown(an_awaited_page_is_away_until_it_is_touched, begin, end),
		cmocka_unit_test_setup_teardown(the_next_one_brings_it_back_too, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
