// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tests of the slots for a guest hypervisor's VMCSs: eviction, launch state, and which side has the
 * value of a field while the region is the shadow VMCS or vmcs02 (SDM 25.10, 25.11).
 */
#include "l1-hypervisor/tests/unit.h"

#include "l1-hypervisor/nested/vmx/nested_vmcs.h"
#include "l1-hypervisor/tests/fake_guest.h"

#define INDEX(name)    VMCS_INDEX_##name
#define READ(name)     nested_vmcs_read(vmcs, INDEX(name))
#define WRITE(name, v) nested_vmcs_write(vmcs, INDEX(name), (v))
#define SHADOW_BIT     (1u << 31)

static struct vcpu vcpu;
static struct nested_vmcs *vmcs;
static struct vmx_region *vmcs01;

static uint64_t address_of(unsigned i)
{
	return 0x100000 + 0x1000ull * i;
}

static struct nested_vmcs *get(unsigned i)
{
	return nested_vmcs_get(&vcpu, address_of(i), NULL);
}

static void begin(enum shadow_policy policy)
{
	fake_cpu_reset();
	fake_guest_reset(&vcpu);
	vmcs01 = fake.current;
	nested_vmcs_init(&vmx, policy, true);
	vmcs = get(0);
}

/* --- Slots ------------------------------------------------------------------------------------ */

TEST(a_vmcs_keeps_its_slot_until_it_is_evicted)
{
	begin(SHADOW_POLICY_NONE);
	assert_ptr_equal(get(0), vmcs);
	assert_ptr_equal(nested_vmcs_find(address_of(0)), vmcs);
	assert_null(nested_vmcs_find(address_of(1)));
	assert_ptr_not_equal(get(1), vmcs);
}

TEST(the_least_recently_used_vmcs_goes_to_memory_and_comes_back)
{
	begin(SHADOW_POLICY_NONE);
	WRITE(GUEST_RIP, 0x1234);
	WRITE(HOST_RIP, 0x5678);
	vmcs->launched = true;
	for (unsigned i = 1; i < NESTED_VMCS_SLOTS; i++)
		get(i);
	get(1); /* slot 0 is the oldest now */
	get(NESTED_VMCS_SLOTS);
	assert_null(nested_vmcs_find(address_of(0)));
	assert_non_null(nested_vmcs_find(address_of(1)));
	vmcs = get(0);
	assert_int_equal(READ(GUEST_RIP), 0x1234);
	assert_int_equal(READ(HOST_RIP), 0x5678);
	assert_true(vmcs->launched);
	assert_null(nested_vmcs_find(address_of(2)));
}

TEST(a_vmcs_that_is_in_use_is_not_evicted)
{
	begin(SHADOW_POLICY_NONE);
	for (unsigned i = 1; i < NESTED_VMCS_SLOTS; i++)
		get(i);
	nested_vmcs_get(&vcpu, address_of(NESTED_VMCS_SLOTS), vmcs);
	assert_ptr_equal(nested_vmcs_find(address_of(0)), vmcs);
	assert_null(nested_vmcs_find(address_of(1)));
}

/* 25.11.3: after VMCLEAR, software may use the memory for something else. */
TEST(memory_of_a_cleared_vmcs_is_not_written_later)
{
	begin(SHADOW_POLICY_NONE);
	WRITE(GUEST_RIP, 0x1234);
	vmcs->launched = true;
	nested_vmcs_clear(&vcpu, vmcs);
	assert_false(vmcs->launched);
	memset(fake_memory + address_of(0), 0xaa, 4096);
	for (unsigned i = 1; i <= 2 * NESTED_VMCS_SLOTS; i++)
		get(i);
	for (unsigned i = 0; i < 4096; i++)
		assert_int_equal(fake_memory[address_of(0) + i], 0xaa);
	assert_ptr_equal(get(0), vmcs);
	assert_int_equal(READ(GUEST_RIP), 0x1234);
}

