// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the hypervisor's own counts: a window has only what happened in it, and every line is
 * right.
 */
#include "l1-hypervisor/tests/unit.h"

#include "l1-hypervisor/backend/backend.h"

static struct nb_ring ring;
static char text[8192];

static void begin(void)
{
	fake_cpu_reset();
	nb_ring_init(&ring);
	counters_name("hv");
	counters_open();
}

/* The lines of the ring, each with a newline behind it. */
static const char *lines(void)
{
	const struct nb_record *record;

	text[0] = '\0';
	for (; (record = nb_ring_peek(&ring)); nb_ring_pop(&ring)) {
		strncat(text, record->text, NB_TEXT_LEN);
		if (!(record->flags & NB_RECORD_MORE))
			strcat(text, "\n");
	}
	return text;
}

TEST(a_window_has_the_difference_of_the_counts)
{
	begin();
	counters.exit[VMX_EXIT_CPUID] = 5;
	counters.vmresume = 7;
	counters_open();
	counters.exit[VMX_EXIT_CPUID] += 1000;
	counters.vmresume += 2;
	counters_close(&ring);
	assert_string_equal(lines(), "hv.exit.CPUID=1000\nhv.vmresume=2\n");
}

TEST(counts_of_zero_are_left_out)
{
	begin();
	counters_close(&ring);
	assert_string_equal(lines(), "");
}

TEST(every_kind_of_count_has_its_name)
{
	begin();
	counters.nested[VMX_EXIT_HLT] = 1;
	counters.vmread[VMCS_INDEX_GUEST_RIP] = 2;
	counters.vmwrite[VMCS_INDEX_GUEST_RSP] = 3;
	counters.vmptrld = 4;
	counters.vmclear = 5;
	counters.vmlaunch = 6;
	counters.forwarded = 7;
	counters.shadow_fills = 8;
	counters.shadow_stores = 9;
	counters.shadow_reclaims = 10;
	counters.housekeeping = 11;
	counters_close(&ring);
	assert_string_equal(lines(), "hv.nested.HLT=1\nhv.vmread.GUEST_RIP=2\nhv.vmwrite.GUEST_RSP=3\nhv.vmptrld=4\n"
				     "hv.vmclear=5\nhv.vmlaunch=6\nhv.forwarded=7\nhv.shadow_fills=8\n"
				     "hv.shadow_stores=9\nhv.shadow_reclaims=10\nhv.housekeeping=11\n");
}

/* The VMWRITEs of one load of host state have one shared count. */
TEST(a_load_of_host_state_counts_for_each_field_that_it_writes)
{
	begin();
	counters.host_states = 3;
	counters.vmwrite[VMCS_INDEX_GUEST_CR3] = 1;
	counters_close(&ring);
	assert_non_null(strstr(lines(), "hv.vmwrite.GUEST_CR3=4\n"));
	assert_null(strstr(text, "GDTR_BASE"));
	begin();
	counters.host_tables = 2;
	counters_close(&ring);
	assert_non_null(strstr(lines(), "hv.vmwrite.GUEST_GDTR_BASE=2\n"));
	assert_null(strstr(text, "GUEST_CR3"));
}

TEST(a_launch_was_counted_as_a_resume)
{
	begin();
	counters.vmresume = 1;
	counters_launch();
	counters_close(&ring);
	assert_string_equal(lines(), "hv.vmlaunch=1\n");
}

TEST(the_prefix_ends_at_a_blank_and_has_at_most_7_characters)
{
	begin();
	counters_name("l1 other=words");
	counters.vmresume = 1;
	counters_close(&ring);
	assert_string_equal(lines(), "l1.vmresume=1\n");
	counters_name("0123456789");
	counters_close(&ring);
	assert_string_equal(lines(), "0123456.vmresume=1\n");
}

TEST(a_full_ring_ends_the_run)
{
	begin();
	counters.vmresume = 1;
	ring.head = NB_RING_SLOTS;
	assert_run_ends("no room for hv.vmresume=1", counters_close(&ring));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(a_window_has_the_difference_of_the_counts),
		RUN(counts_of_zero_are_left_out),
		RUN(every_kind_of_count_has_its_name),
		RUN(a_load_of_host_state_counts_for_each_field_that_it_writes),
		RUN(a_launch_was_counted_as_a_resume),
		RUN(the_prefix_ends_at_a_blank_and_has_at_most_7_characters),
		RUN(a_full_ring_ends_the_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
