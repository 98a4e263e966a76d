// SPDX-License-Identifier: GPL-2.0-only
/* Tests of the programs that read KVM's tables: this kernel's verifier accepts them. They are
 * skipped where no program can be loaded. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "trace/ebpf_support.h"
#include "trace/tables.h"

static struct trace_ability ability;

static void programs_pass_the_verifier_and_say_that_nothing_runs(void **state)
{
	struct tables_roots roots;
	struct tables *tables;
	char why[256] = "";

	(void)state;
	if (!ability.load || !ability.btf_kvm || !ability.tracepoints) {
		print_message("# skipped: no eBPF programs, or KVM has no types or tracepoints\n");
		skip();
	}
	tables = tables__open((uint32_t)getpid(), why, sizeof(why));
	if (!tables)
		fail_msg("%s", why);
	assert_false(tables__roots(tables, &roots, why, sizeof(why)));
	assert_non_null(strstr(why, "no vCPU was seen to enter"));
	tables__close(tables);
}

static void a_table_is_found_by_the_eptp_it_was_made_for(void **state)
{
	struct tables_roots roots = {.ept02 = {{0x1000, 0x56601e}, {0x2000, 0x56605e}, {UINT64_MAX, 0x77701e}}};

	(void)state;
	assert_ptr_equal(tables__root_of(&roots, 0x56601e), &roots.ept02[0]);
	assert_ptr_equal(tables__root_of(&roots, 0x56605e), &roots.ept02[1]);
	assert_null(tables__root_of(&roots, 0x77701e)); /* freed */
	assert_null(tables__root_of(&roots, 0x88801e));
}

static void without_a_right_it_says_what_lacks(void **state)
{
	char why[256] = "";

	(void)state;
	tables__explain(1, why, sizeof(why)); /* EPERM */
	assert_non_null(strstr(why, "CAP_BPF"));
	tables__explain(2, why, sizeof(why)); /* ENOENT */
	assert_non_null(strstr(why, "BTF"));
	tables__explain(22, why, sizeof(why)); /* EINVAL */
	assert_non_null(strstr(why, "Invalid argument"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(programs_pass_the_verifier_and_say_that_nothing_runs),
		cmocka_unit_test(a_table_is_found_by_the_eptp_it_was_made_for),
		cmocka_unit_test(without_a_right_it_says_what_lacks),
	};

	trace_ability__probe(&ability);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