TEST(the_9th_cleared_vmcs_is_written_to_memory_at_once)
{
	begin(SHADOW_POLICY_NONE);
	for (unsigned i = 0; i < 9; i++) {
		vmcs = get(i);
		WRITE(GUEST_RIP, 0x1000 + i);
		nested_vmcs_make_vmcs02(vmcs);
		nested_vmcs_clear(&vcpu, vmcs);
		assert_int_equal(nested_vmcs_find(address_of(i)) != NULL, i < 8);
	}
	assert_null(fake.current); /* the CPU does not cache the region any more */
	vmcs = get(8);
	assert_int_equal(READ(GUEST_RIP), 0x1008);
	assert_false(vmcs->launched);
}

TEST(vmclear_of_a_vmcs_without_a_slot_clears_the_launch_state_in_memory)
{
	begin(SHADOW_POLICY_NONE);
	vmcs->launched = true;
	for (unsigned i = 1; i <= NESTED_VMCS_SLOTS; i++)
		get(i);
	assert_null(nested_vmcs_find(address_of(0)));
	nested_vmcs_clear_memory(&vcpu, address_of(0));
	assert_false(get(0)->launched);
	nested_vmcs_clear_memory(&vcpu, vcpu.size); /* no memory: nothing happens */
}

/* 25.2: bit 31 of the first four bytes. */
TEST(the_guest_marks_its_own_shadow_vmcs_in_memory)
{
	begin(SHADOW_POLICY_NONE);
	assert_false(vmcs->is_shadow);
	fake_memory[address_of(0) + 3] = 0x80;
	assert_true(get(0)->is_shadow);
}

/* --- Fields ----------------------------------------------------------------------------------- */

/* 25.11.2: a field has 16, 32 or 64 bits. */
TEST(a_value_is_cut_to_the_fields_width)
{
	begin(SHADOW_POLICY_NONE);
	WRITE(GUEST_CS_SELECTOR, 0x12345678);
	WRITE(GUEST_CS_LIMIT, 0x123456789a);
	WRITE(GUEST_RIP, 0x123456789abcdef0);
	assert_int_equal(READ(GUEST_CS_SELECTOR), 0x5678);
	assert_int_equal(READ(GUEST_CS_LIMIT), 0x3456789a);
	assert_int_equal(READ(GUEST_RIP), 0x123456789abcdef0);
}

TEST(a_value_from_memory_is_cut_to_the_fields_width)
{
	begin(SHADOW_POLICY_NONE);
	memset(fake_memory + address_of(1), 0xff, 4096);
	vmcs = get(1);
	assert_int_equal(READ(GUEST_CS_SELECTOR), 0xffff);
	assert_int_equal(READ(GUEST_CS_LIMIT), 0xffffffff);
	assert_true(READ(GUEST_RIP) == ~0ull);
}

TEST(a_field_that_the_cpu_lacks_is_hidden_from_the_guest)
{
	begin(SHADOW_POLICY_ALL);
	assert_true(nested_vmcs_exists(INDEX(CR3_TARGET_VALUE0)));
	fake.lacks[INDEX(CR3_TARGET_VALUE0)] = true;
	nested_vmcs_probe();
	assert_false(nested_vmcs_exists(INDEX(CR3_TARGET_VALUE0)));
	assert_true(nested_vmcs_exists(INDEX(GUEST_RIP)));
	nested_vmcs_make_shadow(get(1)); /* no VMWRITE of the field, which would fail */
}

TEST(a_field_of_a_feature_that_the_guest_lacks_does_not_exist)
{
	struct vmx_capabilities offered;

	begin(SHADOW_POLICY_NONE);
	offered = vmx;
	offered.secondary = 0;
	nested_vmcs_init(&offered, SHADOW_POLICY_NONE, true);
	assert_false(nested_vmcs_exists(INDEX(EPT_POINTER)));
	assert_true(nested_vmcs_exists(INDEX(GUEST_RIP)));
	assert_true(field_set_has(nested_vmcs_merged_fields(), INDEX(EPT_POINTER))); /* the CPU has it */
}

