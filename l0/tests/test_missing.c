// SPDX-License-Identifier: GPL-2.0-only
/* Tests of the line at the end of a run that names the figures this kernel cannot give. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "l0/results/collect.h"
#include "l0/results/missing.h"
#include "l0/tests/capture.h"

static char said[2048];

static void end_of(const char *missing)
{
	struct nb_results results = {0};
	struct capture capture;

	nb_results_set_meta(&results, "bpf", "stream");
	if (missing)
		nb_results_set_meta(&results, "bpf_missing", missing);
	capture = capture__begin(STDERR_FILENO);
	missing__say_of(&results);
	capture__end_text(&capture, said, sizeof(said));
	nb_results_free(&results);
}

static unsigned lines_with(const char *word)
{
	unsigned count = 0;

	for (const char *at = said; (at = strstr(at, word)) != NULL; at++)
		count++;
	return count;
}

static void the_end_names_figures(void **state)
{
	(void)state;
	end_of("kvm_inj_virq kvm_nested_vmenter");
	assert_int_equal(lines_with("figures that are missing"), 1);
	assert_int_equal(lines_with("\n"), 1);
	assert_int_equal(
		lines_with(
			"injected interrupts (kvm_inj_virq); nested entries: this kernel's kvm_intel does not tell them"),
		1);
}

static void and_says_nothing_where_none_is_missing(void **state)
{
	(void)state;
	end_of(NULL);
	assert_string_equal(said, "");
	end_of("");
	assert_string_equal(said, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_end_names_figures),
		cmocka_unit_test(and_says_nothing_where_none_is_missing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
