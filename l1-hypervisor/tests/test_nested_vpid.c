// SPDX-License-Identifier: GPL-2.0-only
/* Tests of the table from a guest hypervisor's VPIDs to the host's (SDM 29.1, 31.3). */
#include "l1-hypervisor/tests/unit.h"

#include "l1-hypervisor/nested/vmx/nested_ept.h"
#include "l1-hypervisor/nested/vmx/nested_vpid.h"

static struct vmcs12 vmcs12;

static void begin(void)
{
	fake_cpu_reset();
	memset(&vmcs12, 0, sizeof(vmcs12));
	VMCS12(&vmcs12, CPU_BASED_VM_EXEC_CONTROL) = CPU_BASED_ACTIVATE_SECONDARY_CONTROLS;
	VMCS12(&vmcs12, SECONDARY_VM_EXEC_CONTROL) = SECONDARY_EXEC_ENABLE_VPID;
}

static uint16_t vpid_for(uint16_t vpid12)
{
	VMCS12(&vmcs12, VIRTUAL_PROCESSOR_ID) = vpid12;
	return nested_vpid(&vmcs12);
}

static unsigned flushes(uint16_t vpid)
{
	return fake_invalidations(FAKE_INVVPID, INVVPID_SINGLE_CONTEXT, vpid);
}

TEST(each_vpid_of_the_guest_has_one_of_the_host_that_no_other_has)
{
	begin();
	assert_int_equal(vpid_for(7), vpid_for(7));
	assert_int_not_equal(vpid_for(7), vpid_for(8));
	/* VPID 0 belongs to the host, and GUEST_VPID to the guest itself. */
	assert_true(vpid_for(7) > GUEST_VPID && vpid_for(8) > GUEST_VPID);
}

TEST(nested_guests_without_a_vpid_share_one_of_their_own)
{
	uint16_t shared;

	begin();
	VMCS12(&vmcs12, SECONDARY_VM_EXEC_CONTROL) = 0;
	shared = vpid_for(7);
	assert_int_not_equal(shared, 0);
	assert_int_not_equal(shared, GUEST_VPID);
	nested_vpid_flush_shared();
	assert_int_equal(flushes(shared), 1);
	begin();
	assert_int_not_equal(vpid_for(7), shared);
	/* Without the activation bit the secondary control does not count (25.6.2). */
	VMCS12(&vmcs12, CPU_BASED_VM_EXEC_CONTROL) = 0;
	assert_int_equal(vpid_for(7), shared);
}

TEST(a_cpu_without_vpids_gives_none)
{
	begin();
	vmx.secondary = 0;
	assert_int_equal(vpid_for(7), 0);
}

TEST(invvpid_reaches_the_vpid_of_the_host)
{
	uint16_t vpid = 0;

	begin();
	vpid = vpid_for(7);
	vpid_for(8);
	nested_vpid_forget(7);
	assert_int_equal(fake.invalidations, 1);
	assert_int_equal(flushes(vpid), 1);
	nested_vpid_forget_address(7, 0x5000);
	assert_int_equal(fake.invalidations, 2);
	assert_int_equal(fake.invalidation[1].type, INVVPID_ADDRESS);
	assert_int_equal(fake.invalidation[1].low, vpid);
	assert_int_equal(fake.invalidation[1].high, 0x5000);
}

TEST(invvpid_of_a_vpid_that_never_ran_does_nothing)
{
	begin();
	nested_vpid_forget(0x4321);
	nested_vpid_forget_address(0x4321, 0x5000);
	assert_int_equal(fake.invalidations, 0);
}

TEST(invvpid_of_all_reaches_every_vpid)
{
	uint16_t first, second;

	begin();
	first = vpid_for(7);
	second = vpid_for(8);
	nested_vpid_forget_all();
	assert_int_equal(flushes(first), 1);
	assert_int_equal(flushes(second), 1);
	assert_int_equal(flushes(GUEST_VPID), 0);
}

/*
 * Old translations must not serve the VPID that gets the number next, and other vmcs02s must ask
 * again.
 */
TEST(a_full_table_starts_again_after_a_flush_of_all)
{
	unsigned generation;
	uint16_t vpid = 0;

	begin();
	generation = nested_ept_generation;
	for (uint16_t vpid12 = 100; nested_ept_generation == generation; vpid12++) {
		assert_true(vpid12 < 100 + 65);
		fake.invalidations = 0;
		vpid = vpid_for(vpid12);
	}
	assert_true(fake.invalidations >= 64);
	assert_int_equal(flushes(vpid), 1);
	assert_true(vpid > GUEST_VPID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(each_vpid_of_the_guest_has_one_of_the_host_that_no_other_has),
		RUN(nested_guests_without_a_vpid_share_one_of_their_own),
		RUN(a_cpu_without_vpids_gives_none),
		RUN(invvpid_reaches_the_vpid_of_the_host),
		RUN(invvpid_of_a_vpid_that_never_ran_does_nothing),
		RUN(invvpid_of_all_reaches_every_vpid),
		RUN(a_full_table_starts_again_after_a_flush_of_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