/* A.6: without bit 29 of IA32_VMX_MISC, VMWRITE to exit information fails. */
TEST(exit_information_that_the_cpu_cannot_take_stays_in_the_slot)
{
	begin(SHADOW_POLICY_NONE);
	vmx.misc = 0;
	nested_vmcs_init(&vmx, SHADOW_POLICY_NONE, true);
	vmcs = get(0);
	WRITE(VM_EXIT_REASON, 18);
	WRITE(GUEST_RIP, 0x1000);
	nested_vmcs_make_vmcs02(vmcs);
	nested_vmcs_push(vmcs);
	assert_int_equal(FIELD_OF(vmcs->region, VM_EXIT_REASON), 0);
	assert_int_equal(FIELD_OF(vmcs->region, GUEST_RIP), 0x1000);
}

/* --- vmcs02 ----------------------------------------------------------------------------------- */

TEST(a_push_writes_the_guests_fields_of_origin_same_only)
{
	begin(SHADOW_POLICY_NONE);
	WRITE(GUEST_RIP, 0x1000);
	WRITE(HOST_RIP, 0x2000);
	WRITE(EXCEPTION_BITMAP, 0x3000);
	nested_vmcs_make_vmcs02(vmcs);
	assert_ptr_equal(fake.current, vmcs->region);
	nested_vmcs_push(vmcs);
	assert_int_equal(FIELD(GUEST_RIP), 0x1000);
	assert_int_equal(FIELD(HOST_RIP), 0);
	assert_int_equal(FIELD(EXCEPTION_BITMAP), 0);
}

TEST(what_the_cpu_changes_in_vmcs02_is_what_the_guest_reads)
{
	begin(SHADOW_POLICY_NONE);
	WRITE(GUEST_RIP, 0x1000);
	nested_vmcs_make_vmcs02(vmcs);
	nested_vmcs_push(vmcs);
	FIELD(GUEST_RIP) = 0x1003;
	FIELD(VM_EXIT_REASON) = 10;
	assert_int_equal(READ(GUEST_RIP), 0x1003);
	vmx_load(vmcs01);
	assert_int_equal(READ(VM_EXIT_REASON), 10);
	assert_ptr_equal(fake.current, vmcs01);
	assert_ptr_equal(vmx_loaded, vmcs01);
}

TEST(a_later_write_of_the_guest_wins_over_the_region)
{
	begin(SHADOW_POLICY_NONE);
	nested_vmcs_make_vmcs02(vmcs);
	nested_vmcs_push(vmcs);
	FIELD(GUEST_RIP) = 0x1003;
	WRITE(GUEST_RIP, 0x2000);
	assert_int_equal(READ(GUEST_RIP), 0x2000);
	nested_vmcs_push(vmcs);
	assert_int_equal(FIELD(GUEST_RIP), 0x2000);
}

TEST(an_evicted_vmcs_has_the_regions_values_in_memory)
{
	begin(SHADOW_POLICY_NONE);
	nested_vmcs_make_vmcs02(vmcs);
	nested_vmcs_push(vmcs);
	FIELD(GUEST_RSP) = 0x7777;
	for (unsigned i = 1; i <= NESTED_VMCS_SLOTS; i++)
		get(i);
	vmcs = get(0);
	assert_int_equal(READ(GUEST_RSP), 0x7777);
}

TEST(a_pull_of_controls_brings_the_fields_that_are_checked)
{
	begin(SHADOW_POLICY_LINUX);
	nested_vmcs_make_shadow(vmcs);
	FIELD_OF(vmcs->region, CR0_GUEST_HOST_MASK) = 0x11;
	FIELD_OF(vmcs->region, GUEST_CR0) = 0x22;
	FIELD_OF(vmcs->region, GUEST_RIP) = 0x33;
	nested_vmcs_make_vmcs02(vmcs);
	nested_vmcs_pull_controls(vmcs);
	assert_int_equal(VMCS12(&vmcs->v12, CR0_GUEST_HOST_MASK), 0x11);
	assert_int_equal(VMCS12(&vmcs->v12, GUEST_CR0), 0x22);
	assert_int_equal(VMCS12(&vmcs->v12, GUEST_RIP), 0);
	nested_vmcs_pull(vmcs);
	assert_int_equal(VMCS12(&vmcs->v12, GUEST_RIP), 0x33);
}

/* --- The shadow VMCS -------------------------------------------------------------------------- */

