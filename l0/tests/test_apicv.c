// SPDX-License-Identifier: GPL-2.0-only
/* Tests of the detection of posted interrupts, with lines that the kernel writes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "l0/vmm/apicv.h"

static void the_flag_counts_in_its_line_alone(void **state)
{
	(void)state;
	assert_true(apicv__is_offered("flags\t\t: fpu vmx\nvmx flags\t: vnmi posted_intr invvpid\nbugs\t\t:\n"));
	assert_true(apicv__is_offered("flags\t\t: fpu vmx\nvmx flags\t: vnmi posted_intr\nbugs\t\t:\n"));
	assert_true(apicv__is_offered("flags\t\t: fpu vmx\nvmx flags\t: vnmi posted_intr"));
	assert_false(apicv__is_offered("flags\t\t: fpu vmx\nvmx flags\t: vnmi invvpid\nbugs\t\t: posted_intr\n"));
	assert_false(apicv__is_offered("flags\t\t: posted_intr\nvmx flags\t: vnmi\n"));
	assert_false(apicv__is_offered("flags\t\t: fpu\nvmx flags\t: posted_interrupt_of_another_kind\n"));
	assert_false(apicv__is_offered("flags\t\t: fpu svm\n"));
	assert_false(apicv__is_offered(""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_flag_counts_in_its_line_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
