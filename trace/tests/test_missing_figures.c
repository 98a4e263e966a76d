// SPDX-License-Identifier: GPL-2.0-only
/* Tests of the messages about missing probes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "trace/missing_figures.h"

static char text[FIGURES_TEXT];

static void figures_are_named(void **state)
{
	(void)state;
	assert_string_equal(figures__name("", text, sizeof(text)), "");
	assert_string_equal(figures__name("kvm_inj_virq", text, sizeof(text)), "injected interrupts (kvm_inj_virq)");
	assert_string_equal(figures__name("kvm_hypercall kvm_userspace_exit", text, sizeof(text)),
			    "hypercalls (kvm_hypercall); exits to user space (kvm_userspace_exit)");
	assert_string_equal(figures__name("kvm_of_tomorrow kvm_hypercall", text, sizeof(text)),
			    "kvm_of_tomorrow; hypercalls (kvm_hypercall)");
}

/* A name that is the beginning of another name is a different probe. */
static void names_are_whole_words(void **state)
{
	(void)state;
	figures__name("kvm_nested_vmexit", text, sizeof(text));
	assert_null(strstr(text, "on to L1"));
	figures__name("kvm_nested_vmexit_inject", text, sizeof(text));
	assert_non_null(strstr(text, "on to L1"));
	assert_null(strstr(text, "who handles"));
}

static void nothing_works_without_exits(void **state)
{
	(void)state;
	assert_null(figures__without("kvm_exit"));
	assert_null(figures__without("kvm_entry"));
	assert_non_null(figures__without(FIGURES_RECORD));
}

static void what_does_not_fit_is_cut(void **state)
{
	char small[16];

	(void)state;
	figures__name("kvm_inj_virq kvm_hypercall", small, sizeof(small));
	assert_string_equal(small, "injected interr");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(figures_are_named),
		cmocka_unit_test(names_are_whole_words),
		cmocka_unit_test(nothing_works_without_exits),
		cmocka_unit_test(what_does_not_fit_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