/* 25.10: a shadow VMCS has bit 31 of its revision set, and it is not current. */
TEST(the_region_takes_turns_as_shadow_vmcs_and_as_vmcs02)
{
	begin(SHADOW_POLICY_LINUX);
	assert_true(nested_vmcs_is_shadowed());
	nested_vmcs_make_shadow(vmcs);
	assert_int_equal(vmcs->region_state, REGION_SHADOW);
	assert_true(vmcs->region->revision & SHADOW_BIT);
	assert_null(fake.current);
	nested_vmcs_make_vmcs02(vmcs);
	assert_int_equal(vmcs->region_state, REGION_VMCS02_CLEAR); /* needs VMLAUNCH */
	assert_false(vmcs->region->revision & SHADOW_BIT);
	assert_ptr_equal(fake.current, vmcs->region);
}

TEST(without_shadowing_the_region_stays_an_ordinary_vmcs)
{
	begin(SHADOW_POLICY_NONE);
	assert_false(nested_vmcs_is_shadowed());
	nested_vmcs_make_shadow(vmcs);
	assert_int_equal(vmcs->region_state, REGION_VMCS02_CLEAR);
	assert_false(vmcs->region->revision & SHADOW_BIT);
}

TEST(the_guest_finds_its_values_in_the_shadow_vmcs_and_leaves_its_own_there)
{
	begin(SHADOW_POLICY_LINUX);
	WRITE(GUEST_RIP, 0x1000);
	nested_vmcs_make_shadow(vmcs);
	assert_int_equal(FIELD_OF(vmcs->region, GUEST_RIP), 0x1000);
	FIELD_OF(vmcs->region, GUEST_RIP) = 0x1234; /* a VMWRITE of the guest without an exit */
	assert_int_equal(READ(GUEST_RIP), 0x1234);
	vmx_load(vmcs01);
	WRITE(GUEST_RSP, 0x5000); /* a VMWRITE that exits */
	assert_int_equal(FIELD_OF(vmcs->region, GUEST_RSP), 0x5000);
	assert_int_equal(FIELD_OF(vmcs01, GUEST_RSP), 0);
	assert_ptr_equal(fake.current, vmcs01);
	nested_vmcs_make_vmcs02(vmcs);
	nested_vmcs_push(vmcs);
	assert_int_equal(FIELD(GUEST_RIP), 0x1234);
	assert_int_equal(FIELD(GUEST_RSP), 0x5000);
}

/* HOST_FS_BASE is read and written without an exit, and vmcs02 has the host's value. */
TEST(copied_fields_have_the_guests_value_in_the_shadow_vmcs_and_the_hosts_in_vmcs02)
{
	begin(SHADOW_POLICY_LINUX);
	WRITE(HOST_FS_BASE, 0x1000);
	nested_vmcs_make_vmcs02(vmcs);
	nested_vmcs_write_vmcs02(vmcs, INDEX(HOST_FS_BASE), 0x9999);
	nested_vmcs_push(vmcs);
	nested_vmcs_make_shadow(vmcs);
	assert_int_equal(FIELD_OF(vmcs->region, HOST_FS_BASE), 0x1000);
	FIELD_OF(vmcs->region, HOST_FS_BASE) = 0x2000;
	assert_int_equal(READ(HOST_FS_BASE), 0x2000);
	nested_vmcs_make_vmcs02(vmcs);
	assert_int_equal(FIELD(HOST_FS_BASE), 0x9999);
	assert_int_equal(READ(HOST_FS_BASE), 0x2000);
}

/* 25.6.15: a bit is 0 if the access needs no exit. Bits 14:0 of the encoding are its number. */
TEST(the_bitmaps_let_through_the_fields_of_the_policy)
{
	uint64_t vmread, vmwrite;

#define EXITS(bitmap, name) (((const uint8_t *)(uintptr_t)(bitmap))[VMCS_##name / 8] >> VMCS_##name % 8 & 1)
	begin(SHADOW_POLICY_LINUX);
	nested_vmcs_bitmaps(&vmread, &vmwrite);
	assert_false(EXITS(vmread, GUEST_RIP) || EXITS(vmwrite, GUEST_RIP));
	assert_false(EXITS(vmread, VM_EXIT_REASON));
	assert_true(EXITS(vmwrite, VM_EXIT_REASON));
	assert_true(EXITS(vmread, GUEST_LDTR_BASE) && EXITS(vmwrite, GUEST_LDTR_BASE));
	assert_true(((const uint8_t *)(uintptr_t)vmread)[4095] == 0xff);
}

/* --- When to merge ---------------------------------------------------------------------------- */

TEST(only_fields_that_are_not_of_origin_same_need_a_merge)
{
	begin(SHADOW_POLICY_NONE);
	assert_true(nested_vmcs_needs_merge(vmcs)); /* new */
	nested_vmcs_merged(vmcs);
	assert_false(nested_vmcs_needs_merge(vmcs));
	WRITE(GUEST_RIP, 1);
	assert_false(nested_vmcs_needs_merge(vmcs));
	WRITE(EXCEPTION_BITMAP, 1);
	assert_true(nested_vmcs_needs_merge(vmcs));
	nested_vmcs_merged(vmcs);
	WRITE(HOST_RIP, 1);
	assert_true(nested_vmcs_needs_merge(vmcs));
}

TEST(a_write_without_an_exit_needs_a_merge_only_if_the_value_is_new)
{
	begin(SHADOW_POLICY_LINUX);
	WRITE(EXCEPTION_BITMAP, 0x10);
	nested_vmcs_merged(vmcs);
	nested_vmcs_make_shadow(vmcs);
	nested_vmcs_make_vmcs02(vmcs);
	assert_false(nested_vmcs_needs_merge(vmcs));
	nested_vmcs_make_shadow(vmcs);
	FIELD_OF(vmcs->region, EXCEPTION_BITMAP) = 0x20;
	nested_vmcs_make_vmcs02(vmcs);
	assert_true(nested_vmcs_needs_merge(vmcs));
	assert_int_equal(READ(EXCEPTION_BITMAP), 0x20);
}

TEST(without_tracking_every_entry_merges)
{
	begin(SHADOW_POLICY_NONE);
	nested_vmcs_init(&vmx, SHADOW_POLICY_NONE, false);
	vmcs = get(0);
	nested_vmcs_merged(vmcs);
	assert_true(nested_vmcs_needs_merge(vmcs));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(a_vmcs_keeps_its_slot_until_it_is_evicted),
		RUN(the_least_recently_used_vmcs_goes_to_memory_and_comes_back),
		RUN(a_vmcs_that_is_in_use_is_not_evicted),
		RUN(memory_of_a_cleared_vmcs_is_not_written_later),
		RUN(the_9th_cleared_vmcs_is_written_to_memory_at_once),
		RUN(vmclear_of_a_vmcs_without_a_slot_clears_the_launch_state_in_memory),
		RUN(the_guest_marks_its_own_shadow_vmcs_in_memory),
		RUN(a_value_is_cut_to_the_fields_width),
		RUN(a_value_from_memory_is_cut_to_the_fields_width),
		RUN(a_field_that_the_cpu_lacks_is_hidden_from_the_guest),
		RUN(a_field_of_a_feature_that_the_guest_lacks_does_not_exist),
		RUN(exit_information_that_the_cpu_cannot_take_stays_in_the_slot),
		RUN(a_push_writes_the_guests_fields_of_origin_same_only),
		RUN(what_the_cpu_changes_in_vmcs02_is_what_the_guest_reads),
		RUN(a_later_write_of_the_guest_wins_over_the_region),
		RUN(an_evicted_vmcs_has_the_regions_values_in_memory),
		RUN(a_pull_of_controls_brings_the_fields_that_are_checked),
		RUN(the_region_takes_turns_as_shadow_vmcs_and_as_vmcs02),
		RUN(without_shadowing_the_region_stays_an_ordinary_vmcs),
		RUN(the_guest_finds_its_values_in_the_shadow_vmcs_and_leaves_its_own_there),
		RUN(copied_fields_have_the_guests_value_in_the_shadow_vmcs_and_the_hosts_in_vmcs02),
		RUN(the_bitmaps_let_through_the_fields_of_the_policy),
		RUN(only_fields_that_are_not_of_origin_same_need_a_merge),
		RUN(a_write_without_an_exit_needs_a_merge_only_if_the_value_is_new),
		RUN(without_tracking_every_entry_merges),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
